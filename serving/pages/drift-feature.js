import { element } from './dom.js'

/** One drifting feature: since when, how far, how sure, and its history with a mark at the change. */
const SVG = 'http://www.w3.org/2000/svg'
const WIDTH = 240
const HEIGHT = 60

export function showFeature({ name, feature, history, time }) {
  const slices = feature.slices.filter(slice => slice !== 'all')
  const card = element(
    'div',
    'drift',
    element('h2', '', name),
    element('p', '', `Since ${time(feature.since)}. ${howFar(feature)}`),
    element('p', 'soft', howSure(feature)),
  )
  if (slices.length > 0) card.append(element('p', 'soft slices', `Also apart: ${slices.join(', ')}.`))
  if (history.length > 1) card.append(chartOf(name, history, feature.since))
  return card
}

function howFar({ effect, effectLow, effectHigh, method }) {
  if (effect === null) return ''
  if (method === 'label-e-detector') return 'Labels follow the score less than they should.'
  const size = Math.abs(effect)
  const words = size < 0.2 ? 'a little' : size < 0.5 ? 'clearly' : 'far'
  const limits = effectLow === null ? '' : ` (95 %: ${effectLow.toFixed(2)} to ${effectHigh.toFixed(2)})`
  return `It moved ${words}: ${effect.toFixed(2)} standard deviations${limits}.`
}

function howSure({ method, statistic, threshold, eValue, alarms, count, modelVersion }) {
  const evidence = /e-detector/.test(method)
    ? `odds of ${compact(statistic)} against chance, and an alarm needs ${compact(threshold)}`
    : `${(statistic / (threshold || 1)).toPrecision(3)} times what chance explains${eValue === null ? '' : `, odds of up to ${compact(eValue)} against it`}`
  const sure = alarms > 1 ? 'Very sure' : 'Sure'
  return `${sure}: ${evidence}. ${alarms} ${alarms === 1 ? 'alarm' : 'alarms'}, ${count} records, model version ${modelVersion}.`
}

function compact(value) {
  return value >= 1e9 ? `10^${Math.floor(Math.log10(value))}` : Math.round(value).toLocaleString()
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
  chart.setAttribute(
    'aria-label',
    `Mean of ${name}, from ${means[0].toPrecision(3)} to ${means.at(-1).toPrecision(3)}`,
  )
  chart.append(
    shape('polyline', {
      class: 'line',
      points: points.map(point => `${x(point.at)},${y(point.mean)}`).join(' '),
    }),
  )
  if (since >= first && since <= last)
    chart.append(shape('line', { class: 'since', x1: x(since), x2: x(since), y1: 0, y2: HEIGHT }))
  return chart
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  return node
}
