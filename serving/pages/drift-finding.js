import { element } from './dom.js'
import { percent, time } from './drift-text.js'

/** Findings about a kind as a whole: what they mean, and what to do. */
const CONTRIBUTORS_SHOWN = 6

/** Of a kind's findings, newest first, those that stand: each of these says something lasting. */
export function standing(findings, liveVersion) {
  const own = findings.filter(({ modelVersion }) => liveVersion === undefined || modelVersion === liveVersion)
  const share = own.find(({ method }) => method === 'em')
  const isAway = share !== undefined && (share.drifted || share.finding === 'CLASS_SHARE_REFUSED')
  return [...(isAway ? [share] : []), ...own.filter(({ finding }) => finding === 'DOMAIN_GAP').slice(0, 1)]
}

export function showFinding(finding) {
  const { title, text, command } = shown[finding.finding](finding)
  const card = element('div', 'finding', element('h2', '', title), element('p', '', text))
  if (command !== undefined) card.append(element('pre', 'command', element('code', '', command)))
  const { contributors } = finding
  if (contributors.length > 0) card.append(contributorList(finding))
  return card
}

const shown = {
  CLASS_SHARE: ({ id, kind, statistic, threshold, effect, effectLow, effectHigh, at }) => ({
    title: 'Only the share of the classes moved',
    text: `From ${percent(threshold)} to ${percent(statistic)} on ${time(at)}${oddsOf(effect, effectLow, effectHigh)}. Posts of each class look as they did, so the model is as good as before; only its probabilities assume the old share. This makes a version that is calibrated to the new one:`,
    command: `npx nicr models recalibrate ${kind} --report ${id}`,
  }),
  CLASS_SHARE_REFUSED: ({ statistic, threshold, at }) => ({
    title: 'More than the share of the classes moved',
    text: `From scores alone it would have gone from ${percent(threshold)} to ${percent(statistic)} on ${time(at)}, but that does not explain what is below. Do not correct the share: it would make scores worse.`,
  }),
  DOMAIN_GAP: ({ at, count }) => ({
    title: 'This platform differs from what the model learned from',
    text: `Said once, on ${time(at)}, of its first ${count.toLocaleString()} records; no training is asked for. What drifts is found against these records. The features that differ, with their population stability index (from 0.1 on it counts):`,
  }),
}

function oddsOf(effect, low, high) {
  if (effect === null) return ''
  const limits = low === null ? '' : `, 95 % sure: between ${times(low)} and ${times(high)}`
  return ` (the odds are ${times(effect)} times what they were${limits})`
}

function times(logOdds) {
  return Math.exp(logOdds).toPrecision(2)
}

function contributorList({ finding, contributors }) {
  const items = contributors.slice(0, CONTRIBUTORS_SHOWN).map(({ name, weight, description }) => {
    const item = element('li', '', element('b', '', name))
    const details = [finding === 'DOMAIN_GAP' ? weight.toFixed(2) : null, description].filter(
      one => one !== null,
    )
    if (details.length > 0) item.append(element('span', 'soft', details.join('. ')))
    return item
  })
  if (contributors.length > items.length)
    items.push(element('li', 'soft', `and ${contributors.length - items.length} more`))
  return element('ul', 'plain behind', ...items)
}
