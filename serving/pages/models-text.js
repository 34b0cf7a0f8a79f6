import { counted, percent, time, whole } from './drift-text.js'

/** How the page says where a loop is. */

/** Metrics of which less is better. */
const LESS = ['mae', 'ece', 'hamBlocked', 'latency']

/** Whether a difference of a metric is for the better: 1, for the worse: −1, or neither: 0. */
export function goodness(metric, difference) {
  return Math.sign(difference) * (LESS.includes(metric) ? -1 : 1)
}

export function signed(value, digits = 3) {
  const text = Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return text
  return `${value < 0 ? '−' : '+'}${text}`
}

export function figure(value) {
  if (value === undefined) return '–'
  return Number.isInteger(value) ? whole(value) : value.toFixed(3)
}

const phases = {
  none: 'Nothing is under way.',
  watch: 'A new version is watched.',
}

/** Where a kind is, in capitals as steps are named, and how far that is. */
export function standingOf({ phase, open, labelsNeeded, champion, predecessor }) {
  const last = open[0]?.last ?? null
  if (phase === 'none' && last === null) return { words: phases.none, progress: null, detail: '' }
  if (phase === 'watch' && last === null)
    return {
      words: phases.watch,
      progress: null,
      detail: `If version ${champion?.version} turns out wrong, ${predecessor} takes over again by itself.`,
    }
  if (open.length === 0)
    return {
      words: 'A version is on trial.',
      progress: null,
      detail: 'No training was asked for: it scores along until it is promoted or ended.',
    }
  if (last === null) return { words: 'REQUESTED', progress: 0, detail: 'Nobody has seen to it yet.' }
  return { words: stepWords(last, labelsNeeded), progress: last.progress, detail: last.detail }
}

/** Steps that are no work of their own. */
const MOMENTS = ['REQUESTED', 'PROMOTED', 'REJECTED', 'EXPIRED']

/** "TAGGING 84 of 150 labels", "TRAINING · compare · 62 %", and "CANARY · 40 %", which records say as a task of SHADOW. */
export function stepWords({ step, task, progress, figures }, labelsNeeded) {
  if (step === 'SHADOW' && task === 'canary') return `CANARY · ${Math.round(100 * progress)} %`
  if (step === 'TAGGING' && task === 'tag')
    return `TAGGING ${whole(figures.labels ?? 0)} of ${whole(figures.labelsNeeded ?? labelsNeeded)} labels`
  const work = step.startsWith(task.toUpperCase()) ? '' : ` · ${task}`
  return `${step}${work}${MOMENTS.includes(step) ? '' : ` · ${Math.round(100 * progress)} %`}`
}

export function sinceWords({ version, since }) {
  return since === null
    ? `Version ${version} is live: none was promoted yet.`
    : `Version ${version} is live since ${time(since)}.`
}

export function challengerWords({ challenger, predecessor, phase }) {
  const { version, share, since } = challenger
  if (phase === 'none' || phase === 'tagging')
    return `Version ${version} still scores along from before; that ends by itself.`
  if (version === predecessor)
    return `Version ${version}, its predecessor, scores along since ${time(since)}.`
  if (share > 0)
    return `Version ${version} answers ${percent(share)} of the content since ${time(since)}, and scores along for the rest.`
  return `Version ${version} scores along since ${time(since)}; nobody sees its scores.`
}

/** How champion and challenger disagree, as pairs of a name and what is said of it; none before anything was compared. */
export function disagreement({ figures }) {
  const { records, needed, differing, differingShare, meanShift, shiftDeviation } = figures
  if (records === undefined || records === 0) return []
  const { newcomerRight = 0, predecessorRight = 0, newcomerMicros, predecessorMicros, missing = 0 } = figures
  return [
    ['Contents both scored', `${whole(records)}${needed === undefined ? '' : ` of ${whole(needed)}`}`],
    ['Label differs', `${percent(differingShare)} (${whole(differing)})`],
    [
      'Mean shift',
      `${signed(meanShift, 2)}${shiftDeviation === undefined ? '' : `, spread ${shiftDeviation.toFixed(2)}`}`,
    ],
    ...(newcomerRight + predecessorRight > 0
      ? [['People side with', `challenger ${whole(newcomerRight)}, champion ${whole(predecessorRight)}`]]
      : []),
    ...(newcomerMicros === undefined || predecessorMicros === undefined
      ? []
      : [['Time a content', `${newcomerMicros.toFixed(0)} µs, champion ${predecessorMicros.toFixed(0)} µs`]]),
    ...(missing > 0 ? [['Not scored', counted(missing, 'content')]] : []),
  ]
}

/** One sentence over all kinds. */
export function verdictOf(kinds) {
  const parts = [
    ['training', () => 'is being trained'],
    ['shadow', triedWords],
    ['canary', triedWords],
    ['tagging', () => 'waits for labels'],
    ['watch', watchedWords],
  ].flatMap(([phase, words]) =>
    kinds.filter(one => one.phase === phase).map(one => `${one.kind} ${words(one)}`),
  )
  for (const { kind, paused } of kinds) if (paused !== null) parts.push(`${kind} is paused`)
  return parts.length === 0 ? 'Every kind is on its version; nothing is under way.' : `${parts.join('; ')}.`
}

function triedWords({ challenger }) {
  return `tries version ${challenger.version}`
}

function watchedWords({ champion, challenger }) {
  const beside = challenger === null ? '' : ` while version ${challenger.version} scores along`
  return `watches version ${champion.version}${beside}`
}
