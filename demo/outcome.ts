import type { Judgement } from '../jobs/challenger/judgement.ts'
import type { Accuracy } from './accuracy.ts'
import { type BeforeAfterRow, beforeAfterTable } from './before-after.ts'
import type { Progress } from './story.ts'

/** The end of the story, in words and figures. */

export interface Outcome {
  readonly before: Accuracy
  readonly after: Accuracy
  /** That each of the two languages was measured on. */
  readonly rows: number
  readonly progress: Progress
  /** Every expression that is new in the community. */
  readonly slang: readonly string[]
  /** Of the team. */
  readonly answers: number
  /** From the first content in slang until the end, and from the start; ms. */
  readonly sinceDriftMs: number
  readonly elapsedMs: number
}

/** The table of before and after, and what else there is to know. */
export function summaryOf({
  before,
  after,
  rows,
  progress,
  slang,
  answers,
  sinceDriftMs,
  elapsedMs,
}: Outcome): string {
  const recovered = recoveredShare(before, after)
  const { alarmAfter, words, labels, requestedAt, promotedAt } = progress
  const named = slang.filter(term => isNamed(term, words)).length
  const lines = [
    `Alarm after ${alarmAfter} contents in slang; ${named} of its ${slang.length} expressions were named.`,
    `${labels} contents labelled in ${answers} answers. From request to promotion: ${seconds((promotedAt ?? 0) - (requestedAt ?? 0))}, tagging and all.`,
    recovered === null
      ? 'The slang was read as well as ordinary language from the beginning: nothing was lost.'
      : `Of what the slang had cost, ${percent(recovered)} is back.`,
    `Measured on ${rows} fresh texts each (95 % interval: ± ${points(shareDoubt(after.newLanguage, rows))} and ± ${points(shareDoubt(after.ordinary, rows))} points), as the server answers them.`,
    `From the first content in slang until now: ${seconds(sinceDriftMs)}; from the start: ${seconds(elapsedMs)}.`,
  ]
  return `${beforeAfterTable(beforeAfterRows(before, after))}\n\n${lines.join('\n')}`
}

function beforeAfterRows(before: Accuracy, after: Accuracy): readonly BeforeAfterRow[] {
  const row = (
    name: string,
    figure: Exclude<keyof Accuracy, 'version'>,
    unit: BeforeAfterRow['unit'],
  ): BeforeAfterRow => ({ name, before: before[figure], after: after[figure], unit })
  return [
    row('new language: tone read rightly', 'newLanguage', 'share'),
    row('ordinary language: tone read rightly', 'ordinary', 'share'),
    row('new language: mean error, points of 10', 'newLanguageError', 'points'),
    row('ordinary language: mean error, points of 10', 'ordinaryError', 'points'),
  ]
}

/**
 * Of the accuracy that the new language cost, the share that is back: 0 where nothing is, 1 where it is read as well as ordinary
 * language was before; null where nothing was lost.
 */
export function recoveredShare(
  before: Pick<Accuracy, 'ordinary' | 'newLanguage'>,
  after: Pick<Accuracy, 'newLanguage'>,
): number | null {
  const lost = before.ordinary - before.newLanguage
  return lost <= 0 ? null : (after.newLanguage - before.newLanguage) / lost
}

/** What the gates let through, and by how much the challenger was better on labelled texts that it had not seen. */
export function saidOfJudgement({ gates, comparison: { rows, slices } }: Judgement): string {
  const passed = gates.filter(gate => gate.passed).length
  const accuracy = slices.flatMap(({ slice, figures: { accuracy: share } }) => {
    const name = SLICE_NAMES[slice]
    if (name === undefined || share === undefined) return []
    return `${name} ${percent(share.champion)} → ${percent(share.challenger)}`
  })
  const { tagged, taggedBlocked } = gates.find(({ name }) => name === 'innocent')?.figures ?? {}
  const innocent =
    tagged === undefined ? '' : `; of ${tagged} harmless ones that passed, it would block ${taggedBlocked}`
  return `${passed} of ${gates.length} gates passed; champion → challenger on ${rows} labelled texts that it had not seen: ${accuracy.join(', ')}${innocent}`
}

const SLICE_NAMES: Readonly<Record<string, string>> = {
  all: 'all',
  newLanguage: 'new language',
  ordinary: 'ordinary',
}

/** Whether an expression was named: itself, or a word of it in new company. */
export function isNamed(term: string, words: readonly string[]): boolean {
  return words.some(word => word === term || term.split(' ').includes(word))
}

/** Half the width of the 95 % interval of a share that was measured on `rows` rows (normal approximation). */
function shareDoubt(share: number, rows: number): number {
  return 1.96 * Math.sqrt((share * (1 - share)) / rows)
}

/** `0.314` as `31 %`. */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function points(share: number): string {
  return (100 * share).toFixed(1)
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
