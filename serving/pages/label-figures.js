import { element } from './dom.js'

const share = value => (value === null ? '–' : `${Math.round(value * 100)} %`)
const number = value => (value === null ? '–' : value.toFixed(2))

/** How far people agree, as elements: one sentence and a table of people. */
export function agreementElements({ alpha, compared, people }) {
  const sentence =
    alpha === null
      ? 'Nothing can be compared yet: no text was answered by two people, or all answers are the same.'
      : `Krippendorff’s α is ${alpha.toFixed(2)} over ${compared.toLocaleString('en')} texts that two people or more answered. 1 is full agreement, 0 is chance.`
  const head = ['Who', 'Answers', 'Checks right', 'α', 'Seconds']
  const rows = people.map(({ labeller, answers, checks, accuracy, alpha: own, seconds }) => [
    labeller,
    answers.toLocaleString('en'),
    checks === 0 ? '–' : `${share(accuracy)} of ${checks}`,
    number(own),
    seconds === null ? '–' : seconds.toFixed(1),
  ])
  const table = element(
    'table',
    '',
    element('thead', '', element('tr', '', ...head.map(name => cell('th', name, 'col')))),
    element(
      'tbody',
      '',
      ...rows.map(([who, ...figures]) =>
        element('tr', '', cell('th', who, 'row'), ...figures.map(figure => element('td', '', figure))),
      ),
    ),
  )
  return [element('p', 'soft', sentence), ...(rows.length > 0 ? [element('div', 'wide', table)] : [])]
}

function cell(name, text, scope) {
  const node = element(name, '', text)
  node.scope = scope
  return node
}
