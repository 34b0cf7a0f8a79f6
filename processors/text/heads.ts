import { CHAR_BUCKETS_FROM } from './hashing.ts'
import { addFeatures, addUp, addUpPieces, piecesLength, WORD_VALUE } from './head-sums.ts'
import { applyLink, type Link, MARGIN_DISTANCE_MIN, meanSlope } from './link.ts'
import { createHeldNumbers, createSlab, type Place } from './number-slabs.ts'
import { type PackedWeights, packWeights } from './packed-weights.ts'
import type { TextInput } from './text-input.ts'

/**
 * The family `hashed-heads`: several linear heads over one set of hashed features, mixed into one value.
 *
 *   m = biases + scales · Σ weights · feature + dense · signals      one margin a head
 *   t = m of the tones, or tanh(m / 2) where a head says how likely a thing is: sure is sure, and no surer counts more
 *   p = softmax(m of the registers)                                  what sort of text this is (1 where there is one)
 *   s = Σ_r p_r · (offsets_r + experts_r · t)                        each register trusts the heads in its own way
 *   value = link(s)
 *
 * A mixture of experts (Jacobs et al. 1991) over stacked heads (Wolpert 1992): sets of labels that mean different things
 * keep a head each instead of being averaged into one.
 */
export interface HeadsModel {
  /** Names of the tone heads, then of the registers where there are several. */
  readonly heads: readonly string[]
  readonly tones: number
  /** At least 1. With 1 there is no register head, and p is 1. */
  readonly registers: number
  /** `[bucket][head]`, each in units of the head's scale. */
  readonly weights: Int8Array
  readonly scales: Float32Array
  readonly biases: Float32Array
  /** `[signal][head]`. */
  readonly dense: Float32Array
  /** One a tone: 1 where tanh(m / 2) is mixed, 0 where the margin itself is. */
  readonly squashed: Float32Array
  /** `[register][tone]`. */
  readonly experts: Float32Array
  /** One a register. */
  readonly offsets: Float32Array
  readonly link: Link
}

/** A prediction that can be explained: its value, and what each word of the input did to it. */
export interface TextPrediction {
  /** On the kind's own scale. */
  readonly value: number
  /** One number a word of the input, in units of the kind's scale; see `explain`. */
  readonly wordWeights: Float32Array
  /**
   * The value were this word not there, its pairs with both neighbours included. Later repeats of the word go with it, but
   * for their own pairs; of a repeat itself nothing is known, hence null.
   */
  valueWithout(word: number): number | null
  /** It is a lesser model's, since the version's own had no time. */
  readonly degraded?: boolean
  /** The version's own could not be asked, and the lesser model does not know the language: there is no value. */
  readonly isUnknown?: boolean
}

/** Squares added to a text's length, so that few features are not each taken for the whole truth. */
const LENGTH_PRIOR = 5

/** The value of a character n-gram in a text of so many features: the text's vector has a length just below 1. */
export function featureUnit(words: number, charNgrams: number): number {
  return 1 / Math.sqrt(WORD_VALUE * WORD_VALUE * words + charNgrams + LENGTH_PRIOR)
}

/** How many of the features are words, signs or pairs of them. */
export function countWords({ buckets }: TextInput): number {
  let words = 0
  for (let i = 0; i < buckets.length; i++) if (buckets[i]! < CHAR_BUCKETS_FROM) words++
  return words
}

/** Sums of one text, used again for the next, and the packed weights that they are of. */
interface Sums {
  readonly packed: PackedWeights
  /** Of the text's signals and the biases: what of the margins no word has a part in. They are those of `basesOf`. */
  readonly bases: Float64Array
  basesOf: TextInput | null
  /** One a head, in units of its scale and of a character n-gram's value. */
  readonly totals: Int32Array
  /** Of the totals, what goes with a word. */
  readonly lost: Int32Array
  readonly margins: Float64Array
  /** Of the tones, what is mixed. */
  readonly values: Float64Array
  readonly shares: Float64Array
  /** What a step of each tone's sum moves the margin. */
  readonly pulls: Float64Array
}

const sumsOfModel = new WeakMap<HeadsModel, Sums>()

function sumsFor(model: HeadsModel): Sums {
  const known = sumsOfModel.get(model)
  if (known !== undefined) return known
  const sums: Sums = {
    packed: packWeights(model.weights, model.heads.length),
    bases: new Float64Array(model.heads.length),
    basesOf: null,
    totals: new Int32Array(model.heads.length),
    lost: new Int32Array(model.heads.length),
    margins: new Float64Array(model.heads.length),
    values: new Float64Array(model.tones),
    shares: new Float64Array(model.registers),
    pulls: new Float64Array(model.tones),
  }
  sumsOfModel.set(model, sums)
  return sums
}

/** The kind's value of a text, without reasons. Total: an input without features has the value of the biases. */
export function valueOfText(model: HeadsModel, input: TextInput): number {
  return applyLink(model.link, marginOfText(model, input))
}

