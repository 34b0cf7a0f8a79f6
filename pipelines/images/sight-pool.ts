import type { LineMarks } from '../../processors/images/line-marks.ts'
import type { LogoEntry } from '../../processors/images/logo-template.ts'
import type { PictureSignature } from '../../processors/images/picture-signature.ts'
import type { LogoMatch } from '../../processors/images/seen-image.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { ImageLimits } from './decode-image.ts'
import type { SeenFacts } from './sight-messages.ts'
import { SightThread } from './sight-thread.ts'
import { WaitingLine } from './waiting-line.ts'

/** A thread is replaced after so many pictures: what native parts leak goes with it. */
const PICTURES_A_THREAD = 2_000
/** Pictures that wait for a thread; more are turned away. */
const WAITING_MAX = 512
/** For opening a picture, ms: it is bounded by the limits of decoding. */
const OPEN_MS = 30_000
/** For comparing a picture, or searching it for logos, ms: both are bounded by their own budgets. */
const SEARCH_MS = 10_000

export interface PoolSettings {
  readonly threads: number
  readonly limits: ImageLimits
}

/** What a file whose picture is open may be asked. */
export interface OpenPicture {
  readonly signature: PictureSignature | null
  see(timeoutMs: number): Promise<SeenFacts>
  /** Whether it shows the letters of a picture that looks the same. */
  showsLines(marks: LineMarks): Promise<boolean>
  search(): Promise<readonly LogoMatch[]>
}

/** Threads that see pictures, started when first needed; a fixed number, first come, first served. */
export class SightPool {
  private readonly settings: PoolSettings
  private readonly idle: SightThread[] = []
  private readonly threads = new Set<SightThread>()
  private readonly waiting = new WaitingLine<(thread: SightThread) => void>()
  private logos: readonly LogoEntry[] = []

  constructor(settings: PoolSettings) {
    this.settings = settings
  }

  /** Logos that are searched for from the next picture on. */
  setLogos(logos: readonly LogoEntry[]): void {
    this.logos = logos
    for (const thread of this.threads) thread.tell({ type: 'LOGOS', logos })
  }

  /**
   * Opens a file in a thread of its own while `use` runs.
   * @param isUrgent whether it goes before those that wait
   * @throws NicrError NICR_IMAGE_* of decoding and seeing; NICR_IMAGE_TIMEOUT where too many wait
   */
  async withOpen<T>(
    file: { readonly bytes: Uint8Array; readonly sha256: string },
    use: (picture: OpenPicture) => Promise<T>,
    isUrgent = false,
  ): Promise<T> {
    const thread = await this.take(isUrgent)
    try {
      thread.opened++
      const opened = await thread.ask({ type: 'OPEN', ...file }, OPEN_MS)
      if (opened.type !== 'OPENED') throw new Error(`a thread answered ${opened.type} to OPEN`)
      return await use({
        signature: opened.signature,
        async see(timeoutMs) {
          const seen = await thread.ask({ type: 'SEE', timeoutMs }, timeoutMs)
          if (seen.type !== 'SEEN') throw new Error(`a thread answered ${seen.type} to SEE`)
          return { facts: seen.facts, marks: seen.marks }
        },
        async showsLines(marks) {
          const compared = await thread.ask({ type: 'COMPARE', marks }, SEARCH_MS)
          if (compared.type !== 'COMPARED') throw new Error(`a thread answered ${compared.type} to COMPARE`)
          return compared.isSame
        },
        async search() {
          const searched = await thread.ask({ type: 'SEARCH' }, SEARCH_MS)
          if (searched.type !== 'SEARCHED') throw new Error(`a thread answered ${searched.type} to SEARCH`)
          return searched.logos
        },
      })
    } finally {
      this.giveBack(thread)
    }
  }

  /** Threads that live. */
  get size(): number {
    return this.threads.size
  }

  async close(): Promise<void> {
    await Promise.all([...this.threads].map(thread => thread.close()))
  }

  private async take(isUrgent: boolean): Promise<SightThread> {
    const idle = this.idle.pop()
    if (idle !== undefined) return idle
    if (this.threads.size < this.settings.threads) return this.start()
    if (this.waiting.length >= WAITING_MAX)
      throw new NicrError('NICR_IMAGE_TIMEOUT', `${WAITING_MAX} images wait to be looked at already`)
    return new Promise(resolve => this.waiting.add(resolve, isUrgent))
  }

  private start(): SightThread {
    const thread: SightThread = new SightThread(this.settings.limits, this.logos, () => this.forget(thread))
    this.threads.add(thread)
    return thread
  }

  /** A thread that ended while it was idle is given to no picture. */
  private forget(thread: SightThread): void {
    this.threads.delete(thread)
    const place = this.idle.indexOf(thread)
    if (place >= 0) this.idle.splice(place, 1)
  }

  private giveBack(thread: SightThread): void {
    let next = thread
    if (thread.isDone || thread.opened >= PICTURES_A_THREAD) {
      this.forget(thread)
      void thread.close()
      if (this.waiting.length === 0) return
      next = this.start()
    } else thread.tell({ type: 'DROP' })
    const waiting = this.waiting.next()
    if (waiting === undefined) this.idle.push(next)
    else waiting(next)
  }
}
