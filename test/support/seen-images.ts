import { nothingSeen } from '../../processors/images/nothing-seen.ts'
import type { SeenImage } from '../../processors/images/seen-image.ts'

/** What was seen in a picture, made up, to be varied where it matters. */
export function aSeenImage(changes: Partial<SeenImage> = {}): SeenImage {
  return { ...nothingSeen, ref: 'blob:1', sha256: '1'.repeat(64), ...changes }
}
