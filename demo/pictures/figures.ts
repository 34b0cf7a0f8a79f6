import type { Box } from '../../processors/images/raster.ts'
import { type BeforeAfterRow, beforeAfterTable } from '../before-after.ts'
import { innocentForms, type PictureForm } from './campaign.ts'
import type { PostedPicture } from './gallery.ts'

/** What came of the pictures, in words and figures. */

export interface PictureOutcome {
  /** Offers as plain text, and those of them that were caught. */
  readonly texts: number
  readonly textsCaught: number
  readonly adverts: readonly PostedPicture[]
  /** Photos with the shop's mark, before people marked it and after. */
  readonly unmarked: readonly PostedPicture[]
  readonly marked: readonly PostedPicture[]
  /** Copies of one picture, before people tagged one and after. */
  readonly copies: readonly PostedPicture[]
  readonly taggedCopies: readonly PostedPicture[]
  /** Of everybody else, before anybody tagged a picture and after. */
  readonly innocentBefore: readonly PostedPicture[]
  readonly innocentAfter: readonly PostedPicture[]
  /** One photo that many people post since they like it. */
  readonly shared: readonly PostedPicture[]
  /** ms from the second person's label until the bank has it, and the bank's scorers with it. */
  readonly markKnownMs: number
  readonly copyKnownMs: number
}

/** Whether it was named spam. What was not scored in time was let through. */
export function isCaught({ score }: Pick<PostedPicture, 'score'>): boolean {
  return score?.label === 'spam'
}

/** Whether it was caught, and one of the boxes drawn on it lies where the mark is. */
export function isFound(picture: Pick<PostedPicture, 'score' | 'box'>): boolean {
  const { box, score } = picture
  if (box === null || score === null || !isCaught(picture)) return false
  return score.reasons.some(reason => reason.box != null && overlap(reason.box, box) >= OVERLAP_MIN)
}

/** Of the area that two boxes cover, the part that both do. */
const OVERLAP_MIN = 0.5

/** Whether words that were read in it are among what speaks for spam. */
export function isReadOut({ score }: Pick<PostedPicture, 'score'>): boolean {
  const reasons = score?.reasons ?? []
  return reasons.some(({ weight, text, box }) => weight > 0 && box != null && !!text)
}

export function shareOf<T>(all: readonly T[], isOne: (one: T) => boolean): number | null {
  return all.length === 0 ? null : all.filter(isOne).length / all.length
}

/** `19 of 20`. */
export function countOf<T>(all: readonly T[], isOne: (one: T) => boolean): string {
  return `${all.filter(isOne).length} of ${all.length}`
}

/** The table of before and after, and what else there is to know. */
export function pictureSummary(outcome: PictureOutcome): string {
  const { adverts, unmarked, marked, copies, taggedCopies, innocentBefore, innocentAfter, shared } = outcome
  const row = (
    name: string,
    before: readonly PostedPicture[],
    after: readonly PostedPicture[],
  ): BeforeAfterRow => ({
    name,
    before: shareOf(before, isCaught),
    after: shareOf(after, isCaught),
    unit: 'share',
  })
  const table = beforeAfterTable([
    row('offers drawn as pictures: caught', adverts, []),
    row('photos with the shop’s mark: caught', unmarked, marked),
    row('copies of one picture: caught', copies, taggedCopies),
    row('innocent pictures: blocked', innocentBefore, innocentAfter),
    row('innocent photo that many share: blocked', [], shared),
  ])
  const innocent = innocentOf(outcome)
  const all = [adverts, unmarked, marked, copies, taggedCopies, innocent].flat()
  const lines = [
    `Before and after: until two people tagged one photo with the mark, and one of the copies. ${outcome.textsCaught} of ${outcome.texts} offers as plain text were caught.`,
    `In ${countOf(adverts.filter(isCaught), isReadOut)} offers that were caught, words that were read in the picture speak for it.`,
    `The mark was known ${seconds(outcome.markKnownMs)} after the second person’s answer, the copied picture ${seconds(outcome.copyKnownMs)} after; the box lies on the mark in ${countOf(marked, isFound)}.`,
    `Innocent pictures that were blocked: ${innocentForms.flatMap(form => saidOfForm(form, innocent)).join(', ')}.`,
    `${all.length} pictures were posted; ${countOf(all, ({ score }) => score === null)} had no score in time.`,
  ]
  return `${table}\n\n${lines.join('\n')}`
}

/** All pictures that are no spam. */
export function innocentOf({ innocentBefore, innocentAfter, shared }: PictureOutcome): PostedPicture[] {
  return [...innocentBefore, ...innocentAfter, ...shared]
}

function saidOfForm(form: PictureForm, innocent: readonly PostedPicture[]): string[] {
  const own = innocent.filter(one => one.form === form)
  return own.length === 0 ? [] : [`${form} ${countOf(own, isCaught)}`]
}

/** The area that both boxes cover over the area that either does, 0–1. */
export function overlap(one: Box, other: Box): number {
  const across = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const down = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  const both = Math.max(0, across) * Math.max(0, down)
  return both / (one.width * one.height + other.width * other.height - both)
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
