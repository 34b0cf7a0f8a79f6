import type { ModelFolder } from '../../pipelines/model-registry.ts'
import { readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { encodeHeadsModel } from '../../pipelines/runtime/inference/heads-onnx.ts'
import { readReference } from '../../pipelines/training-reference.ts'
import type { HeadsModel } from '../../processors/text/heads.ts'
import { compareTexts } from './compare-texts.ts'
import type { ChallengerFamily, Taught } from './family.ts'
import { judgeTexts } from './judge-texts.ts'
import { type HeadPriors, headPriors, type LearnedHead, learnHead } from './learn-head.ts'
import { type MatchingLoss, matchingLoss } from './matching-loss.ts'
import { withPlatformHead } from './platform-head.ts'
import { readOwnTexts, readTeachingRows, type TeachingRows, withWriters } from './teaching-rows.ts'

/** Texts to teach, with the champion that they are added to. */
export interface TeachingTexts extends TeachingRows, Taught {
  readonly champion: HeadsModel
  readonly loss: MatchingLoss
  readonly priors: HeadPriors
}

/** Hashed words and n-grams under heads: a head of the platform's own is added to the champion's margin. */
export const textFamily: ChallengerFamily<TeachingTexts, LearnedHead> = {
  async read({ kind, parent, dataSet }, { authorsOf }) {
    const champion = await readHeadsModel(parent)
    const priors = headPriors[kind.training.objective]
    const read = readTeachingRows(kind, champion, dataSet, {
      vocabulary: await vocabularyOf(parent),
      priors,
      ownTexts: await readOwnTexts(),
    })
    const rows = authorsOf === undefined ? read : await withWriters(read, authorsOf)
    const { weights } = rows.heads.labelled
    return { ...rows, weights, champion, priors, loss: matchingLoss(champion.link, kind.scale) }
  },
  fit({ heads, labelled, loss, priors }, isTaught = () => true, onStep) {
    return learnHead(heads, loss, priors, row => isTaught(labelled[row]!), onStep)
  },
  compare: compareTexts,
  encode: ({ kind }, { champion }, { change, free }) => ({
    onnx: encodeHeadsModel(withPlatformHead(champion, change), kind.kind),
    learnedWords: [...free].filter(term => !term.includes(' ')),
  }),
  gates: judgeTexts,
  describe: (parent, dataHash) =>
    `${parent} with one more head, \`platform\`, whose margin is added to that of the others: what people of this platform labelled, in data set \`${dataHash}\`.
All other heads, the link and the threshold are the parent's. Fitted by \`jobs/challenger/\` in one convex problem (matching loss; L-BFGS): the labels, the platform's content and rows
written for Nicr that keep the parent's margins, and a ridge that holds known words firmly and new ones loosely.`,
}

async function vocabularyOf(parent: ModelFolder) {
  return (await readReference(parent))?.vocabulary ?? null
}
