import { setTimeout as delay } from 'node:timers/promises'
import { type Accuracy, measureAccuracy } from './accuracy.ts'
import type { HeldOut } from './community/held-out.ts'
import type { Server } from './http.ts'
import type { LoopMark, LoopPoint, LoopRecord } from './loop-record.ts'

/** Asks the server now and then how right it is, as anybody could, and keeps what it saw for the picture. */
export interface Recorder {
  /** The last measurement; null: none yet. */
  readonly latest: Accuracy | null
  readonly record: LoopRecord
  mark(mark: Omit<LoopMark, 'contents'>): void
  /** Once more; also a point of the picture. @throws Error if the server does not answer */
  measure(): Promise<Accuracy>
  /** Measures again and again, until the signal is aborted. @throws as `measure` */
  run(signal: AbortSignal): Promise<void>
}

export interface RecorderParts {
  readonly server: Server
  readonly heldOut: HeldOut
  /** What is known of the stream by now. */
  readonly seen: () => Pick<LoopPoint, 'contents' | 'meanNiceness' | 'alarms' | 'labels'> & {
    /** Whether anybody speaks the new language yet. */
    readonly hasDrifted: boolean
  }
}

const EVERY_MS = 8_000

export function createRecorder({ server, heldOut, seen }: RecorderParts): Recorder {
  const points: LoopPoint[] = []
  const marks: LoopMark[] = []
  let latest: Accuracy | null = null

  async function measure(): Promise<Accuracy> {
    const found = await measureAccuracy(server, heldOut)
    const { hasDrifted, ...stream } = seen()
    const { newLanguage, ordinary } = found
    points.push({ ...stream, ordinary, newLanguage: hasDrifted ? newLanguage : null })
    latest = found
    return found
  }

  return {
    get latest() {
      return latest
    },
    record: { points, marks },
    mark: mark => void marks.push({ ...mark, contents: seen().contents }),
    measure,
    async run(signal) {
      while (!signal.aborted) {
        await measure()
        await delay(EVERY_MS, undefined, { signal }).catch(() => undefined)
      }
    },
  }
}
