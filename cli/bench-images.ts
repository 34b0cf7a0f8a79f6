import { publicSetsDir } from '../bench/comments.ts'
import { benchCopies, type CopyBenchResult, readGroupedPictures } from '../bench/images-copies.ts'
import { benchFlood, type FloodBenchResult } from '../bench/images-flood.ts'
import { benchReading, type ReadingBenchResult } from '../bench/images-reading.ts'
import { benchLogos, type LogoBenchResult, readPhotos } from '../bench/images-recognition.ts'
import { benchSight, type SightBenchResult } from '../bench/images-sight.ts'
import { copyTable, floodTable } from './bench-image-tables.ts'
import { logoTable, readingTable, sightTable } from './bench-tables.ts'

/** What `nicr bench images` measures; all unless one is asked for. */
export const imageParts = ['reading', 'sight', 'copies', 'logos', 'flood'] as const
export type ImagePart = (typeof imageParts)[number]

export interface ImagesBenchResult {
  readonly reading?: ReadingBenchResult
  readonly sight?: SightBenchResult
  readonly copies?: CopyBenchResult
  /** null: the photos are not there. */
  readonly logos?: LogoBenchResult | null
  readonly flood?: FloodBenchResult
}

interface ImagesBenchOptions {
  readonly part?: ImagePart
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

const PICTURES = 80
/** Half of them in the bank: sixty, and as many more. */
const COPY_PICTURES = 120
const FLOOD_ROUNDS = 2

/** Seeing, then knowing again, then the flood, whose parts would cost the others their speeds. */
export async function benchImages({ part, ...common }: ImagesBenchOptions): Promise<ImagesBenchResult> {
  const isWanted = (one: ImagePart) => part === undefined || part === one
  const dataDir = publicSetsDir()
  return {
    ...(isWanted('reading') && { reading: await benchReading({ pictures: PICTURES, ...common }) }),
    ...(isWanted('sight') && { sight: await benchSight({ pictures: PICTURES, ...common }) }),
    ...(isWanted('copies') && {
      copies: await benchCopies({ pictures: await readGroupedPictures(dataDir, COPY_PICTURES), ...common }),
    }),
    ...(isWanted('logos') && { logos: await runLogos(dataDir, common) }),
    ...(isWanted('flood') && { flood: await benchFlood({ rounds: FLOOD_ROUNDS, ...common }) }),
  }
}

async function runLogos(
  dataDir: string,
  common: Pick<ImagesBenchOptions, 'signal' | 'report'>,
): Promise<LogoBenchResult | null> {
  const photos = readPhotos(dataDir, 2 * PICTURES)
  if (photos.length === 0) return null
  return benchLogos({ photos, set: 'judge', markedOn: 'plain', pictures: PICTURES, ...common })
}

export function imagesTables({ reading, sight, copies, logos, flood }: ImagesBenchResult): string {
  return [
    ...(reading === undefined ? [] : [readingTable(reading)]),
    ...(sight === undefined ? [] : [sightTable(sight)]),
    ...(copies === undefined ? [] : [copyTable(copies)]),
    ...(logos === undefined ? [] : [logoTable(logos)]),
    ...(flood === undefined ? [] : [floodTable(flood)]),
  ].join('\n')
}
