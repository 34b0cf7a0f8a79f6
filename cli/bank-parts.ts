import type { Logger } from 'pino'
import type { ClickHouse } from '../pipelines/clickhouse.ts'
import type { Config } from '../pipelines/config.ts'
import { imageLimits } from '../pipelines/images/decode-image.ts'
import { labelledImages } from '../pipelines/images/labelled-images.ts'
import type { Images } from '../pipelines/images/open-images.ts'
import { createPictureOpener } from '../pipelines/images/open-picture.ts'
import { createLabelStore } from '../pipelines/label-store.ts'
import { BANK_IMAGES, type BankParts } from '../pipelines/runtime/bank-step.ts'
import type { RuntimeMetrics } from '../pipelines/runtime/metrics.ts'
import { logoTemplate } from '../processors/images/logo-template.ts'

/** What of the services it takes. */
export interface BankServices {
  readonly config: Pick<Config, 'images'>
  readonly clickhouse: ClickHouse
  readonly images: Images
  readonly log: Logger
  readonly metrics: RuntimeMetrics
}

/** How this process finds and opens the pictures that people tagged. One that cannot be opened is said and counted. */
export function bankParts({
  config,
  clickhouse,
  images,
  log,
  metrics,
}: BankServices): Omit<BankParts, 'isBanked'> {
  const { bytesMax, pixelsMax } = config.images
  return {
    imagesOf: labelledImages(createLabelStore(clickhouse)),
    open: createPictureOpener({
      fetcher: images.fetcher,
      limits: { ...imageLimits, bytesMax, pixelsMax },
      template: logoTemplate,
      onFailed: ({ sha256 }, { code, message }) => {
        metrics.bank.countFailure(code)
        log.warn(
          { processor: BANK_IMAGES, code, detail: message, sha256 },
          'a tagged picture cannot be looked at; its label is passed over',
        )
      },
    }),
  }
}
