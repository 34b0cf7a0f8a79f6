import { FeatureDetector, type FeatureDetectorState } from './feature-detector.ts'
import {
  type FeatureReference,
  type FeatureReferenceState,
  featureReference,
  referenceOfState,
  referenceState,
} from './feature-reference.ts'
import { type GatheredState, Gathering } from './gathering.ts'
import {
  JOINT_FEATURES_MAX,
  JOINT_FEATURES_MIN,
  type JointChange,
  JointDetector,
  jointReference,
} from './joint-detector.ts'
import { LanguageDetector, type LanguageDetectorState } from './language-detector.ts'
import { budgetOf, familySize } from './monitor-budget.ts'
import {
  companyFinding,
  featureFinding,
  jointFinding,
  type MonitorFinding,
  type MonitorLayout,
  type MonitorStep,
  wordsFinding,
} from './monitor-findings.ts'
import { grow, noteFound, REFERENCE_RECORDS_MAX, remember, type Watched } from './reference-growth.ts'
import { isSketch } from './text-sketch.ts'
import type { SeenTerm } from './word-detector.ts'

/**
 * All sequential detectors of one kind under one model version: it gathers a reference from the first records (or is given
 * one), then watches every feature in every slice, all features jointly, and words. The budget of false alarms is one for all of
 * them together, so watching more features makes each one stricter.
 */

/** Records of one step at most: small steps find a change sooner, large ones cost less. */
export const STEP_RECORDS_MAX = 16
/** Records that make a first reference, unless one is given. */
export const REFERENCE_RECORDS = 2000
/** A slice that is a smaller part of what a reference should have is not watched: 300 of 2,000. */
const SLICE_SHARE_MIN = 0.15
/** What one feature can say by itself is not said of all of them: so long the joint voice waits. */
const JOINT_PATIENCE_RECORDS = 256

/** Features whose first moment is larger are left to their own voices. */
const JOINT_BOUND_MAX = 4

/**
 * Of features found within so many records of each other all but one count as discoveries, and the k-th is found at k times the
 * level of a single one (e-BH, Wang & Ramdas 2022): the share of false ones among those named stays bounded.
 */
const DISCOVERY_RECORDS = 2000

interface PendingJoint {
  readonly change: JointChange
  readonly until: number
}

export class DriftMonitor {
  readonly layout: MonitorLayout
  private readonly binsMax: number
  private readonly referenceRecords: number
  private readonly mayHaveRhythm: boolean
  private readonly gathering = new Gathering()
  private records = 0
  private watched: Watched[] = []
  private joint: JointDetector | null = null
  private words: LanguageDetector | null = null
  private products: Float64Array
  private jointSteps = 0
  private jointRecords = 0
  /** What the joint voice was started with. */
  private jointBasis: JointBasis = { products: new Float64Array(0), steps: 0, records: 0 }
  private referenceCount = 0
  private grows = true
  private pending: PendingJoint | null = null
  private lastAlone = Number.NEGATIVE_INFINITY
  private readonly vector: Float64Array

  /**
   * @param referenceRecords that form a first reference, unless one is given
   * @param mayHaveRhythm whether what follows such a first reference may be the rest of a rhythm of the day
   */
  constructor(layout: MonitorLayout, referenceRecords = REFERENCE_RECORDS, mayHaveRhythm = true) {
    this.layout = layout
    this.mayHaveRhythm = mayHaveRhythm
    this.binsMax = Math.max(1, ...layout.bins)
    this.referenceRecords = referenceRecords
    const { length } = layout.features
    this.products = new Float64Array(length * length)
    this.vector = new Float64Array(length)
  }

  /** Whether there is a reference to compare with. */
  get isReady(): boolean {
    return this.words !== null
  }

  /** Records since it began, those of the reference among them. */
  get count(): number {
    return this.records
  }

  /** Features and slices that were found and did not come back. */
  get open(): number {
    return this.watched.reduce((sum, { detector }) => sum + (detector.isOpen ? 1 : 0), 0)
  }

  /** Counts of the reference by bin for a feature over all records; null until there is one. */
  referenceOf(feature: number, slice = 0): FeatureReference | null {
    return (
      this.watched.find(one => one.feature === feature && one.slice === slice)?.detector.reference ?? null
    )
  }

