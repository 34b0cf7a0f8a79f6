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
   * @param asked `credential`: who asks, so that nobody takes all the room
   * @throws NicrError NICR_IMAGES_TOO_MANY, and NICR_IMAGE_* for a picture that cannot be used
   */
  score(
    images: readonly ImageRef[],
    asked: { readonly kinds: readonly string[]; readonly credential: string },
  ): Promise<readonly KindAnswer[]>
}

type ImageLimits = Pick<
  Limits,
  | 'imagesMax'
  | 'imageScoringMs'
  | 'imageAnswerMs'
  | 'imageScoresPendingMax'
  | 'imageScoresPendingPerCredentialMax'
>

export function boundImageScoring(scorers: readonly ImageScorer[], limits: ImageLimits): ImageScoring {
  const { imagesMax, imageScoringMs, imageAnswerMs } = limits
  const room = createRoom(limits)

  async function scoreKind(
    scorer: ImageScorer,
    images: readonly ImageRef[],
    credential: string,
  ): Promise<KindAnswer> {
    const { kind } = scorer
    const leave = room.enter(credential)
    if (leave === null) return degradedAnswer(kind, 'NICR_RATE_LIMITED')
    const scored = scorer.score(images, { timeoutMs: imageScoringMs })
    // Counted until it is settled, not until its sender was answered: till then it takes memory and a worker.
    scored.then(leave, leave)
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
    async score(images, { kinds, credential }) {
      if (images.length > imagesMax)
        throw new NicrError(
          'NICR_IMAGES_TOO_MANY',
          `body/images: at most ${imagesMax} images are looked at, not ${images.length}; send several requests`,
        )
      const asked = scorers.filter(({ kind }) => kinds.includes(kind))
      return Promise.all(asked.map(scorer => scoreKind(scorer, images, credential)))
    },
  }
}

/** Counts who is in: `enter` answers how to leave, or null where there is no room. */
function createRoom({ imageScoresPendingMax, imageScoresPendingPerCredentialMax }: ImageLimits) {
  let pending = 0
  const pendingOf = new Map<string, number>()
  return {
    enter(credential: string): (() => void) | null {
      const own = pendingOf.get(credential) ?? 0
      if (pending >= imageScoresPendingMax || own >= imageScoresPendingPerCredentialMax) return null
      pending++
      pendingOf.set(credential, own + 1)
      return () => {
        pending--
        const left = pendingOf.get(credential)! - 1
        if (left === 0) pendingOf.delete(credential)
        else pendingOf.set(credential, left)
      }
    },
  }
}

/** Whether another picture would mend it, and waiting would not. */
function isOfPicture(code: ErrorCode): boolean {
  return code.startsWith('NICR_IMAGE') && errorTable[code].status < 500
}
