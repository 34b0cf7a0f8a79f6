import { kinds } from '../pipelines/kinds.ts'
import { loadModelFolder, resolveModel } from '../pipelines/model-registry.ts'
import type { Model, Scorer } from '../processors/scorer.ts'
import type { TextPrediction } from '../processors/text/heads.ts'
import type { TextInput } from '../processors/text/text-input.ts'
import { type Comments, cutTexts, readComments } from './comments.ts'
import { median } from './pipeline-result.ts'
import { predictSmall } from './small-model.ts'

export interface ScoreBenchOptions {
  readonly rounds: number
  /** Read from the public sets, or invented, unless given. */
  readonly comments?: Comments
  /** A version of each kind that reads text: its champion unless given. */
  readonly references?: readonly string[]
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

export interface ScoreRate {
  /** Of CPU time, so a core's. */
  readonly textsPerSecond: number
  /** To the small model of the pipeline benchmark on the same texts in the same round; the median of the rounds' ratios. */
  readonly vsSmallModel: number
}

export interface KindScoreResult extends ScoreRate {
  readonly withReasons: ScoreRate
  /** Share of the texts that got a score; the language of the others is not served. */
  readonly scoredShare: number
}

/** The rates are those of the slowest kind. */
export interface ScoreBenchResult extends ScoreRate {
  readonly withReasons: ScoreRate
  readonly kinds: Readonly<Record<string, KindScoreResult>>
  readonly corpus: Comments['corpus']
  readonly texts: number
  readonly textLength: number
}

const textKinds = Object.values(kinds).flatMap(({ kind, input }) => (input === 'TEXT' ? [kind] : []))
const TEXTS = 16_000
const TEXT_LENGTH = 100
/** Texts predicted together, as a batch of records is. */
const BATCH_TEXTS = 500

/**
 * Measures how many texts a core scores in a second: features, language, value and decision, with reasons and without.
 * @throws NicrError NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID; the signal's reason
 */
export async function benchScore(options: ScoreBenchOptions): Promise<ScoreBenchResult> {
  const comments = options.comments ?? (await readComments())
  const texts = cutTexts(comments, TEXT_LENGTH, TEXTS)
  const results: Record<string, KindScoreResult> = {}
  for (const reference of options.references ?? textKinds) {
    const work = await workOf(reference)
    options.report(`scoring ${work.kind}`)
    results[work.kind] = measureKind(work, texts, options)
  }
  const all = Object.values(results)
  const slowest = (rates: readonly ScoreRate[]) =>
    rates.reduce((a, b) => (b.textsPerSecond < a.textsPerSecond ? b : a))
  const { textsPerSecond, vsSmallModel } = slowest(all)
  return {
    textsPerSecond,
    vsSmallModel,
    withReasons: slowest(all.map(({ withReasons }) => withReasons)),
    kinds: results,
    corpus: comments.corpus,
    texts: texts.length,
    textLength: TEXT_LENGTH,
  }
}

interface Work {
  readonly kind: string
  /** Both answer how many texts got a score. */
  withReasons(texts: readonly string[]): number
  withoutReasons(texts: readonly string[]): number
}

async function workOf(reference: string): Promise<Work> {
  const folder = await resolveModel(reference)
  const { kind } = folder.manifest
  const model = (await loadModelFolder(folder)) as Model<TextInput, TextPrediction>
  const scorer = kinds[kind]!.scorer as Scorer<TextInput, TextPrediction>
  const score = (
    texts: readonly string[],
    predict: (inputs: readonly TextInput[]) => readonly TextPrediction[],
  ) => {
    let scored = 0
    for (let from = 0; from < texts.length; from += BATCH_TEXTS) {
      const ready = texts.slice(from, from + BATCH_TEXTS).flatMap(text => {
        const content = { text, language: null }
        const preparation = scorer.prepare(content)
        return preparation.status === 'READY' ? [{ content, input: preparation.input }] : []
      })
      const predictions = predict(ready.map(({ input }) => input))
      ready.forEach(({ content, input }, i) => {
        scorer.decide(content, input, predictions[i]!, model.card)
      })
      scored += ready.length
    }
    return scored
  }
  return {
    kind,
    withReasons: texts => score(texts, inputs => model.predict(inputs) as readonly TextPrediction[]),
    withoutReasons: texts =>
      score(texts, inputs => model.predict(inputs, 'VALUE') as readonly TextPrediction[]),
  }
}

function measureKind(
  work: Work,
  texts: readonly string[],
  { rounds, signal }: ScoreBenchOptions,
): KindScoreResult {
  const small = () => {
    for (const text of texts) predictSmall(text)
  }
  // Once without measuring: the compiler learns what is called often.
  const scored = work.withReasons(texts)
  work.withoutReasons(texts)
  small()
  const measured = Array.from({ length: rounds }, () => {
    signal.throwIfAborted()
    return {
      small: cpuSecondsOf(small),
      plain: cpuSecondsOf(() => work.withoutReasons(texts)),
      reasons: cpuSecondsOf(() => work.withReasons(texts)),
    }
  })
  const rate = (side: 'plain' | 'reasons'): ScoreRate => ({
    textsPerSecond: Math.round(texts.length / median(measured.map(round => round[side]))),
    vsSmallModel: Number(median(measured.map(round => round.small / round[side])).toFixed(4)),
  })
  return {
    ...rate('plain'),
    withReasons: rate('reasons'),
    scoredShare: Number((scored / texts.length).toFixed(4)),
  }
}

function cpuSecondsOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
