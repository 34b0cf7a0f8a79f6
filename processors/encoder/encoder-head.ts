import { applyLink, type Link } from '../text/link.ts'

/**
 * What makes a value of an encoder's output. LABELS: the classes that it came with, each at its place on the kind's scale.
 * LINEAR: weights that were trained here, one a number of its vector.
 */
export type EncoderCore =
  | {
      readonly form: 'LABELS'
      /** SOFTMAX: one of the labels holds, and their places are averaged. SIGMOID: any may hold, and the highest counts. */
      readonly activation: 'SOFTMAX' | 'SIGMOID'
      /** Of each label in order: 0, the bottom of the kind's scale, to 1, its top. */
      readonly places: readonly number[]
      /** Of the log-odds of the place: calibration (Platt 1999). */
      readonly slope: number
      readonly offset: number
    }
  | { readonly form: 'LINEAR'; readonly weights: readonly number[]; readonly offset: number }

/** The margin is the core's, and so many times that of the n-grams beside it; the link makes a value of it. */
export interface EncoderHead {
  readonly core: EncoderCore
  readonly ngrams: number
  readonly link: Link
}

/** Places nearer to the ends than this are as good as at them: log-odds of at most 13.8. */
const PLACE_MIN = 1e-6

/** @param output labels' logits, or a vector: as many numbers as the core reads */
export function coreMargin(core: EncoderCore, output: Float32Array): number {
  if (core.form === 'LINEAR') {
    let sum = core.offset
    for (let i = 0; i < core.weights.length; i++) sum += core.weights[i]! * output[i]!
    return sum
  }
  const place =
    core.activation === 'SOFTMAX' ? meanPlace(core.places, output) : highestPlace(core.places, output)
  const bounded = Math.min(1 - PLACE_MIN, Math.max(PLACE_MIN, place))
  return core.slope * Math.log(bounded / (1 - bounded)) + core.offset
}

/** The kind's value. @param ngramMargin 0 where there are none */
export function encoderValue(
  { core, ngrams, link }: EncoderHead,
  output: Float32Array,
  ngramMargin: number,
): number {
  return applyLink(link, coreMargin(core, output) + ngrams * ngramMargin)
}

/** How many numbers of output the core reads. */
export function outputWidth(core: EncoderCore): number {
  return core.form === 'LINEAR' ? core.weights.length : core.places.length
}

function meanPlace(places: readonly number[], logits: Float32Array): number {
  const highest = Math.max(...logits)
  let sum = 0
  let mean = 0
  for (let label = 0; label < places.length; label++) {
    const share = Math.exp(logits[label]! - highest)
    sum += share
    mean += share * places[label]!
  }
  return mean / sum
}

function highestPlace(places: readonly number[], logits: Float32Array): number {
  let most = 0
  for (let label = 0; label < places.length; label++)
    most = Math.max(most, places[label]! / (1 + Math.exp(-logits[label]!)))
  return most
}
