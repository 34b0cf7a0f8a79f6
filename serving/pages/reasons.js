/** How scores and their reasons are shown. Offsets are UTF-16 code units, as JavaScript counts them. */

/** kind, plain or unkind: the model's word where it is one of these, the contract's classes otherwise. */
export function toneOf(label, niceness) {
  if (label === 'kind' || label === 'plain' || label === 'unkind') return label
  return niceness > 6 ? 'kind' : niceness < 4 ? 'unkind' : 'plain'
}

/** A word that moves the score by less than this, of ten, is not worth an author's look. */
const WEIGHT_MIN = 0.25

/** The reasons worth showing, heaviest first as they came. */
export function notable(reasons) {
  return reasons.filter(({ weight }) => Math.abs(weight) >= WEIGHT_MIN)
}

/** The text with its reasons marked, as nodes. Where reasons overlap the heavier one is marked. */
export function marksOf(text, reasons) {
  const chosen = []
  for (const reason of reasons) {
    if (reason.start === null || chosen.some(one => reason.start < one.end && one.start < reason.end))
      continue
    chosen.push(reason)
  }
  chosen.sort((a, b) => a.start - b.start)
  const nodes = []
  let at = 0
  for (const { start, end, weight, without } of chosen) {
    const mark = document.createElement('mark')
    if (hasWithout(without)) mark.title = withoutText(without)
    mark.className = weight < 0 ? 'lowers' : 'raises'
    mark.textContent = text.slice(start, end)
    nodes.push(text.slice(at, start), mark)
    at = end
  }
  nodes.push(text.slice(at))
  return nodes
}

/**
 * One list item a reason: its words, and by how much they moved the score. Hovered or focused, it says what the score
 * would be without them; to a screen reader it always does.
 */
export function reasonChips(reasons) {
  return reasons.map(({ text, weight, without }) => {
    const chip = document.createElement('li')
    chip.className = weight < 0 ? 'lowers' : 'raises'
    const amount = document.createElement('b')
    amount.textContent = `${weight < 0 ? '−' : '+'}${Math.abs(weight).toFixed(1)}`
    chip.append(text ?? 'image', amount)
    if (hasWithout(without)) {
      chip.tabIndex = 0
      const tip = document.createElement('span')
      tip.className = 'without'
      tip.textContent = withoutText(without)
      chip.append(' ', tip)
    }
    return chip
  })
}

/** Scores of before say nothing of it. */
function hasWithout(without) {
  return typeof without === 'number'
}

function withoutText(without) {
  return `without it: ${without.toFixed(1)}`
}
