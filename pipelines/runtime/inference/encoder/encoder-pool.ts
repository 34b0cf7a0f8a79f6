import { NicrError } from '../../../../schemas/errors.ts'
import { EncoderEnded, EncoderProcess } from './encoder-process.ts'
import type { SessionSettings } from './encoder-session.ts'
import { type PoolState, type RunFailure, type RunTally, runFailures, unwatched } from './encoder-watch.ts'
import { RunPace } from './run-pace.ts'

/** Texts of one run, and UTF-16 units of them: more gains nothing, and whoever comes next waits for all of it. */
const TEXTS_A_RUN = 16
const UNITS_A_RUN = 8192
/** Texts that wait; more are turned away. */
const WAITING_MAX = 20_000
/** A run whose process ended is given to another so many times: then it may be the texts that end it. */
const TRIES_MAX = 2
/** Of the time until a draft’s deadline, how much those before it may take: runs end when all of their texts are done. */
const TIME_SHARE_MAX = 0.7

/**
 * Lines in the order in which they are served: what drafts wait for, the reasons they get if there is time, the stream. Reasons
 * cost several runs a text; were they before the next draft's value, all drafts would be late.
 */
const lineNames = ['DRAFTS', 'REASONS', 'STREAM'] as const

export interface EncodeWish {
  /** STREAM unless given. */
  readonly line?: (typeof lineNames)[number]
  /** After it nobody waits any more (by `performance.now`), and what has not begun is not run. */
  readonly until?: number
}

/** A part of a wish that is run at once. */
interface Piece {
  readonly texts: readonly string[]
  readonly units: number
  readonly until: number
  readonly done: (rows: Float32Array, width: number) => void
  readonly fail: (error: unknown) => void
  tries: number
}

/** Rows of numbers, one a text: `[text][width]`. */
export interface Encoded {
  readonly rows: Float32Array
  readonly width: number
}

/**
 * Runs an encoder in processes of their own. Who waits longest is served next, drafts before the stream, and small wishes are
 * run together: a run of sixteen texts costs less than sixteen runs, and nobody starves.
 */
export class EncoderPool {
  private readonly settings: SessionSettings
  private readonly size: number
  private readonly tally: RunTally
  private readonly lines = lineNames.map((): Piece[] => [])
  private readonly idle: EncoderProcess[] = []
  private readonly processes = new Set<EncoderProcess>()
  private waiting = 0
  private busy = 0
  private readonly pace = new RunPace()
  private starting = 0
  private isClosed = false

  /**
   * @param size processes at most, each with the model in its memory
   * @param tally told of runs; nobody is unless given
   */
  constructor(settings: SessionSettings, size: number, tally: RunTally = unwatched) {
    this.settings = settings
    this.size = size
    this.tally = tally
  }

  get state(): PoolState {
    const [drafts, reasons, stream] = this.lines.map(line =>
      line.reduce((sum, { texts }) => sum + texts.length, 0),
    )
    return {
      processes: this.processes.size,
      busy: this.busy,
      waiting: { drafts: drafts!, reasons: reasons!, stream: stream! },
    }
  }

  /** Starts the first process. @throws NicrError NICR_MODEL_INVALID */
  async open(): Promise<void> {
    this.idle.push(await this.start())
  }

  /**
   * Rows of numbers, one a text, in order.
   * @throws NicrError NICR_MODEL_BUSY (too many wait, or it cannot be done by `until`), NICR_MODEL_FAILED, NICR_MODEL_INVALID
   */
  async encode(texts: readonly string[], wish: EncodeWish = {}): Promise<Encoded> {
    if (texts.length === 0) return { rows: new Float32Array(0), width: 0 }
    if (this.waiting + texts.length > WAITING_MAX) {
      this.tally.failed('NICR_MODEL_BUSY')
      throw new NicrError('NICR_MODEL_BUSY', `${this.waiting} texts wait for the encoder already`)
    }
    if (wish.until !== undefined && this.isHopeless(texts.length, wish)) throw tooLate()
    // Texts of a like length together: little is filled up.
    const order = texts.map((_, i) => i).sort((a, b) => texts[a]!.length - texts[b]!.length)
    const pieces: Promise<{ readonly places: readonly number[]; readonly encoded: Encoded }>[] = []
    for (let from = 0; from < order.length; from += TEXTS_A_RUN) {
      const places = order.slice(from, from + TEXTS_A_RUN)
      const piece = this.enqueue(
        places.map(place => texts[place]!),
        wish,
      )
      pieces.push(piece.then(encoded => ({ places, encoded })))
    }
    const done = await Promise.all(pieces)
    const { width } = done[0]!.encoded
    const rows = new Float32Array(texts.length * width)
    for (const { places, encoded } of done)
      for (const [i, place] of places.entries())
        rows.set(encoded.rows.subarray(i * width, (i + 1) * width), place * width)
    return { rows, width }
  }

  /** Ends all processes; what waits is refused. */
  async close(): Promise<void> {
    this.isClosed = true
    this.refuseAll(new EncoderEnded('the encoder was closed'))
    await Promise.all([...this.processes].map(process => process.close()))
  }

