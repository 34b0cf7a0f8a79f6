import type { Decision, Model, Preparation, Scorable, Scorer } from '../../../processors/scorer.ts'

/** What became of one content: a decision, or why there is none. */
export type Scored =
  | { readonly status: 'SCORED'; readonly decision: Decision; readonly language: string | null }
  | Exclude<Preparation<unknown>, { readonly status: 'READY' }>

/**
 * Scores a batch by one model version, in order: prepares all, predicts those that are ready in one call, decides. Cutting
 * contents into other batches changes nothing. One promise a batch, whatever its size.
 */
export async function scoreBatch<Input, Prediction>(
  scorer: Scorer<Input, Prediction>,
  model: Model<Input, Prediction>,
  contents: readonly Scorable[],
): Promise<Scored[]> {
  const prepared = contents.map(content => scorer.prepare(content))
  const inputs: Input[] = []
  for (const one of prepared) if (one.status === 'READY') inputs.push(one.input)
  if (inputs.length === 0) return prepared as Scored[]
  const answer = model.predict(inputs)
  const predictions = answer instanceof Promise ? await answer : answer
  if (predictions.length !== inputs.length)
    throw new Error(
      `${model.card.kind}@${model.card.version} answered ${predictions.length} of ${inputs.length} inputs`,
    )
  let next = 0
  return prepared.map((one, i): Scored => {
    if (one.status !== 'READY') return one
    const decision = scorer.decide(contents[i]!, one.input, predictions[next++]!, model.card)
    return { status: 'SCORED', decision, language: one.language }
  })
}
