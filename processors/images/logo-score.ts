/** What is measured of a logo at a place of a picture. */
export interface LogoEvidence {
  /** Logarithm of how far the place stood out of the logo's usual correlation in this picture. */
  readonly strength: number
  /** Logarithm of the root of the number of pixels on edges of the logo. */
  readonly edges: number
  /** Correlation with brightness, that with colour, and both together, 0–1. */
  readonly brightness: number
  readonly colour: number
  readonly both: number
  /** Mean cosine of the angles between the logo's gradients of brightness and those that lie there, however long these are. */
  readonly directions: number
  /** Correlations of the two quarters of the logo that agree least. */
  readonly weakestQuarter: number
  readonly secondQuarter: number
  /** Mean gradient of the picture where the logo has none, and the logarithm of it over that on the logo's edges. */
  readonly beside: number
  readonly besideToEdges: number
  /** Mean correlation of mirrored logos there: what fits by chance fits them nearly as well. */
  readonly decoys: number
  /** Correlation of the logo with the mirrored one that is most like it. */
  readonly symmetry: number
  /** Size at which it was looked at, over the largest that is; and of the size at which the picture shows it the logarithm. */
  readonly side: number
  readonly shown: number
  /** 1 where the place was found by its colour; then also its strength and its correlations once more, else 0. */
  readonly byColour: number
  readonly strengthByColour: number
  readonly brightnessByColour: number
  readonly colourByColour: number
}

interface Weight {
  readonly mean: number
  readonly spread: number
  readonly weight: number
}

/** Spreads from the mean, beyond which evidence counts no more. */
const FARTHEST = 4
const CONSTANT = -4.312
/**
 * A logistic regression (L2, C = 0.3) on the places that were looked at closely: of 80 made logos (`bench/made-logos.ts`), each marked on a
 * plain ground and on a photo, in 1,280 pictures that bear them and 17,500 pictures × logos that do not: 178 photos, one half of the
 * public ones, and a few memes.
 */
const WEIGHTS: Readonly<Record<keyof LogoEvidence, Weight>> = {
  strength: { mean: 1.595, spread: 0.161, weight: 0.778 },
  edges: { mean: 3.126, spread: 0.231, weight: 0.952 },
  brightness: { mean: 0.244, spread: 0.119, weight: 0.724 },
  colour: { mean: 0.229, spread: 0.193, weight: -0.845 },
  both: { mean: 0.313, spread: 0.14, weight: 1.708 },
  directions: { mean: 0.315, spread: 0.158, weight: 1.295 },
  weakestQuarter: { mean: 0.152, spread: 0.171, weight: -0.186 },
  secondQuarter: { mean: 0.257, spread: 0.157, weight: -0.365 },
  beside: { mean: 0.345, spread: 0.073, weight: 1.268 },
  besideToEdges: { mean: -0.271, spread: 0.235, weight: -0.805 },
  decoys: { mean: 0.17, spread: 0.084, weight: -1.202 },
  symmetry: { mean: 0.485, spread: 0.249, weight: 0.235 },
  side: { mean: 0.9, spread: 0.172, weight: -0.607 },
  shown: { mean: 0.064, spread: 0.482, weight: 0.565 },
  byColour: { mean: 0.195, spread: 0.396, weight: -0.401 },
  strengthByColour: { mean: 0.316, spread: 0.65, weight: 1.079 },
  brightnessByColour: { mean: 0.031, spread: 0.09, weight: -0.263 },
  colourByColour: { mean: 0.083, spread: 0.19, weight: 0.363 },
}

/** Log-odds that a logo is where it was looked for, among places as the search finds them: of those one in thirteen bears it. */
export function scoreOf(evidence: LogoEvidence): number {
  let score = CONSTANT
  for (const [name, { mean, spread, weight }] of Object.entries(WEIGHTS)) {
    const off = (evidence[name as keyof LogoEvidence] - mean) / spread
    score += weight * Math.max(-FARTHEST, Math.min(FARTHEST, off))
  }
  return score
}
