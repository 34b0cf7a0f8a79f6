import { decodeImageNet, encodeImageNet } from '../../pipelines/runtime/inference/image-onnx.ts'
import type { ImageNet } from '../../processors/images/image-net.ts'
import { NicrError } from '../../schemas/errors.ts'
import { comparePictures } from './compare-pictures.ts'
import type { ChallengerFamily } from './family.ts'
import { fitPictures } from './fit-pictures.ts'
import { judgePictures, thresholdOf } from './judge-pictures.ts'
import type { PictureHead } from './picture-head.ts'
import { readImageNet, readTeachingPictures, type TaughtPictures } from './teaching-pictures.ts'

/** The image network: its linear part takes what is learned, the rest of it stays. */
export const pictureFamily: ChallengerFamily<TaughtPictures, PictureHead> = {
  async read({ kind, parent, dataSet, seen }) {
    if (seen === undefined)
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `${kind.kind} is taught from pictures, and none were looked at`,
      )
    const champion = await readImageNet(parent)
    return {
      ...readTeachingPictures(champion, dataSet, seen),
      threshold: thresholdOf(parent.manifest.settings),
    }
  },
  fit: (rows, isTaught, onStep) => fitPictures(rows, rows.threshold, isTaught, onStep),
  compare: comparePictures,
  encode: ({ kind }, { champion }, change) => ({
    onnx: encodeImageNet(withHead(champion, change), kind.kind),
    learnedWords: [],
  }),
  gates: judged => judgePictures({ ...judged, challenger: decoded(judged.onnx) }),
  describe: (parent, dataHash) =>
    `${parent} with another linear part and offset: what people of this platform labelled, in data set \`${dataHash}\`, is added to its margin.
All else of the network, the threshold, and what is made of words, logos and near-copies are the parent's. Fitted by \`jobs/challenger/\` in one convex problem (logistic loss; L-BFGS): the
labels, the platform's pictures that keep the parent's margins, and a ridge that pulls to the parent.`,
}

/** The network that says so much more. */
function withHead(net: ImageNet, { weights, offset }: PictureHead): ImageNet {
  return {
    ...net,
    linear: net.linear.map((weight, i) => weight + weights[i]!),
    offset: net.offset + offset,
  }
}

function decoded(onnx: Uint8Array): ImageNet {
  const net = decodeImageNet(onnx)
  if (typeof net === 'string') throw new Error(`the model just made ${net}`)
  return net
}
