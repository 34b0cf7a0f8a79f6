import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { binOf } from '../processors/drift/rank-basis.ts'
import { termsOf } from '../processors/drift/term-reader.ts'
import { answerFeatures, type KindDrift } from '../processors/drift/text-drift.ts'
import type { StoredReference } from '../processors/drift/training-reference.ts'
import {
  createVocabulary,
  isWord,
  openVocabulary,
  type StoredVocabulary,
  VOCABULARY_WORDS_MAX,
} from '../processors/drift/vocabulary.ts'
import type { ModelCard } from '../processors/scorer.ts'
import { type HeadsModel, predictValue, unexplained } from '../processors/text/heads.ts'
import type { TextInput } from '../processors/text/text-input.ts'
import { TEST_FOLD } from './training-row.ts'
import { readAllRows, type TrainingFile } from './training-rows.ts'

/** Words counted at once: beyond it the rarest quarter is forgotten (as lossy counting does, Manku & Motwani 2002). */
const WORDS_COUNTED_MAX = 500_000
/** A word of a single row was hardly learned. */
const WORD_ROWS_MIN = 2

/** Of a share; more digits than so many rows can tell. */
const SHARE_STEPS = 1e6

/** Counts the words of the rows that teach. */
export class WordCounter {
  private readonly wordsMax: number
  private counts = new Map<string, number>()

  /** @param wordsMax words counted at once */
  constructor(wordsMax = WORDS_COUNTED_MAX) {
    this.wordsMax = wordsMax
  }

  add(text: string, input: TextInput): void {
    for (const term of termsOf(text, input))
      if (isWord(term)) this.counts.set(term, (this.counts.get(term) ?? 0) + 1)
    if (this.counts.size > this.wordsMax) this.forgetRarest()
  }

  private forgetRarest(): void {
    for (let rare = 1; this.counts.size > 0.75 * this.wordsMax; rare++)
      this.counts = new Map([...this.counts].filter(([, rows]) => rows > rare))
  }

  vocabulary(): StoredVocabulary {
    return createVocabulary(this.words())
  }

  /** The commonest first. Of too many words the rarest are left out, then those of the end of the alphabet. */
  words(): readonly string[] {
    const learned = [...this.counts]
      .filter(([, rows]) => rows >= WORD_ROWS_MIN)
      .sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1))
      .slice(0, VOCABULARY_WORDS_MAX)
    return learned.map(([term]) => term)
  }
}

/** What a reference is counted with. */
export interface CountingParts {
  readonly drift: KindDrift
  /** null: what the model answers is not counted, so that any value will do. */
  readonly model: HeadsModel | null
  readonly card: ModelCard
  readonly vocabulary: StoredVocabulary
}

/**
 * Counts what the kind watches over the held-out rows, as the live service would: the same scorer, decision and bins. Rows it
 * would not score are left out.
 */
export async function countReference(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  { drift, model, card, vocabulary }: CountingParts,
): Promise<StoredReference> {
  const { scorer } = kind
  const { features } = drift
  const counts = features.map(({ edges }) => new Array<number>(edges.length + 1).fill(0))
  const values = new Float64Array(features.length)
  const words = openVocabulary(vocabulary)
  if (words === null) throw new Error('the vocabulary just made cannot be opened')
  let rows = 0
  let positive = 0
  for await (const batch of readAllRows(kind, files)) {
    for (const { fold, weight, text } of batch) {
      if (fold !== TEST_FOLD || weight === 0) continue
      const prepared = scorer.prepare({ text }, card)
      if (prepared.status !== 'READY') continue
      const prediction =
        model === null ? unexplained(kind.scale.min) : predictValue(model, prepared.input as TextInput)
      const decision = scorer.decide({ text }, prepared.input, prediction, card)
      if (decision === null) continue
      drift.observe({ id: '', text }, prepared.input, decision, values, words)
      rows++
      positive += decision.value
      for (const [i, { edges }] of features.entries())
        if (Number.isFinite(values[i]!)) counts[i]![binOf(edges, values[i]!)]!++
    }
  }
  const isGraded = kind.training.objective === 'GRADED'
  return {
    rows,
    positiveShare:
      isGraded || rows === 0 || model === null
        ? null
        : Math.round((positive / rows) * SHARE_STEPS) / SHARE_STEPS,
    // What has no voice of its own is compared with nothing.
    features: features.flatMap(({ name, edges, onlyJointly = false }, i) =>
      onlyJointly || (model === null && answerFeatures.includes(name))
        ? []
        : [{ name, edges: [...edges], counts: counts[i]! }],
    ),
    vocabulary,
  }
}
