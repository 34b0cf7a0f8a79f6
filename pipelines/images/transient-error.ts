import { isUnavailable, NicrError } from '../../schemas/errors.ts'

/** A failure to fetch an image that another try may mend. */
export class TransientImageError extends NicrError {}

/** Whether the same reference may lead to its image later: a host or store was away or slow. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof TransientImageError ||
    isUnavailable(error) ||
    (error instanceof NicrError && error.code === 'NICR_IMAGE_TIMEOUT')
  )
}
