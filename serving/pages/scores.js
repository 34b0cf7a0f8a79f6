import { element } from './dom.js'

/** How scores and their reasons are shown. Offsets are UTF-16 code units, as JavaScript counts them. */

/** As in the meter: a word lighter than this, of ten, or than this part of the heaviest, is not worth a look. */
const WEIGHT_MIN = 0.25
const WEIGHT_PART_MIN = 0.2
const WORDS_MAX = 8
/** From here on a text is called spam or toxic; the model's own label decides where it has one. */
const BAD_FROM = 0.5

/** kind, plain or unkind: the model's word where it is one of these, the contract's classes otherwise. */
function toneOf({ label, value }) {
  if (label === 'kind' || label === 'plain' || label === 'unkind') return label
  return value > 6 ? 'kind' : value < 4 ? 'unkind' : 'plain'
}

/** The reasons worth showing, heaviest first as they came; of two that overlap the heavier one. */
function notable(score) {
  const chosen = []
  const reasons = score?.reasons ?? []
  const heaviest = Math.max(0, ...reasons.map(({ weight }) => Math.abs(weight)))
  const weightMin = Math.max(WEIGHT_MIN, heaviest * WEIGHT_PART_MIN)
  for (const reason of reasons) {
    if (Math.abs(reason.weight) < weightMin || chosen.length === WORDS_MAX) continue
    if (reason.start !== null && chosen.some(one => reason.start < one.end && one.start < reason.end))
      continue
    chosen.push(reason)
  }
  return chosen
}

/** The text with the words that matter marked, as nodes. */
export function marked(text, niceness) {
  const nodes = []
  let at = 0
  for (const { start, end, weight, without } of notable(niceness)
    .filter(({ start }) => start !== null)
    .sort((a, b) => a.start - b.start)) {
    const mark = element('mark', weight < 0 ? 'lowers' : 'raises', text.slice(start, end))
    if (typeof without === 'number') mark.title = `without it: ${without.toFixed(1)}`
    nodes.push(text.slice(at, start), mark)
    at = end
  }
  return [...nodes, text.slice(at)]
}

/** The words that matter, and what the score would be without each. */
export function wordList(niceness) {
  const items = notable(niceness).map(({ text, weight, without }) => {
    const item = element('li', weight < 0 ? 'lowers' : 'raises', element('b', '', text ?? 'an image'))
    if (typeof without === 'number') item.append(` without it: ${without.toFixed(1)}`)
    return item
  })
  return element('ul', 'words', ...items)
}

/** The line below a post: niceness as a meter, and what else is to be said. */
export function scoresOf(kinds) {
  if (kinds.size === 0) return [element('span', 'waiting', 'Being scored…')]
  return [nicenessOf(kinds.get('niceness')), ...warnings(kinds)]
}

function nicenessOf(niceness) {
  if (niceness === undefined) return element('span', 'waiting', 'Niceness follows…')
  if (niceness.value === null)
    return element('span', 'waiting', `No niceness: ${niceness.status.toLowerCase()}`)
  const tone = toneOf(niceness)
  const meter = element('meter')
  Object.assign(meter, { min: 0, max: 10, low: 4, high: 6, optimum: 10, value: niceness.value })
  meter.setAttribute('aria-label', 'Niceness')
  const said = element('b', 'tone', `${niceness.value.toFixed(1)} ${niceness.label ?? tone}`)
  const line = element('span', 'niceness', meter, said)
  line.dataset.tone = tone
  return line
}

/** Spam of the kind that is surest of it, and toxicity: a badge where it is, quiet words where it is not. */
function warnings(kinds) {
  const scored = [...kinds.values()].filter(({ value }) => value !== null)
  const spam = scored
    .filter(({ kind }) => kind.endsWith('-spam'))
    .reduce((worst, one) => (worst === null || one.value > worst.value ? one : worst), null)
  const toxicity = scored.find(({ kind }) => kind === 'toxicity')
  return [
    ...(spam === null ? [] : [badge(spam, isBad(spam, 'spam') ? spamWord(spam) : 'Not spam')]),
    ...(toxicity !== undefined && isBad(toxicity, 'toxic') ? [badge(toxicity, 'Toxic')] : []),
  ]
}

function spamWord({ kind }) {
  return readsPictures(kind) ? 'Spam in a picture' : 'Spam'
}

/** Kinds of pictures are named so. */
export function readsPictures(kind) {
  return kind.startsWith('image-')
}

/** What is said of a draft's pictures, with its meter. */
export function pictureVerdict(score) {
  const { value, status } = score
  if (value === null) return ['The pictures could not be looked at now; they will be once they are posted.']
  const isSpam = isBad(score, 'spam')
  const meter = element('meter')
  Object.assign(meter, { min: 0, max: 1, low: BAD_FROM, high: BAD_FROM, optimum: 0, value })
  meter.setAttribute('aria-label', 'Spam in pictures')
  const said = `${isSpam ? 'Spam in a picture' : 'No spam in the pictures'}, ${percent(value)}`
  const line = element('span', 'niceness', meter, element('b', 'tone', said))
  line.dataset.tone = isSpam ? 'unkind' : 'kind'
  return status === 'DEGRADED' ? [line, 'Not all was looked at in time.'] : [line]
}

export function isBad({ label, value }, word) {
  return label === null ? value >= BAD_FROM : label === word
}

function badge({ kind, value }, word) {
  const node = element(
    'span',
    word.startsWith('Not') ? 'badge' : 'badge is-bad',
    `${word}, ${percent(value)}`,
  )
  node.title = kind
  return node
}

const percent = value => `${Math.round(value * 100)} %`

/** Every kind's stored score. */
export function scoreTable(kinds) {
  const head = ['Kind', 'Score', 'Reads as', 'Model', 'Scored at'].map(name => {
    const cell = element('th', '', name)
    cell.scope = 'col'
    return cell
  })
  const rows = [...kinds.values()].map(({ kind, value, label, status, model, scoredAt }) => {
    const shown =
      value === null ? status.toLowerCase() : kind === 'niceness' ? value.toFixed(1) : percent(value)
    const at = new Date(scoredAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    const name = element('th', '', kind)
    name.scope = 'row'
    return element('tr', '', name, ...[shown, label ?? '–', model, at].map(text => element('td', '', text)))
  })
  const table = element(
    'table',
    '',
    element('thead', '', element('tr', '', ...head)),
    element('tbody', '', ...rows),
  )
  return element('div', 'scroll', table)
}
