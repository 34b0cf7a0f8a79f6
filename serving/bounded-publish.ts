import { NicrError } from '../schemas/errors.ts'
import { within } from './deadline.ts'
import type { Limits } from './limits.ts'
import type { Publish } from './ports.ts'

/**
 * Publishing that answers within `publishMs`, whatever the broker and the registry do, and lets no more than
 * `publishesPendingMax` records wait for them: a broker that is away fills no memory.
 * @throws NicrError NICR_KAFKA_UNAVAILABLE; the record may have been written all the same
 */
export function boundPublish(
  publish: Publish,
  { publishMs, publishesPendingMax }: Pick<Limits, 'publishMs' | 'publishesPendingMax'>,
): Publish {
  let pending = 0
  return async (topic, key, record, parent) => {
    if (pending >= publishesPendingMax)
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `${pending} records wait for the broker already; try again in a few seconds`,
      )
    pending++
    const published = publish(topic, key, record, parent)
    const done = () => void pending--
    // Counted until it is settled, not until its sender was answered: till then it takes memory.
    published.then(done, done)
    return within(publishMs, published, () => {
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `the broker did not acknowledge the record within ${publishMs} ms; it may have been written all the same, so try again with the same id or Idempotency-Key`,
      )
    })
  }
}
