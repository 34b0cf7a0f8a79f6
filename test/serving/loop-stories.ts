import type { KindLoop, PastPromotion, RequestStory, StoryStep } from '../../pipelines/loop-overview.ts'
import type { KindModels, ServerParts } from '../../serving/ports.ts'
import type { VersionPage } from '../../serving/routes/version-shapes.ts'

/** What the endpoints of the loop may answer, for tests and pictures of the page: made up, of a platform whose slang changed. */

const MINUTE = 60_000
export const ASKED_AT = Date.UTC(2026, 2, 1, 10)

export function aStoryStep(minutes: number, changes: Partial<StoryStep> = {}): StoryStep {
  const at = ASKED_AT + minutes * MINUTE
  return {
    step: 'TAGGING',
    task: 'tag',
    progress: 0.56,
    figures: { labels: 84, labelsNeeded: 150, labelsWanted: 300 },
    detail: '84 of 150 contents are labelled; 66 more are needed.',
    modelVersion: null,
    since: at,
    at,
    ...changes,
  }
}

export function aStory(
  id: string,
  steps: readonly StoryStep[],
  changes: Partial<RequestStory> = {},
): RequestStory {
  return {
    id,
    policy: 'drift',
    reason: 'New words came up and the score left its reference.',
    by: 'request-retrain',
    modelVersion: '3',
    requestedAt: ASKED_AT,
    expiresAt: ASKED_AT + 14 * 24 * 60 * MINUTE,
    evidence: [
      {
        source: 'drift-report',
        ref: '5f0c6a1b9d3e4f77',
        feature: 'score',
        value: -0.42,
        threshold: 0.2,
        detail: 'score moved by −0.42 standard deviations',
      },
    ],
    last: steps.at(-1) ?? null,
    steps,
    ...changes,
  }
}

export function aKindLoop(kind: string, changes: Partial<KindLoop> = {}): KindLoop {
  return {
    kind,
    champion: { version: '3', since: ASKED_AT - 3 * 24 * 60 * MINUTE },
    challenger: null,
    phase: 'none',
    predecessor: null,
    paused: null,
    labelsNeeded: 150,
    open: [],
    ended: [],
    ...changes,
  }
}

const training = aStoryStep(9, {
  step: 'TRAINING',
  task: 'compare',
  progress: 0.62,
  figures: { folds: 5 },
  detail: 'Champion and challenger answer the same rows that people labelled.',
  modelVersion: '4',
})
const shadow = aStoryStep(12, {
  step: 'SHADOW',
  task: 'shadow',
  progress: 0.7,
  figures: {
    needed: 200,
    records: 143,
    missing: 0,
    meanShift: -0.31,
    shiftDeviation: 0.8,
    differing: 17,
    differingShare: 0.1189,
    newcomerRight: 6,
    predecessorRight: 1,
    newcomerMicros: 61.2,
    predecessorMicros: 58.4,
  },
  detail: 'Version 4 scores along: 143 of 200 contents.',
  modelVersion: '4',
})
const asked = aStoryStep(0, { step: 'REQUESTED', task: 'request', progress: 0, detail: 'It drifts.' })
const tagged = aStoryStep(8, { progress: 1, detail: '150 of 150 contents are labelled.' })

const refused = aStory(
  'older',
  [
    aStoryStep(-300, { step: 'TRAINING', task: 'gate', detail: 'The challenger is judged.' }),
    aStoryStep(-290, {
      step: 'REJECTED',
      task: 'gate',
      progress: 1,
      detail: 'Version 2 was refused: it is worse in the slice random by 0.041.',
      modelVersion: '2',
    }),
  ],
  { requestedAt: ASKED_AT - 320 * MINUTE, policy: 'manual', by: 'ada', reason: 'The guideline changed.' },
)

export const inTagging = [
  aKindLoop('niceness', { phase: 'tagging', open: [aStory('r1', [asked, aStoryStep(4)])] }),
]
export const inTraining = [
  aKindLoop('niceness', { phase: 'training', open: [aStory('r1', [asked, tagged, training])] }),
]
/** One kind in its shadow, one that is paused, one at rest. */
export const inShadow: readonly KindLoop[] = [
  aKindLoop('niceness', {
    phase: 'shadow',
    challenger: { version: '4', share: 0, since: ASKED_AT + 10 * MINUTE },
    open: [aStory('r1', [asked, tagged, training, shadow])],
    ended: [refused],
  }),
  aKindLoop('text-spam', {
    champion: { version: '2', since: null },
    paused: { by: 'ada', reason: 'A spam wave is being looked at.', at: ASKED_AT - 60 * MINUTE },
  }),
  aKindLoop('toxicity', { champion: { version: '2', since: null } }),
]

function past(minutes: number, changes: Partial<PastPromotion>): PastPromotion {
  const at = ASKED_AT + minutes * MINUTE
  return {
    id: `p${minutes}${changes.alias ?? ''}`,
    kind: 'niceness',
    alias: 'CHAMPION',
    version: '3',
    previous: '1',
    share: 1,
    reason: 'Version 3 is live after 200 contents in shadow and 200 in its canary.',
    requestId: null,
    by: 'retrain',
    at,
    ignored: null,
    ...changes,
  }
}

