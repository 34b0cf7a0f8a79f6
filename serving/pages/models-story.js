import { element } from './dom.js'
import { counted, time } from './drift-text.js'
import { stepWords } from './models-text.js'

/** A request for retraining and what became of it. */

/** @param waits whether another of the same kind comes first */
export function showRequest(story, waits) {
  const { id, reason, requestedAt, expiresAt, modelVersion, evidence, steps } = story
  const asked = `Asked for on ${time(requestedAt)} by ${asker(story)}${modelVersion === '' ? '' : ` to replace version ${modelVersion}`}${expiresAt === null ? '' : `; given up on ${time(expiresAt)} if it is not done by then`}`
  const place = element(
    'div',
    'request',
    element('p', '', element('b', '', 'Why: '), reason),
    element('p', 'soft', `${asked}.${waits ? ' It waits for the one before it.' : ''}`),
  )
  if (evidence.length > 0)
    place.append(
      folded(
        `evidence ${id}`,
        counted(evidence.length, 'piece of evidence', 'pieces of evidence'),
        element('ul', 'plain', ...evidence.map(one => element('li', '', one.detail || one.source))),
      ),
    )
  if (steps.length > 0) place.append(folded(`steps ${id}`, 'What happened so far', stepList(steps)))
  return place
}

export function showEnded(kind, ended) {
  const entries = ended.map(story => {
    const { id, last, reason, steps } = story
    const outcome = element('b', last.step === 'PROMOTED' ? 'better' : 'worse', last.step)
    return element(
      'li',
      '',
      element('p', '', outcome, ` on ${time(last.at)}: ${last.detail}`),
      element('p', 'soft', `By ${asker(story)}: ${reason}`),
      folded(`steps ${id}`, 'What happened when', stepList(steps)),
    )
  })
  return folded(`ended ${kind}`, counted(ended.length, 'earlier request'), element('ul', 'plain', ...entries))
}

function asker({ policy, by }) {
  return policy === 'manual' ? by : `the policy ${policy}`
}

function stepList(steps) {
  return element(
    'ol',
    'plain steps',
    ...steps.map(step =>
      element(
        'li',
        '',
        element('span', 'soft', time(step.since)),
        element('span', '', element('b', '', stepWords(step)), ` ${step.detail}`),
      ),
    ),
  )
}

function folded(key, summary, ...children) {
  const more = element('details', 'more', element('summary', '', summary), ...children)
  more.dataset.key = key
  return more
}
