import { type ErrorCode, errorTable, NicrError } from '../schemas/errors.ts'
import { within } from './deadline.ts'
import { degradedAnswer, type KindAnswer } from './degraded-scores.ts'
import type { Limits } from './limits.ts'
import type { ImageRef, ImageScorer } from './ports.ts'

/** The scores of a draft's pictures, bounded in number, waiting requests and time. */
export interface ImageScoring {
  /** Kinds that score pictures. */
  readonly kinds: readonly string[]
  /**
   * One answer a kind. A kind that is too slow, has no model or cannot fetch is degraded; bugs are thrown.
   * @throws NicrError NICR_IMAGES_TOO_MANY, and NICR_IMAGE_* for a picture that cannot be used
   */
  score(images: readonly ImageRef[], kinds: readonly string[]): Promise<readonly KindAnswer[]>
}

type ImageLimits = Pick<Limits, 'imagesMax' | 'imageScoringMs' | 'imageAnswerMs' | 'imageScoresPendingMax'>

export function boundImageScoring(
  scorers: readonly ImageScorer[],
  { imagesMax, imageScoringMs, imageAnswerMs, imageScoresPendingMax }: ImageLimits,
): ImageScoring {
  let pending = 0

  async function scoreKind(scorer: ImageScorer, images: readonly ImageRef[]): Promise<KindAnswer> {
    const { kind } = scorer
    if (pending >= imageScoresPendingMax) return degradedAnswer(kind, 'NICR_RATE_LIMITED')
    pending++
    const scored = scorer.score(images, { timeoutMs: imageScoringMs })
    const done = () => void pending--
    // Counted until it is settled, not until its sender was answered: till then it takes memory and a worker.
    scored.then(done, done)
    try {
      const score = await within(imageAnswerMs, scored, () => null)
      if (score === null) return degradedAnswer(kind, 'NICR_IMAGE_TIMEOUT')
      return { ...score, code: score.status === 'DEGRADED' ? 'NICR_IMAGE_TIMEOUT' : null }
    } catch (error) {
      if (!(error instanceof NicrError) || isOfPicture(error.code)) throw error
      return degradedAnswer(kind, error.code)
    }
  }

  return {
    kinds: scorers.map(({ kind }) => kind),
    async score(images, kinds) {
      if (images.length > imagesMax)
        throw new NicrError(
          'NICR_IMAGES_TOO_MANY',
          `body/images: at most ${imagesMax} images are looked at, not ${images.length}; send several requests`,
        )
      const asked = scorers.filter(({ kind }) => kinds.includes(kind))
      return Promise.all(asked.map(scorer => scoreKind(scorer, images)))
    },
  }
}

/** Whether another picture would mend it, and waiting would not. */
function isOfPicture(code: ErrorCode): boolean {
  return code.startsWith('NICR_IMAGE') && errorTable[code].status < 500
}
