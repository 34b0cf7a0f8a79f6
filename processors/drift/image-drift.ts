import { imageFeatureNames } from '../images/image-features.ts'
import type { ImageInput } from '../images/image-scorer.ts'
import type { SeenImage } from '../images/seen-image.ts'
import type { Decision } from '../scorer.ts'
import {
  drawnClassSlice,
  evenEdges,
  geometricEdges,
  probabilityEdges,
  shareEdges,
  type WatchedFeature,
} from './declared-features.ts'
import { contentSlices, type KindDrift } from './text-drift.ts'

/** What is watched of pictures besides their score: how they look, what is written in them, what was recognised. */

interface PictureFeature extends WatchedFeature {
  readonly read: (seen: SeenImage) => number
}

/** A statistic of `imageFeatures`, under a name for people. */
function statistic(name: string, of: string, description: string, edges: Float64Array): PictureFeature {
  const place = imageFeatureNames.indexOf(of)
  if (place === -1) throw new Error(`there is no image feature ${of}`)
  return { name, description, edges, read: ({ features }) => features[place]! }
}

const fraction = () => evenEdges(0, 1, 20)
/** Root shares of one pattern among hundreds. */
const fine = () => evenEdges(0, 0.5, 20)

/** The first names the layout: `line-settings.ts` goes by it. */
export const FIRST_PICTURE_FEATURE = 'brightness'

const pictureFeatures: readonly PictureFeature[] = [
  statistic(FIRST_PICTURE_FEATURE, 'luma.mean', 'Mean brightness, 0 to 1.', fraction()),
  statistic('contrast', 'luma.deviation', 'Standard deviation of the brightness.', evenEdges(0, 0.5, 20)),
  statistic('saturation', 'saturation.mean', 'Mean saturation of the colours, 0 to 1.', fraction()),
  statistic('blacks', 'darkest.below0.02', 'The darkest 2 % of the pixels: blending lifts them.', fraction()),
  statistic(
    'darks',
    'lightest.below0.02',
    'The darkest 2 %, by the strongest of the three colours.',
    fraction(),
  ),
  statistic('whites', 'lightest.below0.98', 'The lightest 2 % of the pixels.', fraction()),
  statistic(
    'shades',
    'palette.size',
    'How many shades there are, as a share of the possible, on a scale of powers.',
    fraction(),
  ),
  statistic(
    'flatColours',
    'palette.top4',
    'Share of the four commonest shades: drawn pictures have few.',
    fraction(),
  ),
  statistic('smoothness', 'luma.order2.step3.0,0,0', 'Share of places without any fine texture.', fraction()),
  statistic(
    'coarseSmoothness',
    'luma.order2.step8.0,0,0',
    'Share of places without coarse texture.',
    fraction(),
  ),
  statistic('faintEdges', 'strength.4', 'Share of edges that are faint.', fine()),
  statistic('middlingEdges', 'strength.5', 'Share of edges of middling strength.', fine()),
  statistic('strongEdges', 'strength.8', 'Share of edges that are strong: pasted letters have them.', fine()),
  statistic('edgeSpread', 'edges.spread', 'How evenly edges lie over the picture.', fraction()),
  statistic('textArea', 'text.mean', 'Root of the share of the picture that looks like text.', shareEdges()),
  statistic(
    'textBands',
    'text.rows',
    'Bands of text one below the other, on a scale of powers.',
    evenEdges(0, 5, 20),
  ),
  statistic('textLikeness', 'text.max', 'How much the likeliest place looks like text.', fraction()),
  {
    name: 'wordsRead',
    description: 'Words that were read in it.',
    edges: geometricEdges(1, 1.6, 14),
    read: ({ reading }) => wordsOf(reading.text).length,
  },
  {
    name: 'wordsSpam',
    description: 'What the text-spam model says of the words read; none where nothing was.',
    edges: probabilityEdges(),
    read: ({ words }) => words?.probability ?? Number.NaN,
  },
  {
    name: 'recognised',
    description: 'How surely a marked logo or a near-copy of a tagged picture was found, 0 to 1.',
    edges: shareEdges(),
    read: ({ logos, copyOf }) =>
      Math.max(0, copyOf?.similarity ?? 0, ...logos.map(({ confidence }) => confidence)),
  },
]

export interface ImageDriftRule {
  readonly labels: readonly string[]
  /** How far a decision is from being another, from 0, sure, to 1. */
  readonly doubt: (decision: Decision) => number
}

/** How the first picture looks and what was seen in it, what the content scored and how sure that was, and the words read in all its pictures. */
export function imageDrift({ labels, doubt }: ImageDriftRule): KindDrift<ImageInput> {
  const first = pictureFeatures.length
  return {
    features: [
      ...pictureFeatures,
      { name: 'score', description: 'The value on the kind’s scale.', edges: probabilityEdges() },
      { name: 'doubt', description: 'How near the decision was to another, 0 to 1.', edges: shareEdges() },
      {
        name: 'label',
        description: `Which of ${labels.join(', ')}: its place.`,
        edges: Float64Array.from(labels.slice(1), (_, i) => i + 0.5),
      },
    ],
    slices: [...contentSlices, drawnClassSlice(labels.at(-1)!)],
    observe(_content, { images }, decision, into) {
      const seen = images[0]!
      for (let i = 0; i < first; i++) into[i] = pictureFeatures[i]!.read(seen)
      into[first] = decision.value
      into[first + 1] = doubt(decision)
      into[first + 2] = labels.indexOf(decision.label)
      return new Set(images.flatMap(({ reading }) => wordsOf(reading.text)))
    },
  }
}

/** Words that one content can add; a page of them says no more. */
const WORDS_MAX = 200

function wordsOf(text: string): readonly string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}$€£%]{2,}/gu) ?? []).slice(0, WORDS_MAX)
}
