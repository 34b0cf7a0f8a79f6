import { REPORTS, REPORTS_DIFFER, VOTES } from '../drift/judge-readers.ts'
import { momentNames } from '../drift/rank-basis.ts'
import type { ReportCondition } from './policy.ts'
import type { Drift } from './state.ts'

/** What speaks for a request, for people who do not know the statistics; the evidence has the method and the figures. */

/** The last moment that a `Date` can hold. */
const CALENDAR_MS_MAX = 8.64e15
/** Methods whose effect is in standard deviations. */
const IN_DEVIATIONS: readonly string[] = ['adwin', 'e-detector']
/** Standard deviations from which a move is clear, and from which it is far; the page `/drift` says the same. */
const CLEAR = 0.2
const FAR = 0.5

const moments: Readonly<Record<(typeof momentNames)[number], string>> = {
  location: 'their level',
  spread: 'how far they spread',
  skew: 'to which side they lean',
  shape: 'how they are distributed',
}

const errors: Readonly<Record<string, string>> = {
  labels: 'What people label contradicts the scores more than it should',
  [VOTES]: 'Votes contradict the scores more often than before',
  [REPORTS]: 'What reports expect is further from the scores than before',
  [REPORTS_DIFFER]: 'Reports expect something else than the scores say more often than before',
}

/** What goes on in a feature and slice, since when and how much, as a sentence. */
export function driftInWords(
  { on, wordMassMin }: ReportCondition,
  { feature, slice }: { readonly feature: string; readonly slice: string },
  { since, records, latest }: Drift,
): string {
  const when = `since ${timeInWords(since)}`
  const where = slice === 'all' ? '' : ` in the slice ${slice}`
  const contents = counted(Math.round(records), 'content')
  if (wordMassMin !== undefined)
    return `Words are new or more frequent${where} ${when}, in about ${contents}${list(latest.names, ': ')}.`
  if (on === 'error') {
    const what = Object.hasOwn(errors, feature)
      ? errors[feature]
      : `What ${feature} say contradicts the scores`
    return `${what}${where} ${when}.`
  }
  if (feature === '*')
    return `The contents changed as a whole${where}${list(latest.names, ', most of all in ')} ${when}, seen in ${contents}.`
  return `The values of ${feature} moved${degreeOf(latest)}${where}${momentOf(latest)} ${when}, seen in ${contents}.`
}

export function timeInWords(ms: number): string {
  if (Math.abs(ms) > CALENDAR_MS_MAX) return `${ms} ms`
  return new Date(ms)
    .toUTCString()
    .replace(/^\w+, /, '')
    .replace(/:\d\d GMT$/, ' UTC')
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function degreeOf({ method, size }: Drift['latest']): string {
  if (size === null || !IN_DEVIATIONS.includes(method)) return ''
  return size < CLEAR ? ' a little' : size < FAR ? ' clearly' : ' far'
}

function momentOf({ names: [first = ''] }: Drift['latest']): string {
  const moment = momentNames.find(name => name === first)
  return moment === undefined ? '' : ` (${moments[moment]})`
}

function list(names: readonly string[], before: string): string {
  return names.length === 0 ? '' : `${before}${names.join(', ')}`
}
