import { element, tool } from './dom.js'
import { time } from './drift-text.js'
import { showEnded, showRequest } from './models-story.js'
import { challengerWords, disagreement, sinceWords, standingOf } from './models-text.js'

/** One kind: what is live, how far what comes next is, and what its open request says. */

/** @param say opens the dialogue that pauses, resumes or asks; null where the key may not */
export function showKind(loop, say) {
  const { kind, champion, challenger, paused, open, ended } = loop
  const title = element('h1', '', kind)
  title.id = `kind-${kind}`
  const head = element('div', 'title', title)
  if (say !== null) head.append(actions(loop, say))
  const section = element('section', 'card kind', head)
  section.setAttribute('aria-labelledby', title.id)
  section.dataset.phase = loop.phase
  section.append(element('p', '', champion === null ? 'There is no version of it.' : sinceWords(champion)))
  if (challenger !== null) section.append(element('p', '', challengerWords(loop)))
  if (paused !== null) section.append(pausedLine(paused))
  section.append(standing(loop))
  const report = open[0]?.last?.step === 'SHADOW' ? disagreement(open[0].last) : []
  if (report.length > 0) section.append(reportList(report))
  for (const [i, story] of open.entries()) section.append(showRequest(story, i > 0))
  if (ended.length > 0) section.append(showEnded(kind, ended))
  return section
}

function pausedLine({ at, by, reason }) {
  const why = reason === '' ? '' : `: ${reason}`
  return element(
    'p',
    'paused',
    element('b', '', 'Paused'),
    ` since ${time(at)} by ${by || 'somebody'}${why}${/[.!?]$/.test(why) ? '' : '.'} Nothing is trained, promoted or taken back by itself.`,
  )
}

function standing(loop) {
  const { words, progress, detail } = standingOf(loop)
  const place = element('div', 'standing', element('p', 'words', words))
  if (progress !== null) {
    const bar = element('progress')
    bar.setAttribute('max', '1')
    bar.setAttribute('value', String(progress))
    bar.setAttribute('aria-label', `${loop.kind}: ${words}`)
    bar.setAttribute('aria-valuetext', `${Math.round(100 * progress)} %`)
    place.append(bar)
  }
  if (detail !== '') place.append(element('p', 'soft', detail))
  return place
}

function reportList(report) {
  const list = element('dl', 'report')
  for (const [name, value] of report)
    list.append(element('div', '', element('dt', '', name), element('dd', '', value)))
  return list
}

function actions({ kind, paused, open }, say) {
  const place = element('div', 'row')
  const pause = tool(paused === null ? 'Pause' : 'Resume', () =>
    say(
      paused === null
        ? {
            title: `Pause ${kind}`,
            text: 'Until it is resumed nothing of it is trained, promoted or taken back by itself. What people do stays possible.',
            action: 'Pause',
            path: '/v1/automation',
            body: { kind, paused: true },
            done: `${kind} is paused.`,
          }
        : {
            title: `Resume ${kind}`,
            text: 'It is trained, promoted and taken back by itself again; open requests go on where they were.',
            action: 'Resume',
            path: '/v1/automation',
            body: { kind, paused: false },
            done: `${kind} runs by itself again.`,
          },
    ),
  )
  pause.dataset.key = `pause ${kind}`
  const train = tool('Train now', () =>
    say({
      title: `Train ${kind}`,
      text: 'It begins once enough contents were labelled since the live version came.',
      action: 'Ask for it',
      path: '/v1/retrain-requests',
      body: { kind },
      done: `A training of ${kind} was asked for.`,
    }),
  )
  train.dataset.key = `train ${kind}`
  train.disabled = open.length > 0
  if (train.disabled) train.title = 'A request is open already.'
  for (const [button, name] of [
    [pause, `${pause.textContent} ${kind}`],
    [train, `Train ${kind} now`],
  ])
    button.setAttribute('aria-label', name)
  place.append(pause, train)
  return place
}
