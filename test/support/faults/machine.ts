import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Faults of a machine that need its administrator: a disk that is full, a network that is cut. */

/** Why they cannot be had here, for people; null where they can. */
export function machineFaultsMissing(): string | null {
  if (process.platform !== 'linux') return 'they are made by means of Linux'
  if (process.getuid?.() !== 0) return 'they need root'
  const name = `nicrprobe${process.pid}`
  try {
    run('ip', 'netns', 'add', name)
    run('ip', 'netns', 'del', name)
    return null
  } catch (error) {
    return `network namespaces cannot be made: ${(error as Error).message}`
  }
}

export interface SmallDisk {
  readonly folder: string
  /** Fills it but for so much. */
  fill(leftKib: number): void
  /** Takes away what `fill` put there. */
  clear(): void
  unmount(): void
}

/** A disk of its own in memory. */
export function mountSmallDisk(folder: string, mib: number): SmallDisk {
  mkdirSync(folder, { recursive: true })
  run('mount', '-t', 'tmpfs', '-o', `size=${mib}m`, 'nicr-faults', folder)
  const ballast = join(folder, 'ballast')
  const clear = () => rmSync(ballast, { force: true })
  return {
    folder,
    clear,
    fill(leftKib) {
      const available = Number(run('df', '--output=avail', '-k', folder).trim().split('\n').at(-1))
      const kib = Buffer.alloc(1024, 'x')
      const file = openSync(ballast, 'w')
      try {
        for (let left = available - leftKib; left > 0; left--) writeSync(file, kib)
      } catch (error) {
        // Whoever has the disk writes too.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    unmount: () => void run('umount', '--lazy', folder),
  }
}

/** A network namespace, joined to the machine's own by one cable. */
export interface Namespace {
  /** The machine's address at its end of the cable. */
  readonly host: string
  /** Runs a command in it. */
  readonly under: readonly string[]
  cut(): void
  mend(): void
  remove(): void
}

export function openNamespace(): Namespace {
  const name = `nicrf${process.pid}`
  // One net of four addresses for each process that tests.
  const net = `10.213.${process.pid % 256}`
  const [outside, inside] = [`nfo${process.pid}`, `nfi${process.pid}`]
  const within = (...words: readonly string[]) => run('ip', 'netns', 'exec', name, ...words)
  run('ip', 'netns', 'add', name)
  run('ip', 'link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name)
  run('ip', 'address', 'add', `${net}.1/30`, 'dev', outside)
  run('ip', 'link', 'set', outside, 'up')
  within('ip', 'address', 'add', `${net}.2/30`, 'dev', inside)
  within('ip', 'link', 'set', inside, 'up')
  within('ip', 'link', 'set', 'lo', 'up')
  return {
    host: `${net}.1`,
    under: ['ip', 'netns', 'exec', name],
    // The inner end: the machine's own address must stay for those outside.
    cut: () => void within('ip', 'link', 'set', inside, 'down'),
    mend: () => void within('ip', 'link', 'set', inside, 'up'),
    remove() {
      run('ip', 'link', 'del', outside)
      run('ip', 'netns', 'del', name)
    },
  }
}

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
