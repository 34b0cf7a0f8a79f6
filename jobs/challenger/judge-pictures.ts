import { imageNetModel } from '../../pipelines/runtime/inference/image-model.ts'
import { type ImageNet, imageMargin } from '../../processors/images/image-net.ts'
import { scorePicturesBy } from '../picture-suites.ts'
import { runSuites, suitesOf } from '../suites.ts'
import type { GateResult } from './challenger.ts'
import type { Judged } from './family.ts'
import { contradictedLike } from './fit-pictures.ts'
import { latencyGate, type Steadiness, steadyGate, suitesGate } from './gates.ts'
import { innocentGate, type PassedContents, taggedInnocent } from './innocent-gate.ts'
import { sureSide } from './label-noise.ts'
import { NO_CHANGE, type PictureHead, valueOfRow } from './picture-head.ts'
import type { TeachingPictures } from './teaching-pictures.ts'
import { timesAsLong } from './times-as-long.ts'

type JudgedPictures = Judged<TeachingPictures, PictureHead> & { readonly challenger: ImageNet }

/** What a challenger of pictures must show beside what all must. */
export async function judgePictures(judged: JudgedPictures): Promise<GateResult[]> {
  const { kind, rules, settings, rows, unseen, challenger } = judged
  const contents = ownContents(judged)
  const tagged = taggedInnocent(kind, thresholdOf(settings), unseen.rows)
  return [
    steadyGate(rules, steadiness(judged, contents)),
    innocentGate(rules, tagged, passedContents(contents, thresholdOf(settings))),
    ...(await suites(judged)),
    latencyGate(rules, latencyTimes(rows.champion, challenger)),
  ]
}

/** What is measured is what is shipped: both nets as their files have them. */
async function suites(judged: JudgedPictures): Promise<GateResult[]> {
  const { kind, rules, settings, suitesDir, suitesSeen, rows, challenger } = judged
  if (suitesSeen === undefined) return []
  const committed = await suitesOf(kind.kind, suitesDir)
  const run = (net: ImageNet) => {
    const card = { kind: kind.kind, version: '', settings }
    return runSuites(kind, committed, scorePicturesBy(kind, imageNetModel(net, card), suitesSeen))
  }
  const [before, after] = [await run(rows.champion), await run(challenger)]
  return [suitesGate(kind, rules, { champion: before, challenger: after, leftOut: 0 })]
}

/** A content of the platform of which nobody said anything. */
interface OwnContent {
  readonly champion: number
  /** Of a challenger that was not held by it. */
  readonly challenger: number
  /** Whether it looks like what people now call otherwise than the champion. */
  readonly isExcused: boolean
}

function ownContents({ settings, rows, unseen }: JudgedPictures): OwnContent[] {
  return unseen.fits.flatMap(({ learned, isTaught }) => {
    const isLike = contradictedLike(rows, thresholdOf(settings), isTaught)
    return rows.replayed.flatMap((row, i) => {
      if (isTaught(row)) return []
      const pictures = rows.replayedPictures[i]!
      const [champion, challenger] = [valueOfRow(pictures, NO_CHANGE), valueOfRow(pictures, learned)]
      return [{ champion, challenger, isExcused: isLike(i) }]
    })
  })
}

/** So much of the content may look like what the labels turned; of more, none is excused. */
const LEFT_OUT_SHARE_MAX = 0.3

function counted(contents: readonly OwnContent[]) {
  const kept = contents.filter(one => !one.isExcused)
  const leftOut = contents.length - kept.length
  return leftOut > LEFT_OUT_SHARE_MAX * contents.length ? { kept: contents, leftOut: 0 } : { kept, leftOut }
}

function steadiness({ kind, settings }: JudgedPictures, contents: readonly OwnContent[]): Steadiness {
  const threshold = thresholdOf(settings)
  const sideOf = sureSide(kind, settings)
  const { kept, leftOut } = counted(contents.filter(({ champion }) => sideOf(champion) !== 0))
  const turned = kept.filter(one => one.champion >= threshold !== one.challenger >= threshold)
  return { sure: kept.length, turned: turned.length, leftOut }
}

function passedContents(contents: readonly OwnContent[], threshold: number): PassedContents {
  const { kept, leftOut } = counted(contents.filter(({ champion }) => champion < threshold))
  const blocked = kept.filter(({ challenger }) => challenger >= threshold)
  return { count: kept.length, blocked: blocked.length, leftOut }
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
