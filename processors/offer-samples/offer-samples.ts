import { hashId, labelSampleId } from '../../schemas/ids.ts'
import type { DriftReport, LabelSample } from '../../schemas/records.ts'
import type { Processor } from '../processor.ts'
import { textLoopRules } from '../retrain/loop-rules.ts'
import { eventTimeOf } from '../score-content.ts'

/**
 * drift-reports → label-samples: for each word or expression that is new, and each word in new company, a few contents that hold
 * it are offered to taggers, so that a kind learns what the new language means. Keyed by kind.
 *
 * What was chosen is the first contents that were seen to hold the word, so `samplingProbability` is their number over that of the records
 * that held it when it was named: how likely one of those was to be chosen. It says nothing of content without new language: estimates
 * over everything leave the source `drift` out. A content, revision and kind is offered once; content that was deleted meanwhile
 * is for the labelling page to skip.
 */

const OFFER_SAMPLES = 'offer-samples'

const SOURCE = 'drift'
const FINDINGS: readonly (string | null)[] = ['NEW_WORDS', 'NEW_COMPANY']
/** Share of all samples that drift may take. */
const SHARE = 0.2
/** As of other samples: one careless answer must not teach a word. */
const OVERLAP = textLoopRules.samples.overlap
const SAMPLES_OF_A_WORD_MAX = 3
const SAMPLES_OF_A_REPORT_MAX = 12
/** Of a kind, in a day (UTC) of stream time. */
const SAMPLES_OF_A_DAY_MAX = 120
/** Samples that are known again, the latest; a repeat of an older one has the same id. */
const OFFERED_MAX = 1000
const SHORT_ID_DIGITS = 12
const DAY_MS = 24 * 3_600_000

export interface OfferState {
  /** Days since the epoch. */
  readonly day: number
  readonly offeredInDay: number
  /** Short ids, the latest last. */
  readonly offered: readonly string[]
}

export const offerSamples: Processor<'drift-reports', 'label-samples', OfferState> = {
  name: OFFER_SAMPLES,
  reads: ['drift-reports'],
  writes: ['label-samples'],
  keyOf: ({ value }) => value.kind,
  init: () => ({ day: Number.MIN_SAFE_INTEGER, offeredInDay: 0, offered: [] }),
  process(state, { value: report, appendedAt }) {
    if (!report.drifted || !FINDINGS.includes(report.finding)) return { state, emit: [] }
    const at = eventTimeOf(report.at, appendedAt)
    const today = Math.floor(at / DAY_MS)
    // A late report belongs to the latest day: going back would begin its count anew.
    const isNewDay = today > state.day
    const offeredInDay = isNewDay ? 0 : state.offeredInDay
    const room = Math.min(SAMPLES_OF_A_REPORT_MAX, SAMPLES_OF_A_DAY_MAX - offeredInDay)
    const known = new Set(state.offered)
    const samples: LabelSample[] = []
    for (const sample of samplesOf(report, at)) {
      const id = hashId([sample.sampleId]).slice(0, SHORT_ID_DIGITS)
      if (samples.length >= room || known.has(id)) continue
      known.add(id)
      samples.push(sample)
    }
    return {
      state: {
        day: isNewDay ? today : state.day,
        offeredInDay: offeredInDay + samples.length,
        offered: [...known].slice(-OFFERED_MAX),
      },
      emit: samples.map(value => ({ topic: 'label-samples' as const, key: value.contentId, value })),
    }
  },
}

/** A few of each contributor, in turn: a report with many words offers something of each first. */
function samplesOf({ kind, contributors }: DriftReport, at: number): LabelSample[] {
  const samples: LabelSample[] = []
  for (let place = 0; place < SAMPLES_OF_A_WORD_MAX; place++)
    for (const { contentIds, revisions, count } of contributors) {
      const contentId = contentIds[place]
      if (contentId === undefined || contentId === '') continue
      const revision = revisions[place] ?? 0
      const chosen = Math.min(SAMPLES_OF_A_WORD_MAX, contentIds.length)
      samples.push({
        sampleId: labelSampleId({ contentId, revision, kind, source: SOURCE }),
        contentId,
        revision,
        kind,
        source: SOURCE,
        samplingProbability: Math.min(1, chosen / Math.max(1, count)),
        share: SHARE,
        overlap: OVERLAP,
        gold: null,
        requestId: null,
        text: null,
        language: null,
        images: [],
        at,
      })
    }
  return samples
}