  /**
   * Takes steps and words as the reference, in the order of the log, whatever their number.
   * @param isBeginning whether they are the stream's own first ones: then a rhythm of the day that they are too short to show is allowed for
   */
  formReference(
    steps: readonly MonitorStep[],
    terms: ReadonlyMap<string, number>,
    isBeginning = false,
  ): void {
    const records = steps.reduce((sum, step) => sum + step.count, 0)
    this.records = Math.max(this.records, records)
    this.referenceCount = records
    const { features, slices, bins } = this.layout
    const references: { feature: number; slice: number; offset: number; reference: FeatureReference }[] = []
    for (let slice = 0; slice < slices.length; slice++)
      for (let feature = 0; feature < features.length; feature++) {
        const offset = (slice * features.length + feature) * this.binsMax
        const own = steps.map(({ at, cells }) => ({ at, bins: sliceOf(cells, offset, bins[feature]!) }))
        const reference = featureReference(bins[feature]!, own, isBeginning)
        if (slice === 0 || reference.count >= this.referenceRecords * SLICE_SHARE_MIN)
          references.push({ feature, slice, offset, reference })
      }
    const family = familySize(references, this.layout)
    this.watched = references.map(({ feature, slice, offset, reference }) => ({
      feature,
      onlyJointly: isSketch(features[feature]!),
      slice,
      offset,
      detector: new FeatureDetector(reference, budgetOf(family)),
      foundAt: Number.NEGATIVE_INFINITY,
      counts: new Float64Array(bins[feature]!),
    }))
    for (const step of steps) {
      this.addProducts(step)
      for (const { detector, offset } of this.watched)
        if (detector.reference.rhythm !== null) detector.learn(step.cells, offset, step.at)
    }
    this.startJoint(family)
    this.words = new LanguageDetector(terms, records, this.layout.pairsEvery)
  }

  /**
   * Adds a batch: its steps in log order, and its words, each once.
   * @returns what was found, in order; nothing while the reference is being gathered
   */
  add(steps: readonly MonitorStep[], terms: readonly SeenTerm[]): MonitorFinding[] {
    const { words } = this
    if (words === null) {
      this.collect(steps, terms)
      return []
    }
    const found: MonitorFinding[] = []
    for (const step of steps) this.watch(step, found)
    const last = steps.at(-1)
    if (last !== undefined) {
      const records = steps.reduce((sum, step) => sum + step.count, 0)
      const news = words.add(records, terms, last.at)
      if (news.terms.length > 0) found.push(wordsFinding(news.terms, last, records))
      if (news.company !== null) found.push(companyFinding(news.company, last, records))
    }
    if (found.length > 0) this.grows = false
    this.growReferences()
    return found
  }

  private collect(steps: readonly MonitorStep[], terms: readonly SeenTerm[]): void {
    const { gathering } = this
    gathering.add(steps, terms)
    this.records = gathering.records
    if (this.records < this.referenceRecords) return
    this.formReference(gathering.steps, gathering.terms, this.mayHaveRhythm)
    gathering.clear()
  }

  private watch(step: MonitorStep, found: MonitorFinding[]): void {
    this.records += step.count
    const { layout } = this
    let discoveries = 0
    for (const { foundAt } of this.watched) if (this.records - foundAt <= DISCOVERY_RECORDS) discoveries++
    for (const one of this.watched) {
      if (!one.onlyJointly)
        for (const finding of one.detector.add(step.cells, one.offset, step.at, discoveries)) {
          found.push(featureFinding(finding, layout.features[one.feature]!, layout.slices[one.slice]!, step))
          if (!finding.cleared) noteFound(one, this.records)
        }
      remember(one, step, this.grows)
    }
    if (found.length > 0) {
      this.lastAlone = this.records
      this.pending = null
    }
    if (this.joint === null) return
    this.fillVector(step)
    if (this.grows) this.addVectorProducts(step.count)
    // What is foretold of a rhythm changes with each refinement, and what was added up before does not.
    if (this.watched.some(({ detector }) => detector.reference.rhythm !== null)) return
    const change = this.joint.add(step.count, this.vector, step.at)
    if (change !== null && this.records - this.lastAlone > JOINT_PATIENCE_RECORDS)
      this.pending ??= { change, until: this.records + JOINT_PATIENCE_RECORDS }
    if (this.pending === null || this.records < this.pending.until) return
    found.push(jointFinding(this.pending.change, layout.features, step))
    this.pending = null
    this.lastAlone = this.records
  }

  /** References take in what followed: all of it while nothing was found, what is known of a rhythm whatever was. */
  private growReferences(): void {
    if (this.records > REFERENCE_RECORDS_MAX) this.grows = false
    const hasDoubled = this.records >= 2 * this.referenceCount
    const family = familySize(this.watched, this.layout)
    const budget = budgetOf(family)
    let hasGrown = false
    for (const one of this.watched) hasGrown = grow(one, budget, hasDoubled, this.grows) || hasGrown
    if (!hasGrown || !this.grows) return
    this.referenceCount = this.records
    this.startJoint(family)
  }

  private startJoint(family: number): void {
    this.jointBasis = { products: this.products.slice(), steps: this.jointSteps, records: this.jointRecords }
    this.joint = this.createJoint(family)
  }

  private createJoint(family: number): JointDetector | null {
    const { length } = this.layout.features
    const { products, steps, records } = this.jointBasis
    if (length < JOINT_FEATURES_MIN || length > JOINT_FEATURES_MAX || steps < 2 * length) return null
    // The covariance is itself only known from so many steps.
    const reference = jointReference(products, length, records, 1 + length / steps)
    return new JointDetector(reference, budgetOf(family).logLevel)
  }

