import type { ComparedPair } from '../processors/drift/compare-kinds.ts'
import { allRecords, watchedSlices } from '../processors/drift/declared-features.ts'
import { ReaderAdmission } from '../processors/drift/judge-readers.ts'
import { offerSamples } from '../processors/offer-samples/offer-samples.ts'
import type { Emitted } from '../processors/processor.ts'
import { requestRetrain } from '../processors/request-retrain/request-retrain.ts'
import type { Model } from '../processors/scorer.ts'
import { chooseGold } from '../processors/tagging/choose-gold.ts'
import type { DriftReport, RetrainRequest, Score } from '../schemas/records.ts'
import { fullTopicName, type TopicName, topics } from '../schemas/topics.ts'
import type { LiveChallenger } from './champions.ts'
import { REPLAY_DEAD_LETTERS } from './dead-letters/replay-ledger.ts'
import type { LookAtImage } from './images/look-at-images.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { kinds } from './kinds.ts'
import { labelScaleOf } from './label-values.ts'
import { BANK_IMAGES, type BankParts, bankStep } from './runtime/bank-step.ts'
import { compareStep } from './runtime/compare-step.ts'
import { type DriftStepSettings, driftStep, type TrainingReferenceLookup } from './runtime/drift-step.ts'
import { judgeStep, type ScoreLookup } from './runtime/judge-step.ts'
import { declareProcessor, observed, type ProcessorDeclaration } from './runtime/processor-declaration.ts'
import { createProfiler } from './runtime/profiler.ts'
import { type ChampionLookup, readersStep } from './runtime/readers-step.ts'
import { scoringStep } from './runtime/scoring-step.ts'
import { saidRuleOf } from './said.ts'

export interface TopologyParts {
  /** The version a kind is scored with, asked for once a batch. */
  readonly modelOf: (kind: KindDeclaration) => Model<unknown, unknown>
  /** The version that scores along, asked for once a batch; none unless given. */
  readonly challengerOf?: (kind: KindDeclaration) => LiveChallenger | null
  /** Told of batches that a challenger could not score; nobody unless given. */
  readonly onChallengerFailed?: (kind: string, error: unknown) => void
  /** Told of every score before it is written, once more where that has to be done again; nobody unless given. */
  readonly onScored?: (score: Score) => void
  /** Looks at pictures for kinds that read them; nothing is seen unless given. */
  readonly look?: LookAtImage
  /** Finds and opens pictures that people tagged; none is found unless given. */
  readonly bank?: Omit<BankParts, 'isBanked'>
  /** Monotonic clock in ms, by which scoring is timed; not measured unless given. */
  readonly clock?: () => number
  readonly textLengthMax: number
  readonly topicPrefix: string
  /** Wall clock in ms. */
  readonly now: () => number
  /** The kinds that are scored: every one of `kinds.ts` unless given. */
  readonly kinds?: Readonly<Record<string, KindDeclaration>>
  /** The scores that labels judge; none is found unless given. */
  readonly lookUpScores?: ScoreLookup
  /** What model versions were trained on; not known unless given. */
  readonly lookUpReference?: TrainingReferenceLookup
  /** The scores that readers vote on and report; none is found unless given. */
  readonly lookUpChampions?: ChampionLookup
  /** Told of the profiles that detect-drift reads; nobody unless given. */
  readonly onProfile?: NonNullable<DriftStepSettings['onProfile']>
  /** Told of drift reports before they are written, once more where that has to be done again. */
  readonly onDriftReport?: (report: DriftReport) => void
  /** What becomes of retrain requests, beside being written; written and no more unless given. */
  readonly retrain?: RetrainParts
}

export interface RetrainParts {
  /** Whether requests are only said, and not written. */
  readonly dryRun: boolean
  /** Called with each before it is written, once more where that has to be done again. */
  readonly onRequest: (request: RetrainRequest) => void
}

