import { element } from './dom.js'
import { counted, percent, whole } from './drift-text.js'
import { intervalBar } from './models-interval.js'
import { metricName } from './models-metrics.js'
import { figure, goodness, signed } from './models-text.js'

/** Two versions side by side: their own metrics, then how B compared with the version it was made from, and the gates. */

/** The metric that says most, of those there are. */
const HEADLINE = ['macroF1', 'accuracy', 'auc', 'mae']
const slices = {
  all: 'all rows',
  newLanguage: 'new language',
  ordinary: 'ordinary language',
  random: 'drawn at random',
}

export function showComparison(a, b) {
  const isOne = a.manifest.version === b.manifest.version
  return [
    isOne ? ownMetrics(b) : metricsTable(a, b),
    ...languageParts(a, b),
    ...judgementParts(b),
    ...dataSetLine(b),
  ]
}

/** Which languages they read, and how well each of those that were measured apart. */
function languageParts(a, b) {
  const isSame = a.languages.join() === b.languages.join()
  const read = isSame
    ? `reads ${b.languages.join(', ')}`
    : `A reads ${a.languages.join(', ')}; B reads ${b.languages.join(', ')}`
  const measured = Object.entries(b.manifest.metricsByLanguage ?? {})
  const line = element('p', 'soft', `${isSame ? 'Each ' : ''}${read}.`)
  if (measured.length === 0) return [line]
  const names = Object.keys(b.manifest.metrics).filter(name => measured.some(([, own]) => name in own))
  const rows = measured.map(([language, own]) => [language, ...names.map(name => figure(own[name]))])
  return [
    line,
    element('h2', '', `Version ${b.manifest.version} by language`),
    element('div', 'wide', table(['Language', ...names.map(metricName)], rows)),
  ]
}

function ownMetrics({ manifest: { version, metrics } }) {
  const rows = Object.entries(metrics).map(([name, value]) => [metricName(name), figure(value)])
  return element('div', 'wide', table(['Metric', `Version ${version}`], rows))
}

function metricsTable({ manifest: a }, { manifest: b, judgement }) {
  const names = [...new Set([...Object.keys(a.metrics), ...Object.keys(b.metrics)])]
  const rows = names.map(name => {
    const difference = b.metrics[name] - a.metrics[name]
    const known = Number.isFinite(difference) && name !== 'n'
    return [
      metricName(name),
      figure(a.metrics[name]),
      figure(b.metrics[name]),
      element('span', known ? lookOf(goodness(name, difference)) : '', known ? signed(difference) : ''),
    ]
  })
  return element(
    'div',
    'wide',
    table(['Metric', `A: version ${a.version}`, `B: version ${b.version}`, 'B − A'], rows),
    element(
      'p',
      'soft',
      `Each was measured on held-out rows of its own training${judgement === null ? ', so that these are not the same rows.' : '; below are the same rows.'}`,
    ),
  )
}

function judgementParts({ manifest: { version, parent }, judgement }) {
  if (judgement === null)
    return [element('p', 'soft', `Version ${version} was not compared with another by the loop.`)]
  const { comparison, gates, passed } = judgement
  const how =
    comparison.by === 'CROSS_VALIDATION' ? 'by cross-validation' : 'that were held out of its training'
  const headline =
    HEADLINE.find(name => comparison.slices.some(({ figures }) => name in figures)) ?? HEADLINE[0]
  return [
    element('h2', '', `Version ${version} against ${parent ?? 'its parent'}, on the same rows`),
    element(
      'p',
      'soft',
      `${counted(comparison.rows, 'row')} that people labelled and version ${version} had not seen, ${how}. Bars: 95 % intervals of the difference; right of the line is better.`,
    ),
    element('div', 'wide', sliceTable(comparison.slices, parent, version, [headline])),
    allFigures(comparison.slices, parent, version),
    element('h2', '', passed ? 'It passed every gate' : 'It was refused by a gate'),
    element('ul', 'gates', ...gates.map(gateLine)),
  ]
}