  private addProducts(step: MonitorStep): void {
    this.fillVector(step)
    this.addVectorProducts(step.count)
  }

  private addVectorProducts(count: number): void {
    const { vector, products } = this
    const { length } = vector
    this.jointSteps++
    this.jointRecords += count
    for (let i = 0; i < length; i++)
      for (let j = 0; j <= i; j++) products[i * length + j]! += vector[i]! * vector[j]!
  }

  /** The first moment of every feature over all records, less what the season lets expect. */
  private fillVector(step: MonitorStep): void {
    this.vector.fill(0)
    for (const { feature, slice, offset, detector } of this.watched) {
      // Of a rare value one record is many standard deviations, which is no sum that is nearly normal.
      if (slice !== 0 || detector.reference.basis.locationMax > JOINT_BOUND_MAX) continue
      detector.read(step.cells, offset, step.at)
      this.vector[feature] = detector.residuals[0]!
    }
  }

  /** What was gathered for the reference so far; null once there is one. */
  gathered(): GatheredState | null {
    return this.isReady ? null : this.gathering.snapshot()
  }

  restoreGathered(state: GatheredState): void {
    const { features, slices } = this.layout
    this.gathering.restore(state, features.length * slices.length * this.binsMax)
    this.records = this.gathering.records
  }

  /** What it goes on from; null while the reference is being gathered. */
  snapshot(): MonitorState | null {
    const { words, joint, jointBasis, pending } = this
    if (words === null) return null
    return {
      records: this.records,
      referenceCount: this.referenceCount,
      grows: this.grows,
      lastAlone: Number.isFinite(this.lastAlone) ? this.lastAlone : null,
      pending: pending && { ...pending, change: { ...pending.change, shifts: [...pending.change.shifts] } },
      watched: this.watched.map(({ feature, slice, foundAt, counts, detector }) => ({
        feature,
        slice,
        foundAt: Number.isFinite(foundAt) ? foundAt : null,
        counts: [...counts],
        reference: referenceState(detector.reference),
        detector: detector.snapshot(),
      })),
      products: [...this.products],
      jointSteps: this.jointSteps,
      jointRecords: this.jointRecords,
      jointBasis: { ...jointBasis, products: [...jointBasis.products] },
      joint: joint?.snapshot() ?? null,
      words: words.snapshot(),
    }
  }

  restore(state: MonitorState): void {
    const { features } = this.layout
    const { pending, jointBasis } = state
    const family = familySize(state.watched, this.layout)
    this.records = state.records
    this.referenceCount = state.referenceCount
    this.grows = state.grows
    this.lastAlone = state.lastAlone ?? Number.NEGATIVE_INFINITY
    this.pending = pending && {
      ...pending,
      change: { ...pending.change, shifts: Float64Array.from(pending.change.shifts) },
    }
    this.watched = state.watched.map(({ feature, slice, foundAt, counts, reference, detector }) => {
      const restored = new FeatureDetector(referenceOfState(reference), budgetOf(family))
      restored.restore(detector)
      return {
        feature,
        onlyJointly: isSketch(features[feature]!),
        slice,
        offset: (slice * features.length + feature) * this.binsMax,
        foundAt: foundAt ?? Number.NEGATIVE_INFINITY,
        counts: Float64Array.from(counts),
        detector: restored,
      }
    })
    this.products = Float64Array.from(state.products)
    this.jointSteps = state.jointSteps
    this.jointRecords = state.jointRecords
    this.jointBasis = { ...jointBasis, products: Float64Array.from(jointBasis.products) }
    this.joint = this.createJoint(family)
    if (state.joint !== null) this.joint?.restore(state.joint)
    this.words = LanguageDetector.of(state.words, this.layout.pairsEvery)
  }
}

interface JointBasis {
  readonly products: Float64Array
  readonly steps: number
  readonly records: number
}

/** What a monitor goes on from, as JSON can say it. */
export interface MonitorState {
  readonly records: number
  readonly referenceCount: number
  readonly grows: boolean
  readonly lastAlone: number | null
  readonly pending:
    | (Omit<PendingJoint, 'change'> & {
        readonly change: Omit<JointChange, 'shifts'> & { readonly shifts: readonly number[] }
      })
    | null
  readonly watched: readonly {
    readonly feature: number
    readonly slice: number
    readonly foundAt: number | null
    readonly counts: readonly number[]
    readonly reference: FeatureReferenceState
    readonly detector: FeatureDetectorState
  }[]
  readonly products: readonly number[]
  readonly jointSteps: number
  readonly jointRecords: number
  readonly jointBasis: Omit<JointBasis, 'products'> & { readonly products: readonly number[] }
  readonly joint: readonly number[] | null
  readonly words: LanguageDetectorState
}

function sliceOf(cells: ArrayLike<number>, offset: number, length: number): number[] {
  return Array.from({ length }, (_, bin) => cells[offset + bin]!)
}
