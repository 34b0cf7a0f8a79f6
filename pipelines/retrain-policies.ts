import { answerFeatures } from '../processors/drift/text-drift.ts'
import type { ReportCondition, RetrainPolicy } from '../processors/request-retrain/policy.ts'

/** When the text kinds ask to be trained anew, unless a kind says otherwise. */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Words, and all features together, which have conditions of their own. */
const whole = ['*', 'terms']
/** Half of it, a PSI of 0.1, is what a stable window is customarily said to stay under (Siddiqi 2006). */
const calm = { method: 'psi', limit: 0.2, windows: 3 } as const
/** Plain drift, and what labels show; a moved share of a class alone is mended by calibration, not by training. */
const findings = [null, 'CONCEPT'] as const
/** No word is ever said to be new no more. */
const endsAfterMs = 7 * DAY_MS

interface KindRule {
  /** Features of the content that say nothing a training could mend. */
  readonly exceptFeatures: readonly string[]
  readonly further: readonly ReportCondition[]
  /** Labels that ask by themselves, and that an old model needs. */
  readonly labelsMin: number
  readonly labelsOfOldMin: number
}

const texts: KindRule = {
  exceptFeatures: [],
  further: [
    {
      on: 'drift',
      features: ['terms'],
      methods: { 'word-bayes-factor': 0 },
      wordMassMin: 0.02,
      endsAfterMs,
    },
  ],
  labelsMin: 500,
  labelsOfOldMin: 50,
}

/** New words in pictures are the text model’s to learn, and what is recognised is known already. */
const pictures: KindRule = {
  exceptFeatures: ['recognised'],
  further: [],
  labelsMin: 100,
  labelsOfOldMin: 40,
}

const errorPolicy: RetrainPolicy = {
  name: 'errors',
  when: {
    any: [
      { on: 'error', features: ['labels'], methods: { 'label-e-detector': 0, 'error-e-detector': 0 } },
      { on: 'error', features: ['labels'], methods: { accuracy: 0 }, reportsMin: 2 },
      // Of votes of which a tenth contradicts, from 17.5 % on. New accounts may be somebody's army.
      {
        on: 'error',
        features: ['votes', 'reports', 'reportsDiffer'],
        methods: { adwin: 0.25, 'e-detector': 0.25 },
        rises: true,
        slices: ['all'],
      },
    ],
  },
  coolDownMs: DAY_MS,
  lapsesMs: 14 * DAY_MS,
  trainingCostRecords: null,
}

export const textRetrainPolicies: readonly RetrainPolicy[] = policiesOf(texts)
export const imageRetrainPolicies: readonly RetrainPolicy[] = policiesOf(pictures)

function policiesOf(rule: KindRule): RetrainPolicy[] {
  const { labelsMin, labelsOfOldMin } = rule
  return [
    driftPolicy(rule),
    errorPolicy,
    {
      name: 'labels',
      when: {
        all: [
          { on: 'labelVolume', labelsMin },
          { on: 'age', ageMsMin: DAY_MS },
        ],
      },
      coolDownMs: 7 * DAY_MS,
      lapsesMs: 14 * DAY_MS,
      trainingCostRecords: null,
    },
    {
      name: 'age',
      when: {
        all: [
          { on: 'age', ageMsMin: 30 * DAY_MS },
          { on: 'labelVolume', labelsMin: labelsOfOldMin },
        ],
      },
      coolDownMs: 7 * DAY_MS,
      lapsesMs: 14 * DAY_MS,
      trainingCostRecords: null,
    },
  ]
}

function driftPolicy({ exceptFeatures, further }: KindRule): RetrainPolicy {
  /** Content is made another way. */
  const content = {
    on: 'drift',
    exceptFeatures: [...answerFeatures, ...whole, ...exceptFeatures],
    findings,
    weight: 0.5,
    calm,
  } as const
  return {
    name: 'drift',
    when: {
      any: [
        {
          on: 'drift',
          features: answerFeatures,
          methods: { adwin: 0.25, 'e-detector': 0.25 },
          findings,
          calm,
        },
        // Half a standard deviation at once, a quarter if it lasts: small shifts are ordinary.
        { ...content, methods: { adwin: 0.5, 'e-detector': 0.5 } },
        { ...content, methods: { adwin: 0.25, 'e-detector': 0.25 }, slices: ['all'], lastsMsMin: DAY_MS },
        { on: 'drift', features: ['*'], methods: { joint: 0.5 }, weight: 0.5, endsAfterMs },
        ...further,
      ],
    },
    coolDownMs: DAY_MS,
    lapsesMs: 14 * DAY_MS,
    trainingCostRecords: 20,
  }
}