/** @param names of the metrics that are shown; null for all */
function sliceTable(all, parent, version, names) {
  const isOne = names?.length === 1
  const wanted = all.map(one => ({
    ...one,
    figures: Object.entries(one.figures).filter(([name]) => names === null || names.includes(name)),
  }))
  const reach = new Map()
  for (const [name, { low, high }] of wanted.flatMap(({ figures }) => figures))
    reach.set(name, Math.max(reach.get(name) ?? 0, Math.abs(low), Math.abs(high)))
  const rows = wanted.flatMap(({ slice, rows: count, figures }) =>
    figures.map(([name, estimate]) => [
      `${slices[slice] ?? slice} (${whole(count)})`,
      ...(isOne ? [] : [metricName(name)]),
      figure(estimate.champion),
      figure(estimate.challenger),
      intervalBar(name, estimate, reach.get(name)),
    ]),
  )
  const head = isOne ? [element('span', '', metricName(names[0]), ' of')] : ['Rows', 'Metric']
  return table([...head, parent ?? 'parent', version, 'Difference'], rows)
}

function allFigures(all, parent, version) {
  const more = element(
    'details',
    'more',
    element('summary', '', 'All figures'),
    element('div', 'wide', sliceTable(all, parent, version, null)),
  )
  more.dataset.key = 'figures'
  return more
}

/** What each gate asks for, shown where a reader rests on its name. */
const gateQuestions = {
  artefact: 'Are the files those that were judged?',
  labels: 'Do the labels agree with what is surely known?',
  trigger: 'Does no single word turn texts?',
  better: 'Is it better on what people labelled?',
  ordinary: 'Is ordinary language as well read as before?',
  slices: 'Is no part of the content worse off?',
  suites: 'Does it keep what ships with Nicr?',
  steady: 'Does it keep what the champion is sure of?',
  innocent: 'Does it pass the harmless contents that the champion passes?',
  calibration: 'Do its scores mean what they say?',
  size: 'Is its file small enough?',
  latency: 'Is it quick enough?',
}

function gateLine({ name, passed, detail }) {
  const title = element('b', '', name)
  title.title = gateQuestions[name] ?? ''
  const item = element(
    'li',
    '',
    element('b', passed ? 'better' : 'worse', passed ? 'passed' : 'failed'),
    element('span', '', title, ` ${detail}`),
  )
  item.dataset.passed = String(passed)
  return item
}

const roles = { LABEL: 'labelled by people', WEAK: 'judged by votes and reports', REPLAY: 'replayed' }

function dataSetLine({ manifest: { version }, dataSet }) {
  if (dataSet === null) return []
  const { hash, rows, rowsByRole, labellers } = dataSet
  const parts = Object.entries(rowsByRole).map(
    ([role, count]) =>
      `${whole(count)} ${roles[role] ?? role}${rows > 0 ? ` (${percent(count / rows)})` : ''}`,
  )
  const by = counted(labellers, 'person', 'people')
  return [
    element(
      'p',
      'soft',
      `Version ${version} learned from ${counted(rows, 'row')}: ${parts.join(', ')}. Labels of ${by}. Data set ${hash.slice(0, 12)}.`,
    ),
  ]
}

function lookOf(good) {
  return { 1: 'better', 0: '', [-1]: 'worse' }[good] ?? ''
}

function table(head, rows) {
  return element(
    'table',
    '',
    element('thead', '', element('tr', '', ...head.map(name => cell('th', name, 'col')))),
    element(
      'tbody',
      '',
      ...rows.map(([name, ...rest]) =>
        element('tr', '', cell('th', name, 'row'), ...rest.map(one => element('td', '', one))),
      ),
    ),
  )
}

function cell(name, text, scope) {
  const node = element(name, '', text)
  node.scope = scope
  return node
}
