import { element } from './dom.js'
import { goodness, signed } from './models-text.js'

const SVG = 'http://www.w3.org/2000/svg'
const WIDTH = 160
const HEIGHT = 14

/**
 * A difference with its 95 % interval as a small bar about zero; right is better, whatever the metric.
 * @param reach the largest end of any interval beside it, for one scale
 */
export function intervalBar(metric, { difference, low, high }, reach) {
  const turn = goodness(metric, 1)
  const x = value => WIDTH / 2 + (reach === 0 ? 0 : ((turn * value) / reach) * (WIDTH / 2 - 2))
  const [left, right] = [x(low), x(high)].sort((one, other) => one - other)
  const sure = low > 0 || high < 0
  const look = sure ? (goodness(metric, difference) > 0 ? 'better' : 'worse') : 'open'
  const drawing = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: `interval ${look}`, role: 'img' })
  drawing.setAttribute(
    'aria-label',
    `${metric}: difference ${signed(difference)}, 95 % sure: between ${signed(low)} and ${signed(high)}`,
  )
  drawing.append(
    shape('line', { x1: WIDTH / 2, x2: WIDTH / 2, y1: 0, y2: HEIGHT, class: 'zero' }),
    shape('rect', { x: left, width: Math.max(1, right - left), y: 4, height: HEIGHT - 8, rx: 3 }),
    shape('circle', { cx: x(difference), cy: HEIGHT / 2, r: 4 }),
  )
  return element('span', 'estimate', drawing, element('span', look, signed(difference)))
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value))
  return node
}
