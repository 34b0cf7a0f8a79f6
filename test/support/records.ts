import type {
  Annotator,
  Content,
  DraftOutcome,
  DriftReport,
  Erasure,
  FeatureProfile,
  ImageBankEntry,
  Label,
  LabelSample,
  ModelPromotion,
  Report,
  Score,
  Vote,
} from '../../schemas/records.ts'
import type { DeadLetter } from '../../schemas/topics.ts'

/** Whole records for tests, to be varied where it matters. */

const at = Date.UTC(2026, 0, 15, 12)

export function aContent(changes: Partial<Content> = {}): Content {
  return {
    id: 'c1',
    kind: 'COMMENT',
    action: 'CREATED',
    revision: 0,
    author: 'ada',
    authorSince: null,
    thread: null,
    parent: null,
    language: 'en',
    text: 'Thank you, this helped a lot.',
    images: [],
    at,
    ...changes,
  }
}

export function aVote(changes: Partial<Vote> = {}): Vote {
  return {
    id: 'v1',
    contentId: 'c1',
    revision: null,
    voter: 'grace',
    accountSince: null,
    value: 1,
    at,
    ...changes,
  }
}

export function aReport(changes: Partial<Report> = {}): Report {
  return {
    id: 'r1',
    contentId: 'c1',
    draftId: null,
    revision: null,
    reporter: 'grace',
    accountSince: null,
    kind: 'niceness',
    expected: 2,
    seenScore: null,
    text: null,
    note: null,
    at,
    ...changes,
  }
}

export function aScore(changes: Partial<Score> = {}): Score {
  return {
    id: 's1',
    contentId: 'c1',
    revision: 0,
    kind: 'niceness',
    status: 'SCORED',
    value: 9,
    label: 'nice',
    probability: 0.9,
    reasons: [
      {
        start: 0,
        end: 9,
        weight: 1.5,
        source: 'TEXT',
        image: null,
        box: null,
        text: 'Thank you',
        without: 5.25,
      },
      {
        start: null,
        end: null,
        weight: -1,
        source: 'IMAGE',
        image: 'blob:1',
        box: { x: 0.1, y: 0.2, width: 0.3, height: 0.4 },
        text: null,
        without: null,
      },
    ],
    author: 'ada',
    contentKind: 'COMMENT',
    language: 'en',
    modelVersion: '1',
    alias: 'CHAMPION',
    eventAt: at,
    scoredAt: at + 20,
    scoringMicros: null,
    ...changes,
  }
}

export function aDriftReport(changes: Partial<DriftReport> = {}): DriftReport {
  return {
    id: 'd1',
    kind: 'niceness',
    feature: 'words',
    slice: 'all',
    windowStart: at,
    windowEnd: at + 60_000,
    method: 'adwin',
    statistic: 3,
    threshold: 2,
    pValue: 0.01,
    eValue: null,
    effect: 0.4,
    effectLow: null,
    effectHigh: null,
    drifted: true,
    finding: null,
    count: 320,
    modelVersion: '1',
    referenceVersion: '1',
    changedAt: at,
    contributors: [{ name: 'glorp', weight: 4, count: 12, expected: 0.1, contentIds: ['c1'], revisions: [] }],
    at: at + 60_000,
    ...changes,
  }
}

/** A profile of one step with these sums. */
export function aFeatureProfile({ sums = Buffer.alloc(8), bins = Buffer.alloc(0) } = {}): FeatureProfile {
  return {
    id: 'p1',
    kind: 'niceness',
    modelVersion: '1',
    referenceVersion: '1',
    sourceTopic: 'nicr.content',
    sourcePartition: 0,
    firstOffset: 10,
    nextOffset: 12,
    features: ['words'],
    slices: ['all'],
    sumsPerFeature: 1,
    binsPerFeature: 20,
    steps: [{ firstOffset: 10, count: 2, eventAtMin: at, eventAtMax: at + 5, sums, bins }],
    terms: [
      { term: 'glorp', step: 0, count: 2, contentId: 'c1', revision: 0, author: 1, thread: 2, others: 1 },
    ],
    skipped: 0,
    at: at + 5,
  }
}

export function aLabelSample(changes: Partial<LabelSample> = {}): LabelSample {
  return {
    sampleId: 's1',
    contentId: 'c1',
    revision: 0,
    kind: 'niceness',
    source: 'random',
    samplingProbability: 0.5,
    share: 0.2,
    overlap: 1,
    gold: null,
    requestId: null,
    text: null,
    language: null,
    images: [],
    at,
    ...changes,
  }
}

export function aLabel(changes: Partial<Label> = {}): Label {
  return {
    id: 'l1',
    sampleId: null,
    contentId: 'c1',
    revision: 0,
    kind: 'niceness',
    value: 8,
    boxes: [{ image: 'blob:1', x: 0, y: 0, width: 0.5, height: 0.5, name: null }],
    labeller: 'ada',
    origin: 'page',
    guidelineVersion: '1',
    seconds: 3.5,
    modelShown: false,
    withdrawn: false,
    at,
    ...changes,
  }
}

export function anImageBankEntry(changes: Partial<ImageBankEntry> = {}): ImageBankEntry {
  return {
    id: 'e1',
    kind: 'image-spam',
    type: 'PICTURE',
    name: '',
    hashes: [],
    template: Buffer.alloc(0),
    format: '',
    image: null,
    box: null,
    labelId: 'l1',
    weight: 1,
    active: true,
    by: 'ada',
    at,
    ...changes,
  }
}

export function aModelPromotion(changes: Partial<ModelPromotion> = {}): ModelPromotion {
  return {
    id: 'p1',
    kind: 'niceness',
    alias: 'CHAMPION',
    version: '2',
    artifact: '',
    digest: '',
    previous: null,
    share: 1,
    reason: '',
    requestId: null,
    by: 'ada',
    at,
    ...changes,
  }
}

export function anAnnotator(changes: Partial<Annotator> = {}): Annotator {
  return { annotator: 'ada', queues: ['niceness'], active: true, seenAt: null, at, ...changes }
}

export function aDraftOutcome(changes: Partial<DraftOutcome> = {}): DraftOutcome {
  return {
    draftId: 'd1',
    contentId: null,
    outcome: 'POSTED_AS_IS',
    nicenessFirst: 7,
    nicenessLast: 7,
    edits: 0,
    modelVersion: '2',
    at,
    ...changes,
  }
}

/** A record of nicr.content (partition 3, offset 99) that `processor` could not decode. */
export function aDeadLetter({
  value = Buffer.from('no Avro'),
  processor = 'score-content',
}: {
  value?: Buffer | null
  processor?: string
} = {}): DeadLetter {
  const added = {
    '__connect.errors.topic': 'nicr.content',
    '__connect.errors.partition': '3',
    '__connect.errors.offset': '99',
    '__connect.errors.exception.message': 'not Avro',
    'nicr-processor': processor,
    'nicr-code': 'NICR_RECORD_UNDECODABLE',
  }
  const headers = Object.entries(added).map(([name, text]) => [name, Buffer.from(text)] as const)
  return { key: Buffer.from('k1'), value, headers: [['traceparent', Buffer.from([0, 255])], ...headers] }
}

export function anErasure(changes: Partial<Erasure> = {}): Erasure {
  const person = 'a'.repeat(64)
  return { id: 'e1', person, part: 0, contents: [], dataSets: [], rows: 0, by: 'ops', at, ...changes }
}
