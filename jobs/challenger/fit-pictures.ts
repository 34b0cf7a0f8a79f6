import type { DataSetRow } from '../data-set/data-set.ts'
import { labelledLooks, nearestLooks } from './labelled-looks.ts'
import { minimise } from './minimise.ts'
import { chanceOf, NO_CHANGE, type PictureHead, pictureLoss, worst } from './picture-head.ts'
import { isSpam, type TeachingPicture, type TeachingPictures } from './teaching-pictures.ts'

/** Of each weight, as a share of the pictures’ mean squared length: however many the inputs, a label moves its own margin as far. */
const RIDGE_SHARE = 0.2
/** Pictures whose inputs say nothing are left where they are. */
const RIDGE_MIN = 1
/** Of the offset, which moves every picture. */
const OFFSET_RIDGE = 20
/** Weight of a replayed row beside 1 of a label. */
const REPLAY_WEIGHT = 0.2

/**
 * Fits a linear head that is added to the champion's margin, in one convex problem, as `fitHead` does for texts: labelled pictures
 * meet what people say, replayed ones keep the champion's margin, and a ridge pulls to none. Replayed pictures that look like
 * those of which people say otherwise than the champion would hold the old answer in place, so they are left out.
 * @param isTaught which rows teach; others are as if they were not there
 */
export function fitPictures(
  taught: TeachingPictures,
  threshold: number,
  isTaught: (row: DataSetRow) => boolean = () => true,
  onStep?: () => void,
): PictureHead {
  const isLike = contradictedLike(taught, threshold, isTaught)
  const examples = [
    ...labelledExamples(taught, isTaught),
    ...taught.replayed.flatMap((row, i) =>
      isTaught(row) && !isLike(i)
        ? taught.replayedPictures[i]!.map(picture => ({ picture, target: Number.NaN, weight: REPLAY_WEIGHT }))
        : [],
    ),
  ]
  return solve(examples, taught.champion.means.length, onStep)
}

interface Example {
  readonly picture: TeachingPicture
  /** NaN: the champion's margin is kept. */
  readonly target: number
  readonly weight: number
}

/** Of spam one picture is enough, the one that looks most like it; of ham none may be. */
function labelledExamples(taught: TeachingPictures, isTaught: (row: DataSetRow) => boolean): Example[] {
  return taught.labelled.flatMap((row, i): Example[] => {
    const pictures = taught.pictures[i]!
    const weight = taught.weights[i]!
    const { target } = row
    if (weight === 0 || !isTaught(row)) return []
    if (!isSpam(row)) return pictures.map(picture => ({ picture, target, weight: weight / pictures.length }))
    return [{ picture: worst(pictures), target, weight }]
  })
}

function solve(examples: readonly Example[], width: number, onStep?: () => void): PictureHead {
  const squares = examples.reduce((sum, { picture }) => sum + squaredLength(picture.inputs), 0)
  // Scaled so that every ridge is 1; the last is the offset.
  const scale = 1 / Math.sqrt(Math.max(RIDGE_MIN, (RIDGE_SHARE * squares) / examples.length))
  const offsetScale = 1 / Math.sqrt(OFFSET_RIDGE)
  const found = minimise(
    (at, gradient) => {
      gradient.set(at)
      let value = 0
      for (let i = 0; i < at.length; i++) value += (at[i]! * at[i]!) / 2
      for (const { picture, target, weight } of examples) {
        const { inputs } = picture
        let moved = 0
        for (let i = 0; i < width; i++) moved += inputs[i]! * at[i]!
        moved = moved * scale + at[width]! * offsetScale
        const margin = picture.margin + picture.words + moved
        const isKept = Number.isNaN(target)
        value += weight * (isKept ? (moved * moved) / 2 : pictureLoss.loss(margin, target))
        const slope = weight * (isKept ? moved : pictureLoss.slope(margin, target))
        for (let i = 0; i < width; i++) gradient[i]! += slope * scale * inputs[i]!
        gradient[width]! += slope * offsetScale
      }
      return value
    },
    width + 1,
    onStep === undefined ? {} : { onStep },
  )
  return { weights: found.subarray(0, width).map(one => one * scale), offset: found[width]! * offsetScale }
}

function squaredLength(inputs: Float32Array): number {
  let sum = 0
  for (const input of inputs) sum += input * input
  return sum
}

/** Which replayed rows look most like a labelled picture of which people say otherwise than the champion, which says the same of both. */
export function contradictedLike(
  taught: TeachingPictures,
  threshold: number,
  isTaught: (row: DataSetRow) => boolean,
): (replayed: number) => boolean {
  const looks = labelledLooks(taught, threshold, isTaught)
  if (!looks.some(({ isContradicted }) => isContradicted)) return () => false
  return replayed => {
    const picture = worst(taught.replayedPictures[replayed]!)
    const [nearest] = nearestLooks(looks, picture, 1)
    return nearest!.isContradicted && nearest!.isSpam === chanceOf(picture, NO_CHANGE) < threshold
  }
}
