import { bankLogoId, bankPictureId } from '../../schemas/ids.ts'
import type { ImageBankType, Label } from '../../schemas/records.ts'
import { ADJUDICATION } from '../tagging/join-labels.ts'
import type { Box } from './raster.ts'

/**
 * What of the bank follows from what people say of one picture. They speak of contents; a file that several contents hold is one picture,
 * and what is said of any of them is said of it.
 */

/** How strongly an entry speaks for the kind where one person more calls the picture so than does not. */
export const ONE_PERSON_WEIGHT = 0.5
/** Where two more do, or a moderator decided. */
export const SURE_WEIGHT = 1

/** Answers of a picture that are remembered, the latest: a campaign may be tagged more often, and is sure long before. */
const ANSWERS_MAX = 32
/** Rectangles of one answer on one picture that become entries. */
const MARKS_MAX = 8

/** A rectangle that somebody drew on the picture. */
export interface Mark {
  /** What is in it; empty where nobody said. */
  readonly name: string
  readonly box: Box
}

/** What a label says of one picture. */
export interface PictureAnswer {
  /** The label's. */
  readonly id: string
  readonly labeller: string
  /** Whether it is the word of a moderator. */
  readonly isDecision: boolean
  readonly isPositive: boolean
  readonly marks: readonly Mark[]
  /** ms since the epoch. */
  readonly at: number
}

/** An entry that the bank should hold. */
export interface WantedEntry {
  readonly id: string
  readonly type: Exclude<ImageBankType, 'UNKNOWN'>
  readonly name: string
  /** Where on the picture; null: all of it. */
  readonly box: Box | null
  /** Above 0, up to 1. */
  readonly weight: number
  /** The answer that it goes back to. */
  readonly origin: Pick<PictureAnswer, 'id' | 'labeller' | 'at'>
}

/** An entry as it was written last, as far as that tells whether it has to be written again. */
export type WrittenEntry = Pick<WantedEntry, 'type' | 'name' | 'weight'>

/** The answers with what a label says now: the same label again replaces its answer, one that was taken back has none. */
export function withAnswer(
  answers: readonly PictureAnswer[],
  label: Label,
  marks: readonly Mark[],
): readonly PictureAnswer[] {
  const others = answers.filter(({ id }) => id !== label.id)
  if (label.withdrawn) return others
  const { id, labeller, origin, value, at } = label
  const answer = {
    id,
    labeller,
    isDecision: origin === ADJUDICATION,
    isPositive: value >= 0.5,
    marks: marks.slice(0, MARKS_MAX),
    at,
  }
  return [...others, answer].slice(-ANSWERS_MAX)
}

/**
 * How far a picture is trusted to be of the kind: 0 not at all. The latest word of a moderator decides alone; otherwise the last word of
 * each person counts, and as many against it as for it take it out.
 */
export function trustOf(answers: readonly PictureAnswer[]): number {
  const decided = latest(answers.filter(({ isDecision }) => isDecision))
  if (decided !== null) return decided.isPositive ? SURE_WEIGHT : 0
  const people = new Set(answers.map(({ labeller }) => labeller))
  let margin = 0
  for (const person of people) {
    const word = latest(answers.filter(({ labeller }) => labeller === person))
    margin += word?.isPositive === true ? 1 : -1
  }
  if (margin <= 0) return 0
  return margin === 1 ? ONE_PERSON_WEIGHT : SURE_WEIGHT
}

/** The entries of a picture: itself, and a logo for each rectangle that a standing answer drew; none where it is not trusted. */
export function wantedEntries(
  kind: string,
  sha256: string,
  answers: readonly PictureAnswer[],
): readonly WantedEntry[] {
  const weight = trustOf(answers)
  const positive = answers.filter(({ isPositive }) => isPositive)
  const [first] = positive.toSorted((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1))
  if (weight === 0 || first === undefined) return []
  const logos = positive.flatMap(answer =>
    answer.marks.map(
      ({ name, box }): WantedEntry => ({
        id: bankLogoId(kind, sha256, answer.id, box),
        type: 'LOGO',
        name,
        box,
        weight,
        origin: answer,
      }),
    ),
  )
  const id = bankPictureId(kind, sha256)
  return [{ id, type: 'PICTURE', name: '', box: null, weight, origin: first }, ...logos]
}

/** What has to be written so that the bank holds what is wanted and nothing else of this picture. */
export function bankChanges(
  written: Readonly<Record<string, WrittenEntry>>,
  wanted: readonly WantedEntry[],
): { readonly put: readonly WantedEntry[]; readonly takeOut: readonly string[] } {
  const ids = new Set(wanted.map(({ id }) => id))
  return {
    put: wanted.filter(({ id, name, weight }) => written[id]?.weight !== weight || written[id].name !== name),
    takeOut: Object.keys(written).filter(id => !ids.has(id)),
  }
}

/** Of answers at the same moment one that calls it so: whatever order they come in, the same one. */
function latest(answers: readonly PictureAnswer[]): PictureAnswer | null {
  let last: PictureAnswer | null = null
  for (const answer of answers)
    if (last === null || answer.at > last.at || (answer.at === last.at && answer.isPositive)) last = answer
  return last
}
