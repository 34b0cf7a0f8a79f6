import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where `scripts/minilm.sh` leaves a real encoder for tests and benchmarks. */
export function minilmFolder(): string {
  return join(homedir(), '.cache', 'nicr', 'minilm')
}
