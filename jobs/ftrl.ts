import { CHAR_BUCKETS_FROM } from '../processors/text/hashing.ts'
import { WORD_VALUE } from '../processors/text/head-sums.ts'
import { countWords, featureUnit } from '../processors/text/heads.ts'
import type { TextInput } from '../processors/text/text-input.ts'

/** `alpha / (beta + √Σ gradient²)` is a weight's own learning rate; `l1` keeps weights at 0 that little speaks for. */
export interface FtrlSettings {
  readonly alpha: number
  readonly beta: number
  readonly l1: number
}

/** Numbers kept for each weight: the weight itself, FTRL's z, and √Σ gradient². */
const STATE = 3

/**
 * Several linear learners over the same inputs, side by side in memory so that one look at a feature serves all:
 * FTRL-Proximal (McMahan et al. 2013, "Ad click prediction: a view from the trenches", algorithm 1). Online, with memory
 * for the weights only. Rounds to single precision at every step, so it is the same on every machine.
 */
export class FtrlTable {
  private readonly state: Float32Array
  private readonly slots: number
  private readonly settings: FtrlSettings
  private readonly buckets: number
  private readonly biasAt: number
  /** Slots that a step moves; the first `activeCount` count. */
  private readonly active: Int32Array
  private activeCount = 0

  constructor(slots: number, size: { buckets: number; signals: number }, settings: FtrlSettings) {
    this.slots = slots
    this.settings = settings
    this.buckets = size.buckets
    this.biasAt = size.buckets + size.signals
    this.state = new Float32Array((this.biasAt + 1) * slots * STATE)
    this.active = new Int32Array(slots)
  }

  /** Starts a slot at these weights: then `l1` pulls towards them instead of towards 0. */
  start(slot: number, weightOf: (feature: number) => number): void {
    for (let feature = 0; feature <= this.biasAt; feature++) {
      const weight = weightOf(feature)
      if (weight === 0) continue
      // As if a gradient of −weight · (beta / alpha) had been seen, beyond what l1 takes.
      const { alpha, beta, l1 } = this.settings
      const at = (feature * this.slots + slot) * STATE
      this.state[at] = weight
      this.state[at + 1] = -(weight * (beta / alpha) + Math.sign(weight) * l1)
    }
  }

  /** Fills `into`, one margin a slot. */
  margins(input: TextInput, into: Float64Array): void {
    const { state, slots } = this
    into.fill(0)
    const { buckets, dense } = input
    const words = countWords(input)
    const unit = featureUnit(words, buckets.length - words)
    for (let i = 0; i < buckets.length; i++) {
      const bucket = buckets[i]!
      const value = bucket < CHAR_BUCKETS_FROM ? WORD_VALUE * unit : unit
      let at = bucket * slots * STATE
      for (let slot = 0; slot < slots; slot++, at += STATE) into[slot]! += value * state[at]!
    }
    for (let signal = 0; signal < dense.length; signal++) {
      const value = dense[signal]!
      if (value === 0) continue
      let at = (this.buckets + signal) * slots * STATE
      for (let slot = 0; slot < slots; slot++, at += STATE) into[slot]! += value * state[at]!
    }
    let at = this.biasAt * slots * STATE
    for (let slot = 0; slot < slots; slot++, at += STATE) into[slot]! += state[at]!
  }

  /** One step against these gradients of the loss by the margin, one a slot; slots with 0 stay. */
  step(input: TextInput, gradients: Float64Array): void {
    this.activeCount = 0
    for (let slot = 0; slot < this.slots; slot++)
      if (gradients[slot] !== 0) this.active[this.activeCount++] = slot
    if (this.activeCount === 0) return
    const { buckets, dense } = input
    const words = countWords(input)
    const unit = featureUnit(words, buckets.length - words)
    for (let i = 0; i < buckets.length; i++) {
      const bucket = buckets[i]!
      this.stepFeature(bucket, bucket < CHAR_BUCKETS_FROM ? WORD_VALUE * unit : unit, gradients)
    }
    for (let signal = 0; signal < dense.length; signal++)
      if (dense[signal] !== 0) this.stepFeature(this.buckets + signal, dense[signal]!, gradients)
    this.stepFeature(this.biasAt, 1, gradients)
  }

  private stepFeature(feature: number, value: number, gradients: Float64Array): void {
    const { state, active, activeCount } = this
    const { alpha, beta, l1 } = this.settings
    const from = feature * this.slots
    for (let i = 0; i < activeCount; i++) {
      const slot = active[i]!
      const at = (from + slot) * STATE
      const gradient = gradients[slot]! * value
      const before = state[at + 2]!
      const after = Math.sqrt(before * before + gradient * gradient)
      const z = state[at + 1]! + gradient - ((after - before) / alpha) * state[at]!
      state[at + 1] = z
      state[at + 2] = after
      if (z > l1) state[at] = ((l1 - z) * alpha) / (beta + after)
      else if (z < -l1) state[at] = ((-l1 - z) * alpha) / (beta + after)
      else state[at] = 0
    }
  }

  /** The weight of a bucket, of a signal (behind the buckets) or the bias (behind the signals). */
  weight(feature: number, slot: number): number {
    return this.state[(feature * this.slots + slot) * STATE]!
  }
}
