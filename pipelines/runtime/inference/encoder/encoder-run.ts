import type { ExecutionProvider } from './encoder-session.ts'
import type { EncoderWatch } from './encoder-watch.ts'

/** How encoders are run; one choice a process. */
export interface EncoderRun {
  /** Processes a version has at most. */
  readonly processes: number
  readonly provider: ExecutionProvider
  /** Threads of each process. */
  readonly threads: number
  /** Runs more that a text's reasons may cost; 0: reasons come from the n-grams alone. */
  readonly occlusions: number
  /** Told of how they run; nobody is unless given. */
  readonly watch?: EncoderWatch
}

export const defaultEncoderRun: EncoderRun = { processes: 1, provider: 'cpu', threads: 1, occlusions: 8 }
