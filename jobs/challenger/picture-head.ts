import { type MatchingLoss, matchingLoss } from './matching-loss.ts'
import type { TeachingPicture } from './teaching-pictures.ts'

/** What is added to the champion's margins: `weights` times a picture's inputs, and `offset`. */
export interface PictureHead {
  readonly weights: Float64Array
  readonly offset: number
}

export const NO_CHANGE: PictureHead = { weights: new Float64Array(0), offset: 0 }

export const pictureLoss: MatchingLoss = matchingLoss({ form: 'sigmoid' }, { min: 0, max: 1 })

/** Chance of spam by looks and words, with a change of the looks. */
export function chanceOf(
  { inputs, margin, words }: TeachingPicture,
  { weights, offset }: PictureHead,
): number {
  let changed = margin + words + offset
  for (let i = 0; i < weights.length; i++) changed += weights[i]! * inputs[i]!
  return pictureLoss.valueOf(changed)
}

/** Of a row's pictures the worst counts. */
export function valueOfRow(pictures: readonly TeachingPicture[], change: PictureHead): number {
  return Math.max(...pictures.map(picture => chanceOf(picture, change)))
}

/** The picture that the champion's answer goes by. */
export function worst(pictures: readonly TeachingPicture[]): TeachingPicture {
  return pictures.reduce((most, one) => (chanceOf(one, NO_CHANGE) > chanceOf(most, NO_CHANGE) ? one : most))
}
