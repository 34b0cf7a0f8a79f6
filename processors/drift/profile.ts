import type { FeatureProfile, ProfileStep } from '../../schemas/records.ts'
import type { WatchedFeature, WatchedSlice } from './declared-features.ts'
import { binOf } from './rank-basis.ts'
import { TermCounter, type TermRecord } from './term-counter.ts'

/**
 * Profiles of batches: what was counted of the records of a batch, in steps of a few records. They are sums, so those of any
 * number of instances add up to what one would have counted, in any order.
 */

/** What a kind has watched, and how profiles of it are laid out. */
export interface ProfileLayout {
  /** Stands for features, bins and slices: profiles of different ones do not merge. */
  readonly version: string
  readonly features: readonly WatchedFeature[]
  /** The first is every record. At most `SLICES_MAX`. */
  readonly slices: readonly WatchedSlice[]
  /** Bins of the feature that has most. */
  readonly binsMax: number
}

/** A record's slices are bits of one number. */
export const SLICES_MAX = 16
/** Sums of each feature in each slice: values, and their sum. */
export const SUMS_PER_FEATURE = 2
/** Records of one profile; a larger batch has several, so that none outgrows its topic. */
export const PROFILE_RECORDS_MAX = 1024
/** Distinct words and pairs of one profile: twice what so many posts have. */
export const TERMS_MAX = 30_000

const FLOAT_BYTES = 8
/** A number has at most 5 bytes of 7 bits. */
const SHIFT_MAX = 28

/** Cell of a bin in the counts of a step. */
export function cellOf(layout: ProfileLayout, slice: number, feature: number, bin: number): number {
  return (slice * layout.features.length + feature) * layout.binsMax + bin
}

/** Counts of one step, written into its bytes. */
export function packStep(
  layout: ProfileLayout,
  cells: Uint16Array,
  values: Float64Array,
): { readonly sums: Buffer; readonly bins: Buffer } {
  const pairs = layout.slices.length * layout.features.length
  const sums = Buffer.alloc(pairs * SUMS_PER_FEATURE * FLOAT_BYTES)
  const bytes: number[] = []
  let before = -1
  for (let pair = 0, cell = 0; pair < pairs; pair++) {
    let count = 0
    for (let bin = 0; bin < layout.binsMax; bin++, cell++) {
      const own = cells[cell]!
      if (own === 0) continue
      count += own
      pushUnsigned(bytes, cell - before)
      pushUnsigned(bytes, own)
      before = cell
    }
    sums.writeDoubleLE(count, pair * SUMS_PER_FEATURE * FLOAT_BYTES)
    sums.writeDoubleLE(values[pair]!, (pair * SUMS_PER_FEATURE + 1) * FLOAT_BYTES)
  }
  return { sums, bins: Buffer.from(bytes) }
}

/**
 * Adds the counts of a step to `into`.
 * @returns false where the bytes are no bins of this layout; then `into` may hold a part of them
 */
export function addBins(bins: Uint8Array, into: Uint16Array | Float64Array): boolean {
  let cell = -1
  let value = 0
  let shift = 0
  let isCount = false
  // Byte by byte and without an object a number: a report reads tens of millions of them.
  for (let at = 0; at < bins.length; at++) {
    const byte = bins[at]!
    value |= (byte & 0x7f) << shift
    if (byte >= 0x80) {
      shift += 7
      if (shift > SHIFT_MAX) return false
      continue
    }
    if (isCount) into[cell]! += value
    else {
      cell += value
      if (cell < 0 || cell >= into.length) return false
    }
    isCount = !isCount
    value = 0
    shift = 0
  }
  return !isCount && shift === 0
}

/** Sums of the values of the first features over all records; null where the bytes are too few. */
export function valueSums(sums: Uint8Array, features: number): Float64Array | null {
  if (sums.byteLength < features * SUMS_PER_FEATURE * FLOAT_BYTES) return null
  const view = new DataView(sums.buffer, sums.byteOffset, sums.byteLength)
  return Float64Array.from({ length: features }, (_, feature) =>
    view.getFloat64((feature * SUMS_PER_FEATURE + 1) * FLOAT_BYTES, true),
  )
}

