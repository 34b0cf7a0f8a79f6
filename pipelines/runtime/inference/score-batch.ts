import type { Decision, Detail, Model, Preparation, Scorable, Scorer } from '../../../processors/scorer.ts'

/** What became of one content: a decision, or why there is none. */
export type Scored =
  | { readonly status: 'SCORED' | 'DEGRADED'; readonly decision: Decision; readonly language: string | null }
  | Exclude<Preparation<unknown>, { readonly status: 'READY' }>

/** Contents handed to the model at once: enough for any model, and few enough that inputs are used while still in cache. */
const CONTENTS_AT_ONCE = 128

/** Told of each content that was decided, while its input is at hand. `index` is its place among the contents. */
export type OnDecided<Input> = (index: number, input: Input, decision: Decision) => void

export interface BatchWish<Input> {
  /** REASONS unless given; an encoder's cost several runs a text. */
  readonly detail?: Detail
  readonly onDecided?: OnDecided<Input> | undefined
  /** Measures what the model itself takes, each time it is asked; reading the texts is not its work. */
  readonly stopwatch?: Stopwatch | undefined
}

export interface Stopwatch {
  /** Monotonic, in ms. */
  readonly clock: () => number
  readonly onElapsed: (elapsedMs: number) => void
}

/**
 * Scores a batch by one model version, in order: prepares a slice, predicts those of it that are ready in one call,
 * decides. Cutting contents into other batches changes nothing. One promise a slice at most, none where the model
 * answers at once.
 */
export async function scoreBatch<Input, Prediction>(
  scorer: Scorer<Input, Prediction>,
  model: Model<Input, Prediction>,
  contents: readonly Scorable[],
  { detail, onDecided, stopwatch }: BatchWish<Input> = {},
): Promise<Scored[]> {
  const scored: Scored[] = []
  for (let from = 0; from < contents.length; from += CONTENTS_AT_ONCE) {
    const slice = contents.slice(from, from + CONTENTS_AT_ONCE)
    const prepared = slice.map(content => scorer.prepare(content, model.card))
    const inputs: Input[] = []
    for (const one of prepared) if (one.status === 'READY') inputs.push(one.input)
    const startedAt = stopwatch?.clock() ?? 0
    const answer = inputs.length === 0 ? [] : model.predict(inputs, detail)
    const predictions = answer instanceof Promise ? await answer : answer
    stopwatch?.onElapsed(stopwatch.clock() - startedAt)
    if (predictions.length !== inputs.length)
      throw new Error(
        `${model.card.kind}@${model.card.version} answered ${predictions.length} of ${inputs.length} inputs`,
      )
    let next = 0
    for (const [index, one] of prepared.entries()) {
      if (one.status !== 'READY') {
        scored.push(one)
        continue
      }
      const decision = scorer.decide(slice[index]!, one.input, predictions[next++]!, model.card)
      if (decision === null) {
        scored.push({ status: 'UNSUPPORTED', language: one.language })
        continue
      }
      onDecided?.(scored.length, one.input, decision)
      scored.push({ status: statusOf(one, decision), decision, language: one.language })
    }
  }
  return scored
}

interface Marked {
  readonly degraded?: boolean
}

function statusOf(prepared: Marked, decision: Marked): 'SCORED' | 'DEGRADED' {
  return prepared.degraded === true || decision.degraded === true ? 'DEGRADED' : 'SCORED'
}

/**
 * Scores one content: at once where the model answers at once, without any promise. The model is held while it is waited
 * for.
 * @param wish `deadlineMs`: see `Model.predict`
 */
export function scoreOne<Input, Prediction>(
  scorer: Scorer<Input, Prediction>,
  model: Model<Input, Prediction>,
  content: Scorable,
  { detail, deadlineMs }: { readonly detail: Detail; readonly deadlineMs?: number },
): Scored | Promise<Scored> {
  const prepared = scorer.prepare(content, model.card)
  if (prepared.status !== 'READY') return prepared
  const { input, language } = prepared
  const decide = (predictions: readonly Prediction[]): Scored => {
    if (predictions.length !== 1)
      throw new Error(`${model.card.kind}@${model.card.version} answered ${predictions.length} of 1 inputs`)
    const decision = scorer.decide(content, input, predictions[0]!, model.card)
    if (decision === null) return { status: 'UNSUPPORTED', language }
    return { status: statusOf(prepared, decision), decision, language }
  }
  const answer = model.predict([input], detail, deadlineMs)
  return answer instanceof Promise ? answer.then(decide).finally(model.hold?.()) : decide(answer)
}
