import { availableParallelism } from 'node:os'
import type { Champions } from '../pipelines/champions.ts'
import type { LookWithin } from '../pipelines/draft-image-scorer.ts'
import { imageSpam } from '../pipelines/image-spam.ts'
import { imageLimits } from '../pipelines/images/decode-image.ts'
import { followImageBank } from '../pipelines/images/image-bank.ts'
import { ImageLooker, type LookSource } from '../pipelines/images/image-looker.ts'
import type { LookAtImage } from '../pipelines/images/look-at-images.ts'
import { wordsJudge } from '../pipelines/images/read-words.ts'
import { SightPool } from '../pipelines/images/sight-pool.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { textSpam } from '../pipelines/text-spam.ts'
import { followChampions, type Services } from './services.ts'

/** How this process looks at pictures: the stream and the drafts share threads and memory of them. */
export interface ImageLooks {
  readonly look: LookAtImage
  readonly lookWithin: LookWithin
  close(): Promise<void>
}

/**
 * Threads start with the first picture. Words that are read are judged by the live text-spam model; tagged pictures and logos are followed.
 * @throws NicrError NICR_KAFKA_UNAVAILABLE where the bank cannot be read in time
 */
export async function openImageLooks(services: Services, champions: Champions): Promise<ImageLooks> {
  const { config, addresses, images, metrics, codecs, log } = services
  const { deadlineMs, bytesMax, pixelsMax } = config.images
  // Half of the machine is the text's.
  const threads = config.images.threads ?? Math.max(1, Math.floor(availableParallelism() / 2))
  const pool = new SightPool({
    threads,
    limits: { ...imageLimits, bytesMax, pixelsMax },
  })
  metrics.watchImageThreads(() => ({ most: threads, living: pool.size }))
  const looker = new ImageLooker({
    fetcher: images.fetcher,
    pool,
    words: wordsJudge(textSpam, kind => champions.of(kind)),
  })
  const bank = followImageBank({
    kafka: { ...addresses.kafka, clientId: `${addresses.kafka.clientId}-image-bank` },
    topicPrefix: config.topics.prefix,
    codecs,
    log,
    kind: imageSpam.kind,
  })
  bank.onChange(now => looker.recognise(now))
  await bank.start()
  looker.recognise(bank.current())
  const onLooked = (source: LookSource) => metrics.countLook(source)
  return {
    lookWithin: (image, { timeoutMs }) =>
      looker.look(image, { timeoutMs: Math.min(timeoutMs, deadlineMs), onLooked, isUrgent: true }),
    look: (image, posting) => looker.look(image, { timeoutMs: deadlineMs, onLooked, posting }),
    async close() {
      await bank.stop()
      await pool.close()
    },
  }
}

/** How a process that only trains looks at pictures, with the models that judge their words; null where none of the kinds reads any. */
export async function openTrainingLooks(
  services: Services,
  kinds: readonly KindDeclaration[],
): Promise<Pick<ImageLooks, 'look' | 'close'> | null> {
  const processors = kinds.filter(({ input }) => input === 'IMAGE').map(kind => kind.processorName)
  if (processors.length === 0) return null
  const champions = await followChampions(services, { processors, challengers: false })
  const { look, close } = await openImageLooks(services, champions)
  return {
    look,
    async close() {
      await close()
      await champions.close()
    },
  }
}