/** A record to profile. */
export interface ProfiledRecord extends TermRecord {
  readonly offset: number
  /** One number for each feature; NaN for one that is missing. */
  readonly values: Float64Array
  /** Bit i: whether it belongs to slice i. */
  readonly slices: number
}

/** Where the records of a profile came from. */
export interface ProfileSource {
  readonly kind: string
  readonly modelVersion: string
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
  readonly nextOffset: number
  readonly skipped: number
}

/** Adds up the records of one batch after the other. */
export class ProfileBuilder {
  private readonly layout: ProfileLayout
  private readonly stepRecords: number
  private readonly cells: Uint16Array
  private readonly values: Float64Array
  private readonly steps: ProfileStep[] = []
  private readonly terms = new TermCounter()
  private count = 0
  private firstOffset = 0
  private atMin = 0
  private atMax = 0
  private latest = 0

  constructor(layout: ProfileLayout, stepRecords: number) {
    this.layout = layout
    this.stepRecords = stepRecords
    const pairs = layout.slices.length * layout.features.length
    this.cells = new Uint16Array(pairs * layout.binsMax)
    this.values = new Float64Array(pairs)
  }

  /** Adds a record; they come in the order of the log. */
  add(record: ProfiledRecord): void {
    const { offset, at, values, slices } = record
    if (this.count === 0) {
      this.firstOffset = offset
      this.atMin = at
      this.atMax = at
    }
    this.atMin = Math.min(this.atMin, at)
    this.atMax = Math.max(this.atMax, at)
    const { layout, cells } = this
    const { features } = layout
    for (let feature = 0; feature < features.length; feature++) {
      const value = values[feature]!
      if (!Number.isFinite(value)) continue
      const { edges, onlyJointly = false } = features[feature]!
      const bin = binOf(edges, value)
      const held = edges.length === 0 ? value : Math.max(edges[0]!, Math.min(edges[edges.length - 1]!, value))
      for (let slice = 0, bits = onlyJointly ? slices & 1 : slices; bits !== 0; slice++, bits >>>= 1) {
        if ((bits & 1) === 0) continue
        const pair = slice * features.length + feature
        cells[pair * layout.binsMax + bin]!++
        this.values[pair]! += held
      }
    }
    this.terms.add(record, this.steps.length)
    if (++this.count === this.stepRecords) this.closeStep()
  }

  /** The profile of what was added since the last one; null where nothing was. */
  take(source: ProfileSource): Omit<FeatureProfile, 'id'> | null {
    if (this.count > 0) this.closeStep()
    if (this.steps.length === 0) return null
    const { layout } = this
    const profile = {
      kind: source.kind,
      modelVersion: source.modelVersion,
      referenceVersion: layout.version,
      sourceTopic: source.topic,
      sourcePartition: source.partition,
      firstOffset: source.firstOffset,
      nextOffset: source.nextOffset,
      features: layout.features.map(({ name }) => name),
      slices: layout.slices.map(({ name }) => name),
      sumsPerFeature: SUMS_PER_FEATURE,
      binsPerFeature: layout.binsMax,
      steps: this.steps.splice(0),
      terms: this.terms.take(TERMS_MAX),
      skipped: source.skipped,
      at: this.latest,
    }
    this.latest = 0
    return profile
  }

  private closeStep(): void {
    const { layout, cells, values, firstOffset, count, atMin, atMax } = this
    this.steps.push({
      firstOffset,
      count,
      eventAtMin: atMin,
      eventAtMax: atMax,
      ...packStep(layout, cells, values),
    })
    this.latest = Math.max(this.latest, atMax)
    cells.fill(0)
    values.fill(0)
    this.count = 0
  }
}

/** LEB128, 7 bits a byte, lowest first. */
function pushUnsigned(bytes: number[], value: number): void {
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
}