/** 1 → 2, taken back to 1 → 3 is live. */
export const promotions = {
  promotions: [
    past(10, { alias: 'CHALLENGER', version: '4', previous: null, share: 0, reason: 'It scores along.' }),
    past(-4320, { version: '3', previous: '1' }),
    past(-5000, {
      version: '9',
      previous: '8',
      by: 'bob',
      reason: '',
      ignored: 'it follows 8, and 1 is live',
    }),
    past(-6000, {
      version: '1',
      previous: '2',
      reason: 'Version 2 is taken back: it takes 900 µs a content.',
    }),
    past(-6030, { version: '2', previous: '1', reason: 'Version 2 is live.' }),
  ],
  live: null,
}

export const niceness: KindModels = {
  kind: 'niceness',
  version: '3',
  promoted: '3',
  challenger: '4',
  since: ASKED_AT - 3 * 24 * 60 * MINUTE,
  previous: '1',
  languages: ['en'],
  metrics: { n: 11_053, accuracy: 0.6805, macroF1: 0.6395, auc: 0.9266, mae: 0.8756 },
  versions: [
    aVersion('1', null, 'committed', [], { n: 11_053, accuracy: 0.6805, macroF1: 0.6395, mae: 0.8756 }),
    aVersion('2', '1', 'local', [], { n: 640, accuracy: 0.66, macroF1: 0.6, mae: 0.95 }),
    aVersion('3', '1', 'local', ['champion'], { n: 700, accuracy: 0.71, macroF1: 0.662, mae: 0.84 }),
    aVersion('4', '3', 'local', ['challenger'], { n: 720, accuracy: 0.742, macroF1: 0.703, mae: 0.79 }),
  ],
}

function aVersion(
  version: string,
  parent: string | null,
  origin: 'committed' | 'local',
  aliases: readonly string[],
  metrics: Readonly<Record<string, number>>,
): KindModels['versions'][number] {
  const path = `/srv/secret/${version}`
  return { version, origin, path, aliases, parent, digest: 'ab', languages: ['en'], metrics, problem: null }
}

export function aVersionPage(version: string, changes: Partial<VersionPage> = {}): VersionPage {
  const { parent, metrics, origin } = niceness.versions.find(one => one.version === version)!
  return {
    manifest: {
      kind: 'niceness',
      version,
      family: 'hashed-heads',
      digest: 'a'.repeat(64),
      dataHash: 'd'.repeat(64),
      seed: 1,
      parent,
      settings: {},
      metrics,
      ...(version === '4' && { metricsByLanguage: { en: { n: 500, mae: 0.76 }, de: { n: 220, mae: 0.86 } } }),
      features: {},
      sources: [],
    },
    languages: version === '4' ? ['en', 'de'] : ['en'],
    origin,
    card: `# niceness ${version}\n\nThe tone towards others.\n\n- It reads **words**, not intent.\n\n| set | n |\n| --- | ---: |\n| all | 720 |\n\n<img src=x onerror=alert(1)>`,
    judgement: origin === 'committed' ? null : judgement(version !== '2'),
    ancestors: version === '4' ? ['3', '1'] : parent === null ? [] : [parent],
    children: [],
    dataSet:
      origin === 'committed'
        ? null
        : {
            hash: 'd'.repeat(64),
            rows: 4120,
            rowsByRole: { LABEL: 163, WEAK: 57, REPLAY: 3900 },
            labellers: 6,
          },
    ...changes,
  }
}

function judgement(passed: boolean): VersionPage['judgement'] {
  const estimate = (champion: number, challenger: number, half: number) => {
    const difference = Number((challenger - champion).toFixed(4))
    return { champion, challenger, difference, low: difference - half, high: difference + half }
  }
  return {
    passed,
    comparison: {
      by: 'CROSS_VALIDATION',
      rows: 163,
      slices: [
        {
          slice: 'all',
          rows: 163,
          figures: { macroF1: estimate(0.41, 0.63, 0.07), mae: estimate(1.9, 1.2, 0.3) },
        },
        { slice: 'newLanguage', rows: 88, figures: { macroF1: estimate(0.22, 0.66, 0.11) } },
        { slice: 'random', rows: 41, figures: { macroF1: estimate(0.62, 0.61, 0.05) } },
      ],
    },
    gates: [
      {
        name: 'better',
        passed: true,
        figures: { difference: 0.22 },
        detail: 'macroF1 is better by 0.220 (95 % sure: between 0.150 and 0.290).',
      },
      {
        name: 'slices',
        passed,
        figures: {},
        detail: passed ? 'No slice is worse.' : 'It is worse in the slice random by 0.041.',
      },
      { name: 'latency', passed: true, figures: {}, detail: 'It takes 1.05 times the champion’s time.' },
    ],
  }
}

/** 3 is taken back to 1 by hand, and promoted again. */
export const backAndForth = [
  past(30, { version: '3', previous: '1', by: 'ada', reason: '' }),
  past(20, { version: '1', previous: '3', by: 'ada', reason: '' }),
  past(-4320, { version: '3', previous: '1' }),
]

/** Parts of a server whose loop is this. @param told the newest first; what the other stories are about unless given */
export function loopParts(
  overview: () => Promise<readonly KindLoop[]>,
  told: readonly PastPromotion[] = promotions.promotions,
): Partial<ServerParts> {
  return {
    loop: {
      overview,
      promotions: async ({ at }) =>
        at === undefined
          ? { promotions: told, live: null }
          : {
              promotions: [],
              live: [
                { kind: 'niceness', version: '2', challenger: '1', since: ASKED_AT - 6030 * MINUTE },
                { kind: 'toxicity', version: null, challenger: null, since: null },
              ],
            },
    },
    models: async () => [niceness],
    version: async ({ version }) => aVersionPage(version),
  }
}