/** What the link makes the value of. */
export function marginOfText(model: HeadsModel, input: TextInput): number {
  const sums = sumsFor(model)
  addUp(sums.packed, input, sums.totals)
  const words = countWords(input)
  fillBases(model, input, sums)
  return mix(model, sums, sums.bases, featureUnit(words, input.buckets.length - words))
}

/** As `predictText`, without what explains it. */
export function predictValue(model: HeadsModel, input: TextInput): TextPrediction {
  return unexplained(valueOfText(model, input))
}

/** A value without what explains it. */
export function unexplained(value: number): TextPrediction {
  return { value, wordWeights: NO_WEIGHTS, valueWithout: () => null }
}

const NO_WEIGHTS = new Float32Array(0)

/** As `valueOfText`, with what explains it. */
export function predictText(model: HeadsModel, input: TextInput): TextPrediction {
  const sums = sumsFor(model)
  const { pieces, place } = piecesOf(model, input)
  copyTotal(pieces, sums.totals)
  const words = countWords(input)
  const unit = featureUnit(words, input.buckets.length - words)
  fillBases(model, input, sums)
  const margin = mix(model, sums, sums.bases, unit)
  const value = applyLink(model.link, margin)
  const totals = totalSlab.take(sums.totals.length)
  totals.set(sums.totals)
  return {
    value,
    wordWeights: explain(model, input, pieces, { sums, unit, margin, value }),
    valueWithout: valuesWithout(model, input, { totals, words, pieces, place }),
  }
}

/** A function of its own, since what a closure captures is slow to sum up in a loop. Most predictions are never asked. */
function valuesWithout(model: HeadsModel, input: TextInput, whole: Whole): TextPrediction['valueWithout'] {
  return word => valueWithout(model, input, word, whole)
}

interface Whole extends Pieces {
  readonly totals: Int32Array
  readonly words: number
}

/** Sums of a text's owners: see `addUpPieces`. */
interface Pieces {
  readonly pieces: Int32Array
  /** Where they lie in `heldPieces`; null where they are the text's own. */
  readonly place: Place | null
}

function piecesOf(model: HeadsModel, input: TextInput): Pieces {
  const length = piecesLength(input, model.heads.length)
  // Those of a long draft are used for its next text, and a very long text's would push out all others.
  const isOwn = input.draft !== undefined || length > PIECES_LENGTH_MAX
  const place = isOwn ? null : heldPieces.take(length)
  const pieces = place === null ? new Int32Array(length) : heldPieces.zeros(place)
  addUpPieces(sumsFor(model).packed, input, pieces)
  return { pieces, place }
}

/** Those of as many texts as a model is asked for at once, whatever its heads: most are decided while they are here. */
const HELD_NUMBERS = 1 << 18
const PIECES_LENGTH_MAX = HELD_NUMBERS >> 3
const heldPieces = createHeldNumbers(HELD_NUMBERS)

/** Copies the last row, the sums of all. A view of it would cost more than the copy. */
function copyTotal(pieces: Int32Array, totals: Int32Array): void {
  const from = pieces.length - totals.length
  for (let head = 0; head < totals.length; head++) totals[head] = pieces[from + head]!
}

/** tanh(m / 2) by one exponential, which costs half of `Math.tanh`. */
function squash(margin: number): number {
  return 1 - 2 / (Math.exp(margin) + 1)
}

/** What of a tone's margin is mixed. */
export function toneOf(margin: number, isSquashed: boolean): number {
  return isSquashed ? squash(margin) : margin
}

/** Biases, and what the signals add to them, one a head. */
function fillBases({ biases, dense }: HeadsModel, input: TextInput, sums: Sums): void {
  if (sums.basesOf === input) return
  sums.basesOf = input
  const { bases } = sums
  const count = bases.length
  bases.set(biases)
  for (let signal = 0; signal < input.dense.length; signal++) {
    const value = input.dense[signal]!
    if (value === 0) continue
    const from = signal * count
    for (let head = 0; head < count; head++) bases[head]! += value * dense[from + head]!
  }
}

/** Fills margins and shares of the registers from the totals; returns the mixed margin. */
function mix(
  model: HeadsModel,
  { totals, margins, values, shares }: Sums,
  bases: Float64Array,
  unit: number,
): number {
  const { tones, registers, scales, squashed, experts, offsets } = model
  for (let head = 0; head < margins.length; head++)
    margins[head] = bases[head]! + scales[head]! * unit * totals[head]!
  for (let tone = 0; tone < tones; tone++) values[tone] = toneOf(margins[tone]!, squashed[tone] === 1)
  fillShares(shares, margins, tones)
  let mixed = 0
  for (let register = 0; register < registers; register++) {
    const share = shares[register]!
    let expert = offsets[register]!
    const from = register * tones
    for (let tone = 0; tone < tones; tone++) expert += experts[from + tone]! * values[tone]!
    mixed += share * expert
  }
  return mixed
}

