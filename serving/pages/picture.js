import { element } from './dom.js'

/** A picture with what moved its score drawn over it, at whatever size it is shown; a list says the same in words. */

/** As in the meter: what weighs less than this part of the heaviest is not worth a look. */
const WEIGHT_PART_MIN = 0.2
const BOXES_MAX = 8
/** Room that a label needs, in parts of the picture; boxes that begin in its right half have theirs at their right edge. */
const LABEL_HEIGHT = 0.12
const LABEL_RIGHT_FROM = 0.5

export function createPicture({ url, name }) {
  const image = element('img')
  image.alt = name
  image.src = url
  const boxes = element('div', 'boxes')
  boxes.setAttribute('aria-hidden', 'true')
  const node = element('div', 'picture', image, boxes)

  return {
    node,
    /** Draws these reasons, numbered as `foundList` numbers them. */
    mark(reasons) {
      boxes.replaceChildren(
        ...reasons.flatMap((reason, index) => (reason.box == null ? [] : [boxOf(reason, index + 1)])),
      )
    },
  }
}

/** What speaks for spam in pictures, heaviest first as it came. */
export function findingsOf({ reasons }) {
  const found = reasons.filter(({ source, weight }) => source === 'IMAGE' && weight > 0)
  const heaviest = Math.max(0, ...found.map(({ weight }) => weight))
  return found.filter(({ weight }) => weight >= heaviest * WEIGHT_PART_MIN).slice(0, BOXES_MAX)
}

/** The findings of one picture in words: what was read, and where. */
export function foundList(findings, label) {
  const items = findings.map(({ text, box }) => {
    if (box == null && text == null) return element('li', '', 'the picture as a whole')
    const said = text == null ? 'something without words' : `“${text}”`
    return element(
      'li',
      '',
      element('b', '', said),
      ` ${box == null ? 'in the whole picture' : placeOf(box)}`,
    )
  })
  const list = element('ol', 'found', ...items)
  list.setAttribute('aria-label', label)
  return list
}

/** Positions in fractions become percentages, so that boxes stay in their places at any size. */
function boxOf({ box: { x, y, width, height }, text }, number) {
  const label = element('span', 'box-label', element('b', '', String(number)))
  if (text != null) label.append(` ${text}`)
  const node = element('div', 'box', label)
  if (y < LABEL_HEIGHT) node.classList.add(y + height > 1 - LABEL_HEIGHT ? 'label-inside' : 'label-below')
  node.classList.toggle('label-right', x > LABEL_RIGHT_FROM)
  const sides = { left: x, top: y, width, height }
  for (const [side, part] of Object.entries(sides)) node.style[side] = `${part * 100}%`
  // A label may be wider than its box, never wider than the picture.
  label.style.maxWidth = `${((x > LABEL_RIGHT_FROM ? x + width : 1 - x) / width) * 100}%`
  return node
}

function placeOf({ x, y, width, height }) {
  const third = (middle, names) => names[Math.min(2, Math.floor(middle * 3))]
  const row = third(y + height / 2, ['at the top', 'in the middle', 'at the bottom'])
  const column = third(x + width / 2, [', left', '', ', right'])
  return `${row}${column}`
}
