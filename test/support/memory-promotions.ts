import type { PromotionRecord } from '../../pipelines/promotion-history.ts'
import type { PromotionSource } from '../../pipelines/promotion-log.ts'
import type { ModelPromotion } from '../../schemas/records.ts'

/** The promotions' topic in memory. */
export class MemoryPromotions implements PromotionSource {
  private readonly records: PromotionRecord[] = []
  private accept: ((records: readonly PromotionRecord[]) => Promise<void>) | null = null

  /** Appends all at once; resolves when they were followed. */
  async append(...promotions: readonly ModelPromotion[]): Promise<void> {
    const records = promotions.map((value, index) => ({
      value,
      offset: this.records.length + index,
      appendedAt: value.at,
    }))
    this.records.push(...records)
    await this.accept?.(records)
  }

  get isFollowed(): boolean {
    return this.accept !== null
  }

  async start(accept: (records: readonly PromotionRecord[]) => Promise<void>): Promise<void> {
    await accept(this.records)
    this.accept = accept
  }

  async catchUp(): Promise<void> {
    // Whatever was appended was accepted.
  }

  async stop(): Promise<void> {
    this.accept = null
  }
}