  private enqueue(
    texts: readonly string[],
    { line = 'STREAM', until = Number.POSITIVE_INFINITY }: EncodeWish,
  ): Promise<Encoded> {
    this.waiting += texts.length
    const units = texts.reduce((sum, text) => sum + text.length, 0)
    return new Promise<Encoded>((resolve, reject) => {
      const done = (rows: Float32Array, width: number) => resolve({ rows, width })
      this.lines[lineNames.indexOf(line)]!.push({ texts, units, until, done, fail: reject, tries: 0 })
      this.serve()
    }).finally(() => {
      this.waiting -= texts.length
    })
  }

  /** Gives work to whoever is idle; starts a process where all are busy and there may be more. */
  private serve(): void {
    while (this.idle.length > 0) {
      const pieces = this.takePieces()
      if (pieces.length === 0) return
      void this.run(this.idle.pop()!, pieces)
    }
    const isWanting = this.lines.some(({ length }) => length > 0) && !this.isClosed
    if (isWanting && this.processes.size < this.size && this.starting === 0) void this.grow()
  }

  /** Of the first line that has any: what fits into a run. */
  private takePieces(): Piece[] {
    const pieces: Piece[] = []
    let [texts, units, until] = [0, 0, Number.POSITIVE_INFINITY]
    const now = performance.now()
    for (const line of this.lines) {
      while (line.length > 0) {
        const next = line[0]!
        const end = now + this.pace.msOf(texts + next.texts.length, 1)
        const fits =
          texts + next.texts.length <= TEXTS_A_RUN &&
          units + next.units <= UNITS_A_RUN &&
          end <= Math.min(until, next.until)
        if (pieces.length > 0 && !fits) return pieces
        line.shift()
        if (end > next.until) {
          next.fail(tooLate())
          continue
        }
        pieces.push(next)
        texts += next.texts.length
        units += next.units
        until = Math.min(until, next.until)
      }
      if (pieces.length > 0) return pieces
    }
    return pieces
  }

  /**
   * Whether others of its line will take longer than it has time: then it is better said at once than when the time is over, and what can be
   * done in time is. Where nobody waits it is tried, so that a pace that has changed is seen.
   */
  private isHopeless(
    texts: number,
    { line = 'STREAM', until = Number.POSITIVE_INFINITY }: EncodeWish,
  ): boolean {
    const waiting = this.lines[lineNames.indexOf(line)]!
    if (waiting.length === 0) return false
    const all = waiting.reduce((sum, piece) => sum + piece.texts.length, texts)
    const ms = this.pace.msOf(all, Math.ceil(all / TEXTS_A_RUN)) / this.size
    return performance.now() + ms / TIME_SHARE_MAX > until
  }

  private refuseAll(error: unknown): void {
    for (const line of this.lines) for (const { fail } of line.splice(0)) fail(error)
  }

  private async run(process: EncoderProcess, pieces: readonly Piece[]): Promise<void> {
    const texts = pieces.flatMap(piece => piece.texts)
    const startedAt = performance.now()
    this.busy++
    try {
      const { rows, width, ms: ownMs } = await process.encode(texts)
      const ms = performance.now() - startedAt
      this.pace.note(texts.length, ms, ownMs)
      this.tally.ran(texts.length, ms / 1000)
      let from = 0
      for (const { texts, done } of pieces) {
        done(rows.slice(from * width, (from + texts.length) * width), width)
        from += texts.length
      }
      this.idle.push(process)
    } catch (error) {
      const isEnded = error instanceof EncoderEnded
      if (!isEnded) this.idle.push(process)
      if (!this.isClosed) this.tally.failed(failureOf(error))
      for (const piece of pieces.toReversed())
        if (isEnded && !this.isClosed && ++piece.tries < TRIES_MAX) this.lines[0]!.unshift(piece)
        else piece.fail(isEnded ? new NicrError('NICR_MODEL_FAILED', error.message, { cause: error }) : error)
    } finally {
      this.busy--
    }
    this.serve()
  }

  private async grow(): Promise<void> {
    this.starting++
    try {
      this.idle.push(await this.start())
    } catch (error) {
      // The others go on; where there are none, nobody will ever answer.
      if (this.processes.size === 0) this.refuseAll(error)
    } finally {
      this.starting--
    }
    this.serve()
  }

  private async start(): Promise<EncoderProcess> {
    let isOpen = false
    const process: EncoderProcess = new EncoderProcess(() => {
      if (isOpen && !this.isClosed) this.tally.lost()
      this.processes.delete(process)
      const place = this.idle.indexOf(process)
      if (place >= 0) this.idle.splice(place, 1)
    })
    this.processes.add(process)
    try {
      await process.open(this.settings)
      isOpen = true
    } catch (error) {
      await process.close()
      throw error
    }
    return process
  }
}

function failureOf(error: unknown): RunFailure {
  const code = error instanceof NicrError ? error.code : null
  return runFailures.find(one => one === code) ?? 'NICR_MODEL_FAILED'
}

function tooLate(): NicrError {
  return new NicrError('NICR_MODEL_BUSY', 'the encoder has no time for a draft')
}
