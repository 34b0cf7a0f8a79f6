import { committedModelsDir } from '../../pipelines/model-registry.ts'
import { PLATFORM_FILE, readEncoderFiles } from '../../pipelines/runtime/inference/encoder/encoder-files.ts'
import { cardOfEncoder } from '../../pipelines/runtime/inference/encoder/encoder-model.ts'
import { encodeHeadsModel } from '../../pipelines/runtime/inference/heads-onnx.ts'
import { emptyPlatform, PLATFORM_HEAD } from '../../processors/text/added-tone.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { type HeadsModel, marginOfText } from '../../processors/text/heads.ts'
import type { TextInput } from '../../processors/text/text-input.ts'
import type { DataSetRow } from '../data-set/data-set.ts'
import { suitesOf } from '../suites.ts'
import { compareTexts } from './compare-texts.ts'
import type { ChallengerFamily } from './family.ts'
import { judgeTexts } from './judge-texts.ts'
import type { LearnedHead } from './learn-head.ts'
import type { LearningText } from './learning-rows.ts'
import { matchingLoss } from './matching-loss.ts'
import { readNetworkMargins } from './network-margins.ts'
import { withPlatformHead } from './platform-head.ts'
import { readOwnTexts, sample } from './teaching-rows.ts'
import type { TeachingTexts } from './teaching-texts.ts'
import { fitTexts, headsIn, readTaught, wordsOf } from './text-family.ts'
import { valuesOfMargins } from './text-values.ts'

/** Texts that hold the challenger in place: the network runs over each of them, at a hundredth of the n-grams' pace. */
const REPLAY_ROWS_MAX = 4000
const OWN_TEXTS_MAX = 2000

/** Those of an encoder, with what the platform taught it before. */
export interface TeachingEncoder extends TeachingTexts {
  readonly platform: HeadsModel
}

/**
 * An encoder: its network, tokeniser, head and n-grams stay, and what the platform taught is a head over hashed features whose margin
 * is added to the encoder's. The network runs once over all texts, and everything after is arithmetic.
 */
export const encoderFamily: ChallengerFamily<TeachingEncoder, LearnedHead> = {
  async read({ kind, parent, dataSet, suitesDir = committedModelsDir }, options) {
    const files = await readEncoderFiles(parent)
    const of = (role: DataSetRow['role']) => dataSet.rows.filter(row => row.role === role)
    const rows = [...of('LABEL'), ...of('WEAK'), ...sample(of('REPLAY'), REPLAY_ROWS_MAX)]
    const ownTexts = sample(await readOwnTexts(), OWN_TEXTS_MAX)
    const suites = await suitesOf(kind.kind, suitesDir)
    const card = cardOfEncoder(parent.manifest, files.settings)
    const readFeatures = createFeatureReader()
    const texts = [...ownTexts, ...suites.flatMap(suite => suite.texts)].map(text => ({ text }))
    const inputs = [...rows, ...texts].map((one: LearningText) => {
      const prepared = kind.scorer.prepare(one, card)
      return prepared.status === 'READY' ? (prepared.input as TextInput) : readFeatures(one.text)
    })
    const { marginOf, msOfText } = await readNetworkMargins(parent, files, inputs)
    const taught = await readTaught({ kind, parent, ownTexts, marginOf, card }, { ...dataSet, rows }, options)
    const { link } = files.head
    const platform = files.platform ?? emptyPlatform()
    const champion = valuesOfMargins(card, link, marginOf, null)
    return {
      ...taught,
      platform,
      loss: matchingLoss(link, kind.scale),
      champion,
      challengerOf(onnx) {
        const taughtNow = headsIn(onnx)
        return valuesOfMargins(
          card,
          link,
          marginOf,
          input => marginOfText(taughtNow, input) - marginOfText(platform, input),
        )
      },
      networkMsOfText: msOfText,
    }
  },
  fit: fitTexts,
  compare: compareTexts,
  encode: (_, { platform }, learned) => ({
    onnx: encodeHeadsModel(withPlatformHead(platform, learned.change), PLATFORM_HEAD),
    beside: PLATFORM_FILE,
    learnedWords: wordsOf(learned),
  }),
  gates: judgeTexts,
  describe: (parent, dataHash) =>
    `The encoder ${parent} with \`${PLATFORM_FILE}\`, whose margin is added to its own and to that of the n-grams that stand in for it: what people of this platform labelled, in data set \`${dataHash}\`.
Network, tokeniser, head, n-grams and threshold are the parent's. Fitted by \`jobs/challenger/\` in one convex problem (matching loss; L-BFGS) over hashed words and n-grams: the labels, the platform's content and rows
written for Nicr that keep the parent's margins, and a ridge that holds known words firmly and new ones loosely.`,
}
