import { topics } from '../../../schemas/topics.ts'
import { OMITTED_HEADER, type OutputRecord, type RawHeader } from '../records.ts'
import { compressGzip } from './compression.ts'

/** Room for what Kafka adds to a record and its batch, and for what gzip adds to bytes that it cannot shorten. */
const SPARE_BYTES = 4 * 1024
const BYTES_MAX = topics['dead-letters'].messageBytesMax - SPARE_BYTES

/**
 * The dead letter as the topic takes it. Letters go compressed, and nearly all fit. One that does not (its topic takes
 * larger records, or a better codec had made it small) leaves its value behind, which stays where its headers say it
 * lies; otherwise it would be tried for ever, and its neighbours with it.
 */
export async function fittingLetter(letter: OutputRecord): Promise<OutputRecord> {
  const parts = [
    letter.key,
    letter.value,
    ...letter.headers.flatMap(([name, value]) => [Buffer.from(name), value]),
  ]
  const bytes = parts.reduce((sum, part) => sum + (part?.length ?? 0), 0)
  if (bytes <= BYTES_MAX) return letter
  const compressed = await compressGzip(Buffer.concat(parts.filter(part => part !== null)))
  if (compressed.length <= BYTES_MAX) return letter
  const omitted: RawHeader = [OMITTED_HEADER, Buffer.from(`${letter.value?.length ?? 0} bytes`)]
  return { ...letter, value: null, headers: [...letter.headers, omitted] }
}
