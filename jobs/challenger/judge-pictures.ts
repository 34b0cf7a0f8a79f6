import { type ImageNet, imageMargin } from '../../processors/images/image-net.ts'
import type { GateResult } from './challenger.ts'
import type { Judged } from './family.ts'
import { contradictedLike } from './fit-pictures.ts'
import { latencyGate, steadyGate } from './gates.ts'
import { sureSide } from './label-noise.ts'
import { NO_CHANGE, type PictureHead, valueOfRow } from './picture-head.ts'
import type { TeachingPictures } from './teaching-pictures.ts'
import { timesAsLong } from './times-as-long.ts'

type JudgedPictures = Judged<TeachingPictures, PictureHead> & { readonly challenger: ImageNet }

/** What a challenger of pictures must show beside what all must. */
export function judgePictures(judged: JudgedPictures): GateResult[] {
  const { rules, rows, challenger } = judged
  return [steadyGate(rules, steadiness(judged)), latencyGate(rules, latencyTimes(rows.champion, challenger))]
}

/** So much of the replayed content may look like what the labels turned; of more, none is excused. */
const LEFT_OUT_SHARE_MAX = 0.3

/** The platform's content of which the champion is sure, each answered by a challenger that was not held by it. */
function steadiness({ kind, settings, rows, unseen }: JudgedPictures) {
  const threshold = thresholdOf(settings)
  const sideOf = sureSide(kind, settings)
  let leftOut = 0
  const judged = unseen.fits.flatMap(({ learned, isTaught }) => {
    const isLike = contradictedLike(rows, threshold, isTaught)
    return rows.replayed.flatMap((row, i) => {
      if (isTaught(row)) return []
      const pictures = rows.replayedPictures[i]!
      const champion = valueOfRow(pictures, NO_CHANGE)
      if (sideOf(champion) === 0) return []
      const isExcused = isLike(i)
      leftOut += Number(isExcused)
      const isTurned = valueOfRow(pictures, learned) >= threshold !== champion >= threshold
      return [{ isExcused, isTurned }]
    })
  })
  if (leftOut > LEFT_OUT_SHARE_MAX * judged.length) leftOut = 0
  const counted = leftOut === 0 ? judged : judged.filter(one => !one.isExcused)
  return { sure: counted.length, turned: counted.filter(one => one.isTurned).length, leftOut }
}

/** As the scorer takes it. */
export function thresholdOf(settings: Readonly<Record<string, number>>): number {
  return settings['threshold'] ?? 0.5
}

const TIMED_PICTURES = 50

function latencyTimes(champion: ImageNet, challenger: ImageNet): number {
  const features = champion.means
  const work = (net: ImageNet) => () => {
    for (let i = 0; i < TIMED_PICTURES; i++) imageMargin(net, features)
  }
  return timesAsLong(work(champion), work(challenger))
}
