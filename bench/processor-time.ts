import { readFileSync } from 'node:fs'

/** Linux counts a process's time in ticks of this length (`getconf CLK_TCK`), on every architecture Node runs on. */
const TICKS_PER_SECOND = 100
/** Places of user and system time in /proc/<pid>/stat, counted behind the program's name. */
const USER_TICKS = 11
const SYSTEM_TICKS = 12

/** The same of the children that have ended, and of theirs. */
const ENDED_USER_TICKS = 13
const ENDED_SYSTEM_TICKS = 14

/** CPU seconds a process has used so far; null where the system does not tell (it is gone, or this is not Linux). */
export function cpuSecondsOf(pid: number): number | null {
  return ticksOf(String(pid), USER_TICKS, SYSTEM_TICKS)
}

/**
 * CPU seconds that this process's children used, from their start to their end: those that have ended, whatever
 * language they are in. null where the system does not tell.
 */
export function cpuSecondsOfEndedChildren(): number | null {
  return ticksOf('self', ENDED_USER_TICKS, ENDED_SYSTEM_TICKS)
}

function ticksOf(process: string, user: number, system: number): number | null {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[user]) + Number(fields[system])) / TICKS_PER_SECOND
  } catch {
    return null
  }
}

/** CPU seconds of this process that a piece of work takes. */
export function cpuSecondsOfWork(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
