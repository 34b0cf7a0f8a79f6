import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { cardOf, readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { decodeHeadsModel, encodeHeadsModel } from '../../pipelines/runtime/inference/heads-onnx.ts'
import { readReference } from '../../pipelines/training-reference.ts'
import { type HeadsModel, marginOfText } from '../../processors/text/heads.ts'
import type { TextInput } from '../../processors/text/text-input.ts'
import type { DataSet, DataSetRow } from '../data-set/data-set.ts'
import type { ChallengerOptions } from './challenger.ts'
import { compareTexts } from './compare-texts.ts'
import type { ChallengerFamily } from './family.ts'
import { judgeTexts } from './judge-texts.ts'
import { headPriors, type LearnedHead, learnHead } from './learn-head.ts'
import type { ReadChampion } from './learning-rows.ts'
import { matchingLoss } from './matching-loss.ts'
import { withPlatformHead } from './platform-head.ts'
import { readOwnTexts, readTeachingRows, type TeachingRows, withWriters } from './teaching-rows.ts'
import type { TeachingTexts } from './teaching-texts.ts'
import { valuesOfHeads } from './text-values.ts'

/** Those of n-grams, with the model that they are added to. */
export interface TeachingHeads extends TeachingTexts {
  readonly model: HeadsModel
}

/** Hashed words and n-grams under heads: a head of the platform's own is added to the champion's margin. */
export const textFamily: ChallengerFamily<TeachingHeads, LearnedHead> = {
  async read({ kind, parent, dataSet }, options) {
    const model = await readHeadsModel(parent)
    const card = cardOf(parent)
    const marginOf = (input: TextInput) => marginOfText(model, input)
    const taught = await readTaught(
      { kind, parent, ownTexts: await readOwnTexts(), marginOf, card },
      dataSet,
      options,
    )
    return {
      ...taught,
      model,
      loss: matchingLoss(model.link, kind.scale),
      champion: valuesOfHeads(card, model),
      challengerOf: onnx => valuesOfHeads(card, headsIn(onnx)),
      networkMsOfText: 0,
    }
  },
  fit: fitTexts,
  compare: compareTexts,
  encode: ({ kind }, { model }, learned) => ({
    onnx: encodeHeadsModel(withPlatformHead(model, learned.change), kind.kind),
    learnedWords: wordsOf(learned),
  }),
  gates: judgeTexts,
  describe: (parent, dataHash) =>
    `${parent} with one more head, \`platform\`, whose margin is added to that of the others: what people of this platform labelled, in data set \`${dataHash}\`.
All other heads, the link and the threshold are the parent's. Fitted by \`jobs/challenger/\` in one convex problem (matching loss; L-BFGS): the labels, the platform's content and rows
written for Nicr that keep the parent's margins, and a ridge that holds known words firmly and new ones loosely.`,
}

interface TaughtParts extends ReadChampion {
  readonly kind: KindDeclaration
  readonly parent: ModelFolder
  readonly ownTexts: readonly string[]
}

/** A data set as rows of hashed features beside the champion's margins: the same for all that a platform's head is added to. */
export async function readTaught(
  { kind, parent, ownTexts, ...champion }: TaughtParts,
  dataSet: Pick<DataSet, 'rows' | 'newTerms'>,
  { authorsOf }: Pick<ChallengerOptions, 'authorsOf'>,
): Promise<Pick<TeachingTexts, keyof TeachingRows | 'weights' | 'priors'>> {
  const priors = headPriors[kind.training.objective]
  const vocabulary = (await readReference(parent))?.vocabulary ?? null
  const read = readTeachingRows(kind, champion, dataSet, { vocabulary, priors, ownTexts })
  const rows = authorsOf === undefined ? read : await withWriters(read, authorsOf)
  return { ...rows, weights: rows.heads.labelled.weights, priors }
}

export function fitTexts(
  { heads, labelled, loss, priors }: TeachingTexts,
  isTaught: (row: DataSetRow) => boolean = () => true,
  onStep?: () => void,
): LearnedHead {
  return learnHead(heads, loss, priors, row => isTaught(labelled[row]!), onStep)
}

/** Words, not pairs, that took on a meaning. */
export function wordsOf({ free }: LearnedHead): string[] {
  return [...free].filter(term => !term.includes(' '))
}

/** The model in bytes that were just made. */
export function headsIn(onnx: Uint8Array): HeadsModel {
  const model = decodeHeadsModel(onnx)
  if (typeof model === 'string') throw new Error(`the model just made ${model}`)
  return model
}
