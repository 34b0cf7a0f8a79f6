import {
  type DriftFinding,
  type DriftOverview,
  type DriftWord,
  NOTHING_WATCHED,
  type OpenDrift,
  type WatchedKind,
} from '../../pipelines/drift-overview.ts'

/** What `GET /v1/drift` may answer, for tests and pictures of the page: made up, of a platform whose posters began to shout. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** When the change came. */
export const CHANGED_AT = Date.UTC(2026, 2, 1, 10)

export function aWatchedKind(kind: string, changes: Partial<WatchedKind> = {}): WatchedKind {
  const from = { since: CHANGED_AT - 72 * HOUR, lastAt: CHANGED_AT + 5 * HOUR }
  return { kind, modelVersion: '2', records: 48_213, referenceRecords: 2000, ...from, ...changes }
}

export function anOpenDrift(changes: Partial<OpenDrift> = {}): OpenDrift {
  return {
    kind: 'niceness',
    modelVersion: '2',
    feature: 'score',
    description: 'The value on the kind’s scale.',
    slice: 'all',
    sliceDescription: 'Every record.',
    since: CHANGED_AT,
    lastAt: CHANGED_AT + MINUTE,
    alarms: 2,
    method: 'e-detector',
    statistic: 3e8,
    threshold: 5e7,
    eValue: 3e8,
    effect: -0.42,
    effectLow: -0.5,
    effectHigh: -0.3,
    count: 320,
    moved: ['location'],
    ...changes,
  }
}

export function aWord(word: string, changes: Partial<DriftWord> = {}): DriftWord {
  return {
    kind: 'niceness',
    word,
    firstAt: CHANGED_AT + 6 * MINUTE,
    lastAt: CHANGED_AT + HOUR,
    weight: 4,
    count: 17,
    expected: 0.1,
    change: 'word',
    neighbours: [],
    examples: [],
    ...changes,
  }
}

export function aFinding(changes: Partial<DriftFinding> = {}): DriftFinding {
  return {
    id: '5f0c6a1b9d3e4f77',
    kind: 'toxicity',
    modelVersion: '2',
    feature: 'urls',
    description: 'Links; half at 1.',
    slice: 'all',
    finding: 'CLEARED',
    method: 'e-detector',
    drifted: false,
    statistic: 0.2,
    threshold: 5e7,
    effect: 0,
    effectLow: null,
    effectHigh: null,
    count: 5000,
    at: CHANGED_AT,
    contributors: [],
    ...changes,
  }
}

export const gathering: DriftOverview = {
  ...NOTHING_WATCHED,
  watched: [aWatchedKind('niceness', { records: 812 }), aWatchedKind('text-spam', { records: 640 })],
}

export const calm: DriftOverview = {
  ...NOTHING_WATCHED,
  watched: ['niceness', 'text-spam', 'toxicity'].map(kind => aWatchedKind(kind)),
  accuracy: [
    {
      kind: 'text-spam',
      modelVersion: '2',
      source: 'estimate',
      share: 0.962,
      low: null,
      high: null,
      count: 1000,
      drifted: false,
      at: CHANGED_AT,
    },
  ],
}

export const newShare = aFinding({
  kind: 'text-spam',
  feature: 'score',
  description: 'The value on the kind’s scale.',
  finding: 'CLASS_SHARE',
  method: 'em',
  drifted: true,
  statistic: 0.31,
  threshold: 0.13,
  effect: 1.1,
  effectLow: 0.9,
  effectHigh: 1.3,
})

const shouting = 'Share of words of two letters or more that are all capitals.'

export const drifting: DriftOverview = {
  watched: calm.watched,
  accuracy: [
    ...calm.accuracy,
    {
      kind: 'niceness',
      modelVersion: '2',
      source: 'labels',
      share: 0.78,
      low: 0.69,
      high: 0.85,
      count: 100,
      drifted: true,
      at: CHANGED_AT,
    },
  ],
  drifts: [
    anOpenDrift(),
    anOpenDrift({
      slice: 'newAuthors',
      sliceDescription: 'Authors whose account was at most 30 days old.',
    }),
    anOpenDrift({
      feature: 'capitals',
      description: shouting,
      method: 'adwin',
      statistic: 1.31,
      threshold: 1,
      effect: 0.36,
      effectLow: 0.24,
      effectHigh: 0.48,
      since: CHANGED_AT + 4 * MINUTE,
    }),
    anOpenDrift({
      kind: 'toxicity',
      feature: 'capitals',
      description: shouting,
      slice: 'contentKind=COMMENT',
      sliceDescription: 'Comments.',
      moved: ['spread'],
      alarms: 1,
      effect: 0.17,
      effectLow: 0.1,
      effectHigh: 0.24,
    }),
  ],
  words: [
    aWord('glorp', {
      examples: [
        { contentId: 'c1', text: 'What a Glorp thing <b>to say</b>' },
        { contentId: 'c2', text: 'nobody asked you, glorp off' },
      ],
    }),
    aWord('glorp', { kind: 'toxicity', count: 15 }),
    aWord('so cooked', {
      change: 'expression',
      count: 44,
      expected: 3.2,
      examples: [{ contentId: 'c3', text: 'we are SO COOKED if they ship this' }],
    }),
    aWord('mid', {
      change: 'company',
      count: 61,
      expected: 58,
      neighbours: ['so mid', 'mid take'],
      examples: [{ contentId: 'c4', text: 'honestly such a mid take, do better' }],
    }),
  ],
  findings: [
    newShare,
    aFinding({
      kind: 'toxicity',
      feature: '*',
      finding: 'DOMAIN_GAP',
      method: 'psi-training',
      statistic: 0.44,
      threshold: 0.1,
      effect: 0.44,
      count: 2000,
      at: CHANGED_AT - 60 * HOUR,
      contributors: [
        { name: 'length', weight: 0.44, description: 'UTF-16 units of the text.' },
        { name: 'emoji', weight: 0.19, description: 'Emoji and emoticons; half at 3.' },
      ],
    }),
    aFinding(),
  ],
  requests: [
    {
      id: 'r1',
      kind: 'niceness',
      policy: 'drift',
      reason: 'score moved by 0.42 standard deviations, and 1 word is new',
      modelVersion: '2',
      requestedAt: CHANGED_AT + 7 * MINUTE,
    },
  ],
  histories: (
    [
      ['niceness', 'score', 6.1, 4.3],
      ['niceness', 'capitals', 0.06, 0.21],
      ['toxicity', 'capitals', 0.06, 0.21],
    ] as const
  ).map(([kind, feature, before, after]) => ({
    kind,
    feature,
    slice: 'all',
    points: Array.from({ length: 96 }, (_, i) => ({
      at: CHANGED_AT + (i - 60) * 5 * MINUTE,
      mean: (i < 60 ? before : after) * (1 + 0.04 * Math.sin(i * 1.7) + 0.03 * Math.cos(i * 0.6)),
      count: 40,
    })),
  })),
}
