import { applyLink, type Link } from '../text/link.ts'
import { type HeadLanguages, marginInLanguage } from './language-links.ts'

/**
 * What makes a value of an encoder's output. LABELS: the classes that it came with, each at its place on the kind's scale.
 * LINEAR: weights that were trained here, one a number of its vector. MIXTURE: several of those, one a source of rows, since labels of
 * different sets mean different things; each counts by how much the text is like its source’s (Jacobs et al. 1991).
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
  | ({ readonly form: 'LINEAR' } & Linear)
  | { readonly form: 'MIXTURE'; readonly experts: readonly Expert[] }

/** A margin: the weighted sum of a vector’s numbers, and an offset. */
export interface Linear {
  readonly weights: readonly number[]
  readonly offset: number
}

export interface Expert {
  readonly source: string
  /** Log-odds of texts like its source’s, up to what all experts share. */
  readonly register: Linear
  readonly margin: Linear
  /** How often the margin of the n-grams counts beside its own. */
  readonly ngrams: number
}

/** The margin is the core's, and so many times that of the n-grams beside it (of a MIXTURE the experts say how often); the link makes a value of it. */
export interface EncoderHead {
  readonly core: EncoderCore
  readonly ngrams: number
  readonly link: Link
  /** Of a version that reads other languages than its kind. */
  readonly languages?: HeadLanguages
}

/** Places nearer to the ends than this are as good as at them: log-odds of at most 13.8. */
const PLACE_MIN = 1e-6

/**
 * @param output labels' logits, or a vector: as many numbers as the core reads
 * @param ngramMargin only a MIXTURE counts it; 0 where there are no n-grams
 */
export function coreMargin(core: EncoderCore, output: Float32Array, ngramMargin: number): number {
  if (core.form === 'LINEAR') return linear(core, output)
  if (core.form === 'MIXTURE') return mixedMargin(core.experts, output, ngramMargin)
  const place =
    core.activation === 'SOFTMAX' ? meanPlace(core.places, output) : highestPlace(core.places, output)
  const bounded = Math.min(1 - PLACE_MIN, Math.max(PLACE_MIN, place))
  return core.slope * Math.log(bounded / (1 - bounded)) + core.offset
}

/**
 * The kind's value.
 * @param ngramMargin 0 where there are none, or where they do not know the language
 * @param language of the text, its primary subtag; null where it is not known
 */
export function encoderValue(
  head: EncoderHead,
  output: Float32Array,
  ngramMargin: number,
  language: string | null = null,
): number {
  return applyLink(
    head.link,
    marginInLanguage(head.languages, language, headMargin(head, output, ngramMargin)),
  )
}

/** Before the link, and before what its language makes of it. */
export function headMargin({ core, ngrams }: EncoderHead, output: Float32Array, ngramMargin: number): number {
  return coreMargin(core, output, ngramMargin) + ngrams * ngramMargin
}

/** How many numbers of output the core reads. */
export function outputWidth(core: EncoderCore): number {
  if (core.form === 'LABELS') return core.places.length
  return core.form === 'LINEAR' ? core.weights.length : (core.experts[0]?.margin.weights.length ?? 0)
}

export function linear({ weights, offset }: Linear, output: Float32Array): number {
  let sum = offset
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * output[i]!
  return sum
}

/** How much a text is like each expert's source; all add up to 1. */
export function expertShares(experts: readonly Expert[], output: Float32Array): number[] {
  const registers = experts.map(({ register }) => linear(register, output))
  const highest = Math.max(...registers)
  const odds = registers.map(register => Math.exp(register - highest))
  const sum = odds.reduce((total, one) => total + one, 0)
  return odds.map(one => one / sum)
}

function mixedMargin(experts: readonly Expert[], output: Float32Array, ngramMargin: number): number {
  const shares = expertShares(experts, output)
  return experts.reduce(
    (mixed, { margin, ngrams }, place) =>
      mixed + shares[place]! * (linear(margin, output) + ngrams * ngramMargin),
    0,
  )
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
