import { type ChildProcess, fork } from 'node:child_process'
import type { Config } from '../pipelines/config.ts'
import type { KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { NicrError } from '../schemas/errors.ts'
import { benchProgram } from './bench-program.ts'
import type { PeerSchemas } from './peer-schemas.ts'

/** What our processes of one run are told: members of one group, which share the partitions of the input. */
export interface StreamJob {
  readonly kafka: KafkaSettings
  readonly topics: Config['topics']
  readonly batch: Config['batch']
  readonly delivery: Config['delivery']
  readonly schemas: PeerSchemas
  /** Names the group. */
  readonly run: string
}

/** What a member says of itself. `FIRST`: the wall clock, in ms, when its first record was at hand. */
export type MemberMessage =
  | { readonly type: 'ASSIGNED'; readonly partitions: number }
  | { readonly type: 'FIRST'; readonly at: number }
  | { readonly type: 'COMMITTED'; readonly events: number }

/** `GO`: every member has its partitions. `STOP`: all is committed. */
export type MemberCommand = 'GO' | 'STOP'

/** Node's flags of a processor in production, as deploy/nicr.env gives them. */
const NODE_FLAGS = ['--max-semi-space-size=64']

export interface MembersOptions {
  readonly count: number
  readonly partitions: number
  readonly events: number
  readonly msMax: number
  /** Folder for V8's CPU profiles. */
  readonly profileDir?: string
  readonly signal: AbortSignal
}

/**
 * Runs a job in `count` processes, which begin together once the partitions are divided among them all.
 * @returns the wall clock, in ms, when the first of them had its first record at hand
 * @throws NicrError NICR_BENCH_FAILED if one ends before all events are committed; the signal's reason
 */
export async function runMembers(
  job: StreamJob,
  { count, partitions, events, msMax, profileDir, signal }: MembersOptions,
): Promise<number> {
  signal.throwIfAborted()
  const program = benchProgram('streams-run.js')
  const members = Array.from({ length: count }, (_, member) => {
    const execArgv = [...process.execArgv, ...NODE_FLAGS]
    if (profileDir !== undefined)
      execArgv.push(
        '--cpu-prof',
        '--cpu-prof-dir',
        profileDir,
        '--cpu-prof-name',
        `${job.run}-${member}.cpuprofile`,
      )
    return fork(program, { execArgv })
  })
  const killAll = () => {
    for (const member of members) member.kill('SIGKILL')
  }
  const tellAll = (command: MemberCommand) => {
    for (const member of members) if (member.connected) member.send(command)
  }
  const late = setTimeout(killAll, msMax)
  signal.addEventListener('abort', killAll, { once: true })
  const assigned = new Map<ChildProcess, number>()
  let firstAt = Number.POSITIVE_INFINITY
  let committed = 0
  const hear = (member: ChildProcess, message: MemberMessage) => {
    if (message.type === 'FIRST') firstAt = Math.min(firstAt, message.at)
    else if (message.type === 'ASSIGNED') {
      assigned.set(member, message.partitions)
      if (isDivided(assigned, count, partitions)) tellAll('GO')
    } else {
      committed += message.events
      if (committed >= events) tellAll('STOP')
    }
  }
  try {
    await Promise.all(
      members.map(
        member =>
          new Promise<void>((resolve, reject) => {
            member.on('message', message => hear(member, message as MemberMessage))
            member.once('error', reject)
            member.once('exit', code => {
              // The others would wait for its share.
              if (code !== 0) killAll()
              resolve()
            })
            member.send(job)
          }),
      ),
    )
    signal.throwIfAborted()
    if (committed < events)
      throw new NicrError(
        'NICR_BENCH_FAILED',
        `${job.run} ended when ${committed} of ${events} events were committed`,
      )
    return firstAt
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', killAll)
    killAll()
  }
}

/** While members still join, some hold partitions that they are about to lose: then the sum is too large. */
function isDivided(assigned: ReadonlyMap<unknown, number>, count: number, partitions: number): boolean {
  const shares = [...assigned.values()]
  return (
    shares.length === count &&
    shares.every(share => share > 0) &&
    shares.reduce((sum, share) => sum + share, 0) === partitions
  )
}
