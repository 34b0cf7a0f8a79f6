/** Boxes on a picture, in fractions of its width and height: drawn, moved and resized without leaving it. */

/** A smaller one was a click. */
const SIDE_MIN = 0.01
/** A key moves by so much. */
const STEP = 0.01
const FIRST_SIDE = 0.3

/** Where a box begins that is drawn with the keyboard. */
export const firstBox = {
  x: 0.5 - FIRST_SIDE / 2,
  y: 0.5 - FIRST_SIDE / 2,
  width: FIRST_SIDE,
  height: FIRST_SIDE,
}

/** The box between two points; null where it is too small. */
export function boxBetween(from, to) {
  const [left, right] = [from.x, to.x].map(inside).sort((a, b) => a - b)
  const [top, bottom] = [from.y, to.y].map(inside).sort((a, b) => a - b)
  const box = { x: left, y: top, width: right - left, height: bottom - top }
  return box.width < SIDE_MIN || box.height < SIDE_MIN ? null : box
}

const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

export const isArrow = key => Object.hasOwn(directions, key)

/** The box after an arrow key: moved, or with shift its right and lower edge. */
export function afterArrow(box, key, { resizes, fine }) {
  const step = fine ? STEP / 5 : STEP
  const [across, down] = directions[key].map(way => way * step)
  if (resizes)
    return {
      ...box,
      width: between(box.width + across, SIDE_MIN, 1 - box.x),
      height: between(box.height + down, SIDE_MIN, 1 - box.y),
    }
  return {
    ...box,
    x: between(box.x + across, 0, 1 - box.width),
    y: between(box.y + down, 0, 1 - box.height),
  }
}

/** Rounded, so that a label says no more than a hand can mean. */
export function roundedBox({ x, y, width, height }) {
  const [left, top] = [round(x), round(y)]
  return {
    x: left,
    y: top,
    width: Math.min(round(width), 1 - left),
    height: Math.min(round(height), 1 - top),
  }
}

const round = value => Math.round(value * 1e4) / 1e4
const between = (value, min, max) => Math.min(Math.max(value, min), max)
const inside = value => between(value, 0, 1)