/** Everything that runs between the topics: a scoring processor for each kind, and what watches over them. */
export function topology(parts: TopologyParts): readonly ProcessorDeclaration[] {
  return [
    ...Object.values(parts.kinds ?? kinds).map(kind => scoringProcessor(kind, parts)),
    compareProcessor(parts),
    readersProcessor(parts),
    saying(detectDrift(parts), parts),
    saying(judgeProcessor(parts), parts),
    retrainProcessor(parts),
    declareProcessor(offerSamples),
    goldProcessor(parts),
    bankProcessor(parts),
  ]
}

/** The processor, with its drift reports told. */
function saying(declaration: ProcessorDeclaration, { onDriftReport }: TopologyParts): ProcessorDeclaration {
  if (onDriftReport === undefined) return declaration
  return observed(declaration, {
    onEmitted: ({ value }) => onDriftReport(value as DriftReport),
    withhold: false,
  })
}

/** feature-profiles → drift-reports, for every kind. */
function detectDrift({
  kinds: declared = kinds,
  lookUpReference,
  onProfile,
}: TopologyParts): ProcessorDeclaration {
  const calibrated = Object.values(declared).filter(({ training }) => training.objective === 'BINARY')
  return {
    name: 'detect-drift',
    reads: ['feature-profiles'],
    writes: ['drift-reports'],
    stateful: true,
    createStep: store => {
      if (store === null) throw new Error('detect-drift needs a state store')
      return driftStep(store, {
        calibratedKinds: new Set(calibrated.map(({ kind }) => kind)),
        ...(lookUpReference && { lookUpReference }),
        ...(onProfile && { onProfile }),
      })
    },
  }
}

/** scores → feature-profiles: how far the kinds that are declared as pairs disagree. */
function compareProcessor({ kinds: declared = kinds, topicPrefix }: TopologyParts): ProcessorDeclaration {
  const pairs = Object.values(declared).flatMap(({ kind, drift, compared = [] }) =>
    compared.flatMap((pair): ComparedPair[] => {
      const other = Object.hasOwn(declared, pair.with) ? declared[pair.with] : undefined
      return other === undefined
        ? []
        : [{ kind, pair, scale: other.scale, slices: watchedSlices(drift?.slices ?? allRecords) }]
    }),
  )
  return {
    name: 'compare-kinds',
    reads: ['scores'],
    writes: ['feature-profiles'],
    stateful: false,
    // A profile a batch.
    gathers: true,
    createStep: () => compareStep(pairs, fullTopicName(topicPrefix, 'scores')),
  }
}

/** votes, reports → feature-profiles: how right readers find the scores. */
function readersProcessor({
  kinds: declared = kinds,
  topicPrefix,
  lookUpChampions = { scoresOf: async () => [], championsAmong: async () => [] },
}: TopologyParts): ProcessorDeclaration {
  const rules = new Map(
    Object.values(declared).map(kind => [
      kind.kind,
      { said: saidRuleOf(kind), ...(kind.votes && { votes: kind.votes }) },
    ]),
  )
  return {
    name: 'judge-readers',
    reads: ['votes', 'reports'],
    writes: ['feature-profiles'],
    stateful: false,
    // A query a batch.
    gathers: true,
    createStep: () =>
      readersStep({ rules, lookup: lookUpChampions, admission: new ReaderAdmission(), topicPrefix }),
  }
}

/** labels → drift-reports: whether people still say what the scores say. */
function judgeProcessor({ lookUpScores = async () => new Map() }: TopologyParts): ProcessorDeclaration {
  return {
    name: 'judge-labels',
    reads: ['labels'],
    writes: ['drift-reports'],
    stateful: true,
    createStep: store => {
      if (store === null) throw new Error('judge-labels needs a state store')
      return judgeStep(store, lookUpScores)
    },
  }
}

