import { NicrError } from '../../../../schemas/errors.ts'
import { EncoderEnded, EncoderProcess } from './encoder-process.ts'
import type { SessionSettings } from './encoder-session.ts'

/** Texts of one run, and UTF-16 units of them: more gains nothing, and whoever comes next waits for all of it. */
const TEXTS_A_RUN = 16
const UNITS_A_RUN = 8192
/** Texts that wait; more are turned away. */
const WAITING_MAX = 20_000
/** A run whose process ended is given to another so many times: then it may be the texts that end it. */
const TRIES_MAX = 2

/** A part of a wish that is run at once. */
interface Piece {
  readonly texts: readonly string[]
  readonly units: number
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
 * run together: a run of sixteen texts costs half of sixteen runs, and nobody starves.
 */
export class EncoderPool {
  private readonly settings: SessionSettings
  private readonly size: number
  private readonly urgent: Piece[] = []
  private readonly patient: Piece[] = []
  private readonly idle: EncoderProcess[] = []
  private readonly processes = new Set<EncoderProcess>()
  private waiting = 0
  private starting = 0
  private isClosed = false

  /** @param size processes at most, each with the model in its memory */
  constructor(settings: SessionSettings, size: number) {
    this.settings = settings
    this.size = size
  }

  /** Starts the first process. @throws NicrError NICR_MODEL_INVALID */
  async open(): Promise<void> {
    this.idle.push(await this.start())
  }

  /**
   * @param isUrgent whether somebody waits for the answer: it goes before all others
   * @throws NicrError NICR_MODEL_BUSY, NICR_MODEL_FAILED, NICR_MODEL_INVALID
   */
  async encode(texts: readonly string[], isUrgent = false): Promise<Encoded> {
    if (texts.length === 0) return { rows: new Float32Array(0), width: 0 }
    if (this.waiting + texts.length > WAITING_MAX)
      throw new NicrError('NICR_MODEL_BUSY', `${this.waiting} texts wait for the encoder already`)
    // Texts of a like length together: little is filled up.
    const order = texts.map((_, i) => i).sort((a, b) => texts[a]!.length - texts[b]!.length)
    const pieces: Promise<{ readonly places: readonly number[]; readonly encoded: Encoded }>[] = []
    for (let from = 0; from < order.length; from += TEXTS_A_RUN) {
      const places = order.slice(from, from + TEXTS_A_RUN)
      const piece = this.enqueue(
        places.map(place => texts[place]!),
        isUrgent,
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
    for (const { fail } of [...this.urgent.splice(0), ...this.patient.splice(0)])
      fail(new EncoderEnded('the encoder was closed'))
    await Promise.all([...this.processes].map(process => process.close()))
  }

  private enqueue(texts: readonly string[], isUrgent: boolean): Promise<Encoded> {
    this.waiting += texts.length
    const units = texts.reduce((sum, text) => sum + text.length, 0)
    return new Promise<Encoded>((resolve, reject) => {
      const line = isUrgent ? this.urgent : this.patient
      const done = (rows: Float32Array, width: number) => resolve({ rows, width })
      line.push({ texts, units, done, fail: reject, tries: 0 })
      this.serve()
    }).finally(() => {
      this.waiting -= texts.length
    })
  }

  /** Gives work to whoever is idle; starts a process where all are busy and there may be more. */
  private serve(): void {
    while (this.urgent.length + this.patient.length > 0) {
      const idle = this.idle.pop()
      if (idle === undefined) break
      void this.run(idle, this.takePieces())
    }
    const isWanting = this.urgent.length + this.patient.length > 0 && !this.isClosed
    if (isWanting && this.processes.size < this.size && this.starting === 0) void this.grow()
  }

  private takePieces(): Piece[] {
    const line = this.urgent.length > 0 ? this.urgent : this.patient
    const pieces = [line.shift()!]
    let { length: texts } = pieces[0]!.texts
    let { units } = pieces[0]!
    while (line.length > 0) {
      const next = line[0]!
      if (texts + next.texts.length > TEXTS_A_RUN || units + next.units > UNITS_A_RUN) break
      texts += next.texts.length
      units += next.units
      pieces.push(line.shift()!)
    }
    return pieces
  }

  private async run(process: EncoderProcess, pieces: readonly Piece[]): Promise<void> {
    try {
      const { rows, width } = await process.encode(pieces.flatMap(({ texts }) => texts))
      let from = 0
      for (const { texts, done } of pieces) {
        done(rows.slice(from * width, (from + texts.length) * width), width)
        from += texts.length
      }
      this.idle.push(process)
    } catch (error) {
      const isEnded = error instanceof EncoderEnded
      if (!isEnded) this.idle.push(process)
      for (const piece of pieces.toReversed())
        if (isEnded && !this.isClosed && ++piece.tries < TRIES_MAX) this.urgent.unshift(piece)
        else piece.fail(isEnded ? new NicrError('NICR_MODEL_FAILED', error.message, { cause: error }) : error)
    }
    this.serve()
  }

  private async grow(): Promise<void> {
    this.starting++
    try {
      this.idle.push(await this.start())
    } catch (error) {
      // The others go on; where there are none, nobody will ever answer.
      if (this.processes.size === 0)
        for (const { fail } of [...this.urgent.splice(0), ...this.patient.splice(0)]) fail(error)
    } finally {
      this.starting--
    }
    this.serve()
  }

  private async start(): Promise<EncoderProcess> {
    const process: EncoderProcess = new EncoderProcess(() => {
      this.processes.delete(process)
      const place = this.idle.indexOf(process)
      if (place >= 0) this.idle.splice(place, 1)
    })
    this.processes.add(process)
    try {
      await process.open(this.settings)
    } catch (error) {
      await process.close()
      throw error
    }
    return process
  }
}
