import { element } from './dom.js'
import { clause, counted, nameOf, time, whole } from './drift-text.js'

/** One drifting feature: what it is, since when, how far, how sure, and its history with a mark at the change. */
const SVG = 'http://www.w3.org/2000/svg'
const WIDTH = 240
const HEIGHT = 60

/** @param feature an entry of `drifts`; `slices`: all entries of the same kind and feature */
export function showFeature({ feature, slices, history, liveVersion }) {
  const name = nameOf(feature.feature)
  const card = element('div', 'drift', element('h2', '', name))
  if (feature.description !== null) card.append(element('p', 'soft', feature.description))
  card.append(
    element('p', '', `Since ${time(feature.since)}. ${howFar(feature)}`),
    element('p', 'soft', howSure(feature, liveVersion)),
  )
  const where = whereFrom(slices)
  if (where !== '') card.append(element('p', 'soft', where))
  if (history.length > 1) card.append(chartOf(name, history, feature.since))
  return card
}

/** Up and down, by the moment that moved. */
const directions = {
  location: ['higher than before', 'lower than before'],
  spread: ['more spread out than before', 'less spread out than before'],
  skew: ['more on the high side than before', 'more on the low side than before'],
  shape: ['distributed otherwise than before', 'distributed otherwise than before'],
}

function howFar({ effect, effectLow, effectHigh, method, moved }) {
  if (method === 'label-e-detector') return 'People say what the score says less often than it expects.'
  if (method === 'error-e-detector') return 'People are further from the scores than they were at first.'
  if (method === 'joint')
    return `The features moved together, though none shows it alone${moved.length > 0 ? `; most of all ${moved.join(', ')}` : ''}.`
  if (effect === null) return ''
  const size = Math.abs(effect)
  const degree = size < 0.2 ? 'A little' : size < 0.5 ? 'Clearly' : 'Far'
  const [up, down] = directions[moved[0]] ?? directions.location
  const limits =
    effectLow === null ? '' : ` (95 % sure: between ${signed(effectLow)} and ${signed(effectHigh)})`
  return `${degree} ${effect < 0 ? down : up}: by ${signed(effect)} standard deviations${limits}.`
}

function signed(value) {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

function howSure({ method, statistic, threshold, eValue, alarms, count, modelVersion }, liveVersion) {
  const unit = method === 'label-e-detector' || method === 'error-e-detector' ? 'labels' : 'records'
  const byEvidence = value =>
    `chance alone takes ${whole(value)} ${unit} or more to look like this, on average`
  const evidence = /e-detector$/.test(method)
    ? `${byEvidence(statistic)}; an alarm needs ${whole(threshold)}`
    : `the change is ${(statistic / (threshold || 1)).toPrecision(3)} times the largest that chance explains${eValue === null ? '' : `, and ${byEvidence(eValue)}`}`
  const sure = alarms > 1 ? `Very sure, by ${counted(alarms, 'alarm')}` : 'Sure'
  const version = modelVersion === liveVersion ? '' : ` Found under model version ${modelVersion}.`
  return `${sure}: ${evidence}. Seen in ${counted(count, unit.slice(0, -1))} since.${version}`
}

function whereFrom(slices) {
  const apart = slices
    .filter(({ slice }) => slice !== 'all')
    .map(({ slice, sliceDescription }) => (sliceDescription === null ? slice : clause(sliceDescription)))
  if (apart.length === 0) return ''
  return `${apart.length === slices.length ? 'Not in all records, but in' : 'Also apart in'}: ${apart.join('; ')}.`
}

function chartOf(name, points, since) {
  const first = points[0].at
  const last = points.at(-1).at
  const means = points.map(point => point.mean)
  const low = Math.min(...means)
  const span = Math.max(...means) - low || 1
  const x = at => (WIDTH * (at - first)) / (last - first || 1)
  const y = mean => HEIGHT - (HEIGHT * (mean - low)) / span
  const chart = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' })
  const before = meanOf(points.filter(({ at }) => at < since))
  const after = meanOf(points.filter(({ at }) => at >= since))
  const change = [
    ...(before === null ? [] : [`${before.toPrecision(3)} before`]),
    ...(after === null ? [] : [`${after.toPrecision(3)} since`]),
  ].join(', ')
  chart.setAttribute('aria-label', `Mean of ${name} over time: ${change}`)
  chart.append(
    shape('polyline', {
      class: 'line',
      points: points.map(point => `${x(point.at)},${y(point.mean)}`).join(' '),
    }),
  )
  if (since >= first && since <= last)
    chart.append(shape('line', { class: 'since', x1: x(since), x2: x(since), y1: 0, y2: HEIGHT }))
  const caption = element('figcaption', 'soft', `Mean ${change}`)
  // The picture says the same.
  caption.setAttribute('aria-hidden', 'true')
  return element('figure', 'history', chart, caption)
}

function meanOf(points) {
  const count = points.reduce((sum, point) => sum + point.count, 0)
  return count === 0 ? null : points.reduce((sum, point) => sum + point.count * point.mean, 0) / count
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  return node
}
