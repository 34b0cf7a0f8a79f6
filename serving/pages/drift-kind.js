import { element } from './dom.js'
import { showFeature } from './drift-feature.js'
import { showFinding } from './drift-finding.js'
import { counted, percent, time, whole } from './drift-text.js'

/** One kind: how long it is watched, how right it is thought to be, what was found of it, and what drifts. */
const FEATURES_SHOWN = 5

/** @param watch its entry of `watched`; undefined where it is not there, as after everything expired */
export function showKind(kind, { watch, accuracy, findings, features, histories }) {
  const title = element('h1', '', kind)
  title.id = `kind-${kind}`
  const section = element('section', '', title)
  section.setAttribute('aria-labelledby', title.id)
  if (watch !== undefined) section.append(...watchLines(watch, features.length + findings.length === 0))
  for (const figure of accuracy) section.append(accuracyLine(figure))
  for (const finding of findings) section.append(showFinding(finding))
  const cards = features.map(({ main, slices }) =>
    showFeature({
      feature: main,
      slices,
      history: histories.find(one => one.feature === main.feature)?.points ?? [],
      liveVersion: watch?.modelVersion ?? main.modelVersion,
    }),
  )
  section.append(...cards.slice(0, FEATURES_SHOWN))
  if (cards.length > FEATURES_SHOWN) section.append(moreOf(kind, cards.slice(FEATURES_SHOWN)))
  return section
}

function moreOf(kind, cards) {
  const more = element(
    'details',
    'more',
    element('summary', '', `${counted(cards.length, 'more feature')}`),
    ...cards,
  )
  more.dataset.key = kind
  return more
}

export function isGathering({ records, referenceRecords }) {
  return records < referenceRecords
}

function watchLines(watch, isCalm) {
  const { modelVersion, records, referenceRecords, since, lastAt } = watch
  if (!isGathering(watch)) {
    const calm = isCalm ? 'Nothing drifts. ' : ''
    const line = `${calm}Version ${modelVersion}, watched since ${time(since)}: ${counted(records, 'record')}, the last of ${time(lastAt)}.`
    return [element('p', 'soft', line)]
  }
  const bar = element('progress')
  bar.setAttribute('max', referenceRecords)
  bar.setAttribute('value', records)
  bar.setAttribute('aria-label', 'Records of the reference')
  const line = `Version ${modelVersion}: ${whole(records)} of ${whole(referenceRecords)} records that form the reference, since ${time(since)}. Until it is formed nothing can be found.`
  return [element('p', 'soft', line), bar]
}

const sources = {
  estimate: ({ share, count }) =>
    `Right in ${percent(share)} of ${counted(count, 'score')}, as an estimate without labels: it cannot see where the truth left the score.`,
  labels: ({ share, low, high, count }) =>
    `People who label agree with ${percent(share)} of ${counted(count, 'score')}${low === null ? '' : ` (95 % sure: between ${percent(low)} and ${percent(high)})`}.`,
  reports: ({ share, count }) =>
    `Of ${counted(count, 'report')} ${percent(share)} expect what the score says: people report what they find wrong.`,
}

function accuracyLine(figure) {
  const line = element('p', 'soft', sources[figure.source](figure))
  if (figure.drifted) line.append(' ', element('strong', 'worse', 'That is less than before.'))
  return line
}