/** drift-reports, labels and model-promotions → retrain-requests, by the policies of each kind. */
function retrainProcessor({ kinds: declared = kinds, retrain }: TopologyParts): ProcessorDeclaration {
  const policies = Object.values(declared).map(({ kind, retrain: own = [] }) => [kind, own] as const)
  const dryRun = retrain?.dryRun ?? false
  const declaration = declareProcessor(requestRetrain({ policies: Object.fromEntries(policies), dryRun }))
  if (retrain === undefined) return declaration
  const onEmitted = ({ value }: Emitted) => retrain.onRequest(value as RetrainRequest)
  return observed(declaration, { onEmitted, withhold: dryRun })
}

/** labels → label-samples: hidden checks for the people who tag. */
function goldProcessor({ kinds: declared = kinds }: TopologyParts): ProcessorDeclaration {
  return declareProcessor(
    chooseGold(kind => (Object.hasOwn(declared, kind) ? labelScaleOf(declared[kind]!) : null)),
  )
}

/** labels → image-banks: tagged pictures and marked logos, to be known again. */
function bankProcessor({
  kinds: declared = kinds,
  bank = { imagesOf: async () => new Map(), open: async () => null },
}: TopologyParts): ProcessorDeclaration {
  const banked = new Set(
    Object.values(declared)
      .filter(({ input, training }) => input === 'IMAGE' && training.objective === 'BINARY')
      .map(({ kind }) => kind),
  )
  return {
    name: BANK_IMAGES,
    reads: ['labels'],
    writes: ['image-banks'],
    stateful: true,
    createStep: store => {
      if (store === null) throw new Error(`${BANK_IMAGES} needs a state store`)
      return bankStep(store, { ...bank, isBanked: kind => banked.has(kind) })
    },
  }
}

/** content → scores and feature profiles: the processor of one kind. */
function scoringProcessor(kind: KindDeclaration, parts: TopologyParts): ProcessorDeclaration {
  const {
    modelOf,
    challengerOf,
    onChallengerFailed,
    onScored,
    textLengthMax,
    now,
    clock,
    topicPrefix,
    look,
  } = parts
  const { drift, scorer, input } = kind
  return {
    name: kind.processorName,
    reads: ['content'],
    writes: drift === undefined ? ['scores'] : ['scores', 'feature-profiles'],
    stateful: false,
    createStep: () =>
      scoringStep({
        scorer,
        model: () => modelOf(kind),
        ...(challengerOf && { challenger: () => challengerOf(kind) }),
        ...(onChallengerFailed && {
          onChallengerFailed: (error: unknown) => onChallengerFailed(kind.kind, error),
        }),
        ...(onScored && { onScored }),
        textLengthMax,
        now,
        ...(clock && { clock }),
        ...(look && input === 'IMAGE' && { look }),
        ...(drift && { profiler: createProfiler(drift, fullTopicName(topicPrefix, 'content')) }),
      }),
  }
}

/** Every processor as it is declared; only to be looked at, for it loads no model. */
function declared(): readonly ProcessorDeclaration[] {
  const modelOf = () => {
    throw new Error('a declaration that is only looked at loads no model')
  }
  return topology({ modelOf, textLengthMax: 0, topicPrefix: '', now: () => 0 })
}

/** The names of all processors, as `nicr process` takes them. */
export function processorNames(): readonly string[] {
  return declared().map(({ name }) => name)
}

/** What a processor reads; undefined where there is none of this name. */
export function readsOf(processor: string): readonly TopicName[] | undefined {
  return declared().find(({ name }) => name === processor)?.reads
}

/** The changelogs that processors and replays need, beside the topics of the table. */
export function changelogs(): readonly {
  readonly processor: string
  readonly partitions: 'data' | 'control'
}[] {
  const ofProcessors = declared()
    .filter(({ stateful }) => stateful)
    .map(({ name, reads }) => ({ processor: name, partitions: topics[reads[0]!].partitions }))
  return [...ofProcessors, { processor: REPLAY_DEAD_LETTERS, partitions: 'control' }]
}
