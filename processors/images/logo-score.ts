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
const CONSTANT = -3.027
/**
 * A logistic regression (L2, C = 0.3) on the places that were looked at closely: of 80 made logos (`bench/made-logos.ts`), each marked on a
 * plain ground and on a photo, in 1,280 pictures that bear them and 9,600 photos × logos that do not, all of one half of the public photos.
 */
const WEIGHTS: Readonly<Record<keyof LogoEvidence, Weight>> = {
  strength: { mean: 1.606, spread: 0.199, weight: 1.561 },
  edges: { mean: 3.132, spread: 0.224, weight: 1.120 },
  brightness: { mean: 0.256, spread: 0.139, weight: 0.895 },
  colour: { mean: 0.232, spread: 0.210, weight: -0.637 },
  both: { mean: 0.326, spread: 0.163, weight: 1.820 },
  directions: { mean: 0.332, spread: 0.181, weight: 1.634 },
  weakestQuarter: { mean: 0.172, spread: 0.194, weight: -0.323 },
  secondQuarter: { mean: 0.276, spread: 0.178, weight: -0.694 },
  beside: { mean: 0.352, spread: 0.067, weight: 1.170 },
  besideToEdges: { mean: -0.251, spread: 0.216, weight: -1.063 },
  decoys: { mean: 0.171, spread: 0.086, weight: -1.126 },
  symmetry: { mean: 0.493, spread: 0.250, weight: 0.202 },
  side: { mean: 0.905, spread: 0.170, weight: -0.907 },
  shown: { mean: 0.055, spread: 0.474, weight: 0.736 },
  byColour: { mean: 0.216, spread: 0.411, weight: 0.882 },
  strengthByColour: { mean: 0.357, spread: 0.693, weight: -0.808 },
  brightnessByColour: { mean: 0.040, spread: 0.111, weight: 0.040 },
  colourByColour: { mean: 0.097, spread: 0.212, weight: 0.485 },
}

/** Log-odds that a logo is where it was looked for, among places as the search finds them: of those about one in eight bears it. */
export function scoreOf(evidence: LogoEvidence): number {
  let score = CONSTANT
  for (const [name, { mean, spread, weight }] of Object.entries(WEIGHTS)) {
    const off = (evidence[name as keyof LogoEvidence] - mean) / spread
    score += weight * Math.max(-FARTHEST, Math.min(FARTHEST, off))
  }
  return score
}