/** The softmax of the margins behind the tones, one a register; 1 where there is one register only. */
export function fillShares(shares: Float64Array, margins: Float64Array | Float32Array, tones: number): void {
  if (shares.length === 1) {
    shares[0] = 1
    return
  }
  let highest = Number.NEGATIVE_INFINITY
  for (let register = 0; register < shares.length; register++)
    highest = Math.max(highest, margins[tones + register]!)
  let sum = 0
  for (let register = 0; register < shares.length; register++) {
    shares[register] = Math.exp(margins[tones + register]! - highest)
    sum += shares[register]!
  }
  for (let register = 0; register < shares.length; register++) shares[register]! /= sum
}

interface Explained {
  readonly sums: Sums
  readonly unit: number
  readonly margin: number
  readonly value: number
}

/**
 * Shares the score out among the words. With the mixture of registers as this text has it, the margin is a sum over tones
 * that are linear in the words, or a curve of what is; a word's weight is what it adds to each tone's margin, times the
 * mean slopes of tone and link from the text without words to this one (integrated gradients, Sundararajan et al. 2017).
 * Together the weights are the difference of the two values. A feature of two words counts half for each; one that occurs
 * again counts where it occurs first.
 */
function explain(
  model: HeadsModel,
  { spans }: TextInput,
  pieces: Int32Array,
  { sums, unit, margin, value }: Explained,
): Float32Array {
  const { scales, squashed, tones, registers, experts, heads, link } = model
  const { shares, totals, margins, pulls } = sums
  const wordWeights = weightSlab.take(spans.length >> 1)
  let added = 0
  for (let tone = 0; tone < tones; tone++) {
    let pull = 0
    for (let register = 0; register < registers; register++)
      pull += shares[register]! * experts[register * tones + tone]!
    const step = scales[tone]! * unit
    const slope = squashed[tone] === 1 ? squashSlope(margins[tone]!, step * totals[tone]!) : 1
    pulls[tone] = pull * slope * step
    added += pulls[tone]! * totals[tone]!
  }
  const slope = meanSlope(link, margin - added, margin, value)
  for (let owner = 0; owner < spans.length; owner++) {
    const from = owner * heads.length
    let weight = 0
    for (let tone = 0; tone < tones; tone++) weight += pulls[tone]! * pieces[from + tone]!
    weight *= slope
    const word = owner >> 1
    if ((owner & 1) === 0) {
      wordWeights[word]! += weight
    } else if (word > 0) {
      wordWeights[word]! += weight / 2
      wordWeights[word - 1]! += weight / 2
    }
  }
  return wordWeights
}

/** The mean slope of tanh(m / 2) from the margin less what the words added, to the margin. */
function squashSlope(margin: number, added: number): number {
  if (Math.abs(added) < MARGIN_DISTANCE_MIN) return (1 - squash(margin) ** 2) / 2
  return (squash(margin) - squash(margin - added)) / added
}

/**
 * The value without the features of a word, its pairs with both neighbours included. Features lie in order of first
 * occurrence, so a search finds where the word's begin, and only those and the next word's are looked at twice.
 */
function valueWithout(
  model: HeadsModel,
  input: TextInput,
  word: number,
  { totals: allTotals, words: allWords, pieces, place }: Whole,
): number | null {
  const { buckets, owners } = input
  const sums = sumsFor(model)
  const { packed, totals, bases, lost } = sums
  const own = word << 1
  let words = allWords
  let charNgrams = buckets.length - words
  let isRepeat = true
  const isHeld = place === null || heldPieces.holds(place)
  lost.fill(0)
  for (let i = firstOf(owners, word); i < owners.length && owners[i]! >> 1 <= word + 1; ) {
    const owner = owners[i]!
    const from = i
    for (; i < owners.length && owners[i] === owner; i++) {
      // Of the next word only its pair with this one goes.
      if (owner === own + 2) continue
      if (buckets[i]! < CHAR_BUCKETS_FROM) words--
      else charNgrams--
    }
    if (owner === own) isRepeat = false
    if (owner !== own + 2 && !isHeld) addFeatures(packed, buckets, { from, end: i }, lost)
  }
  if (isRepeat) return null
  if (isHeld) addPiecesOf(word, pieces, lost)
  for (let head = 0; head < totals.length; head++) totals[head] = allTotals[head]! - lost[head]!
  fillBases(model, input, sums)
  return applyLink(model.link, mix(model, sums, bases, featureUnit(words, charNgrams)))
}

/** Adds the sums of a word and of its pairs with both neighbours. */
function addPiecesOf(word: number, pieces: Int32Array, lost: Int32Array): void {
  const heads = lost.length
  const own = 2 * word * heads
  // The last row is the sum of all, not a pair with a next word.
  const ofNextPair = own + 3 * heads < pieces.length - heads ? own + 3 * heads : -1
  for (let head = 0; head < heads; head++) {
    lost[head]! += pieces[own + head]! + pieces[own + heads + head]!
    if (ofNextPair >= 0) lost[head]! += pieces[ofNextPair + head]!
  }
}

function firstOf(owners: Int32Array, word: number): number {
  let from = 0
  for (let end = owners.length; from < end; ) {
    const middle = (from + end) >>> 1
    if (owners[middle]! >> 1 < word) from = middle + 1
    else end = middle
  }
  return from
}

const weightSlab = createSlab(length => new Float32Array(length))
const totalSlab = createSlab(length => new Int32Array(length))
