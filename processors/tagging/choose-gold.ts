import { labelSampleId } from '../../schemas/ids.ts'
import type { Label, LabelSample } from '../../schemas/records.ts'
import type { Processor } from '../processor.ts'
import { eventTimeOf } from '../score-content.ts'
import { drawOf } from '../text/hashing.ts'
import { ADJUDICATION, joinLabels, type LabelScale, valuesAgree } from './join-labels.ts'

/**
 * labels → label-samples: contents whose answer is sure become hidden checks of the source `gold`, with that answer. Sure is what a moderator
 * decided, or what three people say alike and nobody otherwise. A quarter of those is taken, by a hash of their id. One that is no longer sure, or is
 * decided otherwise, is written again under its id, with the new answer or none; answers to the check itself change nothing.
 */

const CHOOSE_GOLD = 'choose-gold'
const GOLD_SOURCE = 'gold'

/** People who must say the same where nobody decided. */
const AGREEING_MIN = 3
/** Of the contents whose answer is sure. */
const CHOSEN_SHARE = 0.25
/** Answers of a content that are remembered, the latest. */
const ANSWERS_MAX = 16
/** A content that nobody spoke of for so long is forgotten; its check stays. */
const REMEMBERED_MS = 30 * 24 * 3_600_000

interface Answer {
  readonly id: string
  readonly value: number
  readonly labeller: string
  readonly origin: string
  readonly at: number
}

export interface GoldState {
  readonly answers: readonly Answer[]
  /** What was written last; null: nothing, or that it is a check no more. */
  readonly gold: number | null
  readonly spokenAt: number
}

/** @param scaleOf of a kind; null where there is no such kind, whose labels are left alone */
export function chooseGold(
  scaleOf: (kind: string) => LabelScale | null,
): Processor<'labels', 'label-samples', GoldState> {
  return {
    name: CHOOSE_GOLD,
    reads: ['labels'],
    writes: ['label-samples'],
    keyOf: ({ value: { kind, revision, contentId } }) => `${kind} ${revision} ${contentId}`,
    init: () => ({ answers: [], gold: null, spokenAt: Number.MIN_SAFE_INTEGER }),
    process(state, { value: label, appendedAt }) {
      const scale = scaleOf(label.kind)
      const sampleId = labelSampleId({ ...label, source: GOLD_SOURCE })
      // Forgotten unless it was known: nothing of it is worth keeping.
      const asItWas = { state: state.answers.length === 0 ? undefined : state, emit: [] }
      if (scale === null || drawOf(sampleId) >= CHOSEN_SHARE || label.sampleId === sampleId) return asItWas
      const at = eventTimeOf(label.at, appendedAt)
      const answers = withAnswer(state.answers, label, at)
      const gold = sureAnswer(scale, answers)
      const spokenAt = Math.max(state.spokenAt, at)
      return {
        state: answers.length === 0 && gold === null ? undefined : { answers, gold, spokenAt },
        emit: gold === state.gold ? [] : [emitted(label, { sampleId, gold, at })],
        punctuateAt: spokenAt + REMEMBERED_MS,
      }
    },
    punctuate(state, _key, streamTime) {
      const due = state.spokenAt + REMEMBERED_MS
      return streamTime >= due ? { state: undefined, emit: [] } : { state, emit: [], punctuateAt: due }
    },
  }
}

/** The same id again replaces an answer; one that was taken back is gone. */
function withAnswer(answers: readonly Answer[], label: Label, at: number): readonly Answer[] {
  const others = answers.filter(({ id }) => id !== label.id)
  if (label.withdrawn) return others
  const { id, value, labeller, origin } = label
  return [...others, { id, value, labeller, origin, at }].slice(-ANSWERS_MAX)
}

function sureAnswer(scale: LabelScale, answers: readonly Answer[]): number | null {
  const joined = joinLabels(scale, answers, () => 0.5)
  if (joined === null) return null
  if (answers.some(({ origin }) => origin === ADJUDICATION)) return joined.value
  const people = new Set(answers.map(({ labeller }) => labeller))
  const values = answers.map(({ value }) => value)
  const isSure = people.size >= AGREEING_MIN && valuesAgree(scale, Math.min(...values), Math.max(...values))
  return isSure ? joined.value : null
}

function emitted(
  { contentId, revision, kind }: Label,
  { sampleId, gold, at }: { readonly sampleId: string; readonly gold: number | null; readonly at: number },
) {
  const value: LabelSample = {
    sampleId,
    contentId,
    revision,
    kind,
    source: GOLD_SOURCE,
    samplingProbability: CHOSEN_SHARE,
    share: 0,
    overlap: 1,
    gold,
    requestId: null,
    text: null,
    language: null,
    images: [],
    at,
  }
  return { topic: 'label-samples' as const, key: contentId, value }
}
