import type { TextInput } from './features.ts'

/** A linear model over hashed features, as read from `model.onnx`: margin = bias + Σ weight · value, score = link(margin). */
export interface LinearTextModel {
  /** One weight a bucket. */
  readonly weights: Float32Array
  readonly bias: number
  readonly link: Link
}

/** How a margin becomes a value on the kind's own scale; monotone in each form. */
export type Link =
  | { readonly form: 'sigmoid' }
  | {
      /** `min` up to the first knot, then the slope grows by `slopes[k]` at `knots[k]`; cut off at `max`. */
      readonly form: 'piecewise'
      readonly knots: readonly number[]
      readonly slopes: readonly number[]
      readonly min: number
      readonly max: number
    }

/** A prediction that can be explained: its value, and what each word of the input added to it. */
export interface TextPrediction {
  /** On the kind's own scale. */
  readonly value: number
  /** One number a word of the input, in units of the kind's scale; together they are value − link(bias). */
  readonly wordWeights: Float32Array
  /**
   * The value of this text less every feature that first occurs in this word: the word itself, its character n-grams, and
   * its pairs with its neighbours. A feature counts once however often it occurs, so later repeats of the word go with it,
   * all but the repeats' pairs with their own neighbours; n-grams that an earlier word had first stay, and those that a
   * later word shares go. The neighbours make no new pair. Null for a repeat itself: its features belong to the first.
   */
  valueWithout(word: number): number | null
}

/** The margin of a text. Total: an input without features gives the bias. */
export function marginOf(model: LinearTextModel, input: TextInput): number {
  const { weights } = model
  const { buckets } = input
  let sum = 0
  for (let i = 0; i < buckets.length; i++) sum += weights[buckets[i]!]!
  return model.bias + sum * featureValue(buckets.length)
}

/** Features are binary, and a text's vector has length 1: so each of its `count` features has this value. */
export function featureValue(count: number): number {
  return count === 0 ? 0 : 1 / Math.sqrt(count)
}

/** The kind's value for a margin; finite for every finite margin. */
export function applyLink(link: Link, margin: number): number {
  if (link.form === 'sigmoid') return 1 / (1 + Math.exp(-margin))
  const { knots, slopes } = link
  let value = link.min
  for (let k = 0; k < knots.length; k++) {
    const above = margin - knots[k]!
    if (above > 0) value += slopes[k]! * above
  }
  return Math.min(link.max, Math.max(link.min, value))
}

/**
 * Scores a text and shares the score out among its words. A word's weight is the integral of the link's slope from an
 * empty text to this one, times what the word adds to the margin (integrated gradients, Sundararajan et al. 2017;
 * exact here, because the margin is linear). A feature of two words counts half for each; one that occurs again counts
 * where it occurs first.
 */
export function predictText(model: LinearTextModel, input: TextInput): TextPrediction {
  const { weights, bias, link } = model
  const { buckets, owners } = input
  const wordWeights = takeWeights(input.spans.length >> 1)
  let sum = 0
  for (let i = 0; i < buckets.length; i++) {
    const weight = weights[buckets[i]!]!
    const owner = owners[i]!
    const word = owner >> 1
    sum += weight
    if ((owner & 1) === 0) {
      wordWeights[word]! += weight
    } else {
      wordWeights[word]! += weight / 2
      wordWeights[word - 1]! += weight / 2
    }
  }
  const share = featureValue(buckets.length)
  const margin = bias + sum * share
  const value = applyLink(link, margin)
  const unit = share * meanSlope(link, bias, margin, value)
  for (let word = 0; word < wordWeights.length; word++) wordWeights[word]! *= unit
  return { value, wordWeights, valueWithout: valuesWithout(model, input, sum) }
}

/** A function of its own, since what a closure captures is slow to sum up in a loop. `sum` is that of all weights. */
function valuesWithout(
  model: LinearTextModel,
  input: TextInput,
  sum: number,
): TextPrediction['valueWithout'] {
  return word => {
    const rest = restWithout(model.weights, input, word, sum)
    return rest === null ? null : applyLink(model.link, model.bias + rest)
  }
}

/**
 * What of the margin, less bias, is left without the features of a word, null if it has none to itself; `sum` is that of
 * all weights. Costs the features of the word and of the next: they lie in order of first occurrence, so a search finds
 * where they begin.
 */
function restWithout(
  weights: Float32Array,
  { buckets, owners }: TextInput,
  word: number,
  sum: number,
): number | null {
  let from = 0
  for (let end = owners.length; from < end; ) {
    const middle = (from + end) >>> 1
    if (owners[middle]! >> 1 < word) from = middle + 1
    else end = middle
  }
  let rest = sum
  let count = buckets.length
  let isRepeat = true
  for (let i = from; i < owners.length && owners[i]! >> 1 <= word + 1; i++) {
    // Of the next word only its pair with this one goes.
    if (owners[i]! >> 1 > word && (owners[i]! & 1) === 0) continue
    if (owners[i] === word << 1) isRepeat = false
    rest -= weights[buckets[i]!]!
    count--
  }
  return isRepeat ? null : rest * featureValue(count)
}

/** Numbers of a slab: room for some hundred texts. An array of its own for each text costs more than filling it. */
const SLAB_NUMBERS = 1 << 14
let slab = new Float32Array(SLAB_NUMBERS)
let slabAt = 0

/** `count` zeros that nobody else has. */
function takeWeights(count: number): Float32Array {
  if (slabAt + count > slab.length) {
    slab = new Float32Array(Math.max(SLAB_NUMBERS, count))
    slabAt = 0
  }
  slabAt += count
  return slab.subarray(slabAt - count, slabAt)
}

/** Below this distance of margins the quotient loses its digits, and the slope at the spot is as good. */
const MARGIN_DISTANCE_MIN = 1e-4

function meanSlope(link: Link, bias: number, margin: number, value: number): number {
  const distance = margin - bias
  if (Math.abs(distance) >= MARGIN_DISTANCE_MIN) return (value - applyLink(link, bias)) / distance
  const half = MARGIN_DISTANCE_MIN / 2
  return (applyLink(link, margin + half) - applyLink(link, margin - half)) / MARGIN_DISTANCE_MIN
}
