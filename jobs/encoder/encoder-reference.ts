import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { type EncodedReference, encodeReference, readReference } from '../../pipelines/training-reference.ts'
import {
  createVocabulary,
  type StoredVocabulary,
  VOCABULARY_WORDS_MAX,
  withWords,
} from '../../processors/drift/vocabulary.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { countReference, WordCounter } from '../count-reference.ts'
import { TEST_FOLD } from '../training-row.ts'
import { readAllRows, type TrainingFile } from '../training-rows.ts'

/**
 * What a version of an encoder was made with, as drift compares with it: how its held-out rows look, and its words, those of the
 * n-grams beside it among them. What it answers to them is left out: the network ran over a part of them only.
 * @param languages that it reads; null: those of the kind
 * @param ngrams whose vocabulary counts as known; null: none
 */
export async function encoderReference(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  ngrams: ModelFolder | null,
  languages: readonly string[] | null,
): Promise<EncodedReference | null> {
  const { drift } = kind
  if (drift === undefined || files.length === 0) return null
  const counter = new WordCounter()
  const readFeatures = createFeatureReader()
  for await (const rows of readAllRows(kind, files))
    for (const { text, fold, weight } of rows)
      if (fold !== TEST_FOLD && weight > 0) counter.add(text, readFeatures(text))
  const vocabulary = await grown(ngrams, counter.words())
  const card = { kind: kind.kind, version: '', settings: {}, ...(languages !== null && { languages }) }
  return encodeReference(await countReference(kind, files, { drift, model: null, card, vocabulary }))
}

async function grown(ngrams: ModelFolder | null, words: readonly string[]): Promise<StoredVocabulary> {
  const beside = ngrams && (await readReference(ngrams))
  if (beside === null) return createVocabulary(words)
  const { reference, vocabulary } = beside
  const unknown = words.filter(word => !vocabulary.has(word))
  const room = Math.max(0, VOCABULARY_WORDS_MAX - reference.vocabulary.words)
  return withWords(reference.vocabulary, unknown.slice(0, room))
}
