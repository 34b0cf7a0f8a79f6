import { existsSync, readFileSync } from 'node:fs'
import { type Running, startNicr } from '../nicr.ts'
import type { OwnNicr } from '../own-nicr.ts'
import { TEXT_LENGTH_MAX } from './traffic.ts'

/** Processes of a Nicr as somebody runs them: started, killed, frozen, and watched for what they take and whether they end by themselves. */

/** Small batches: many transactions, so that a fault is likely to hit one. */
const BATCH_RECORDS = 40
const STDERR_TOLD = 3_000

export interface Member {
  readonly name: string
  readonly pid: number
  readonly running: Running
}

export class Fleet {
  /** Members that ended though nobody ended them, with what they said last. */
  readonly deaths: string[] = []
  /** The most memory that a member has had, in MiB; 0 where the system does not tell. */
  peakMiB = 0
  private readonly env: Readonly<Record<string, string>>
  private readonly members = new Set<Member>()
  private started = 0

  constructor(nicr: OwnNicr, changes: Readonly<Record<string, string>> = {}) {
    this.env = {
      ...nicr.env,
      NICR_BATCH_RECORDS: String(BATCH_RECORDS),
      NICR_TEXT_LENGTH: String(TEXT_LENGTH_MAX),
      LOG_LEVEL: process.env['NICR_TEST_LOG'] ?? 'error',
      ...changes,
    }
  }

  get living(): readonly Member[] {
    return [...this.members]
  }

  /**
   * @param parameters of `nicr`; every processor and the sink unless given
   * @param under a command that runs it
   */
  start(
    parameters: readonly string[] = ['process'],
    changes: Readonly<Record<string, string>> = {},
    under: readonly string[] = [],
  ): Member {
    const running = startNicr(parameters, { ...this.env, ...changes }, under)
    const member: Member = {
      name: `${parameters.join(' ')} #${++this.started}`,
      pid: running.child.pid!,
      running,
    }
    this.members.add(member)
    void running.ended.then(code => {
      if (!this.members.delete(member)) return
      const said = running.output().stderr.slice(-STDERR_TOLD)
      this.deaths.push(`${member.name} ended with ${code ?? running.child.signalCode}: ${said}`)
    })
    return member
  }

  async kill(member: Member): Promise<void> {
    this.measure(member)
    this.members.delete(member)
    member.running.child.kill('SIGKILL')
    await member.running.ended
  }

  /** Ends a member as a deployment does. @returns its exit status */
  async stop(member: Member): Promise<number | null> {
    this.measure(member)
    this.members.delete(member)
    member.running.child.kill('SIGTERM')
    return member.running.ended
  }

  freeze(member: Member): void {
    member.running.child.kill('SIGSTOP')
  }

  thaw(member: Member): void {
    member.running.child.kill('SIGCONT')
  }

  /** @throws what a member said before it ended though nobody ended it */
  assertAlive(): void {
    if (this.deaths.length > 0) throw new Error(this.deaths.join('\n'))
  }

  /** What those that live said last. */
  said(): string {
    return this.living
      .map(({ name, running }) => `${name} said: ${running.output().stderr.slice(-STDERR_TOLD)}`)
      .join('\n')
  }

  /** Kills all, and takes into account what they had at most. */
  async close(): Promise<void> {
    await Promise.all([...this.members].map(member => this.kill(member)))
  }

  /** Of all that live now, too. */
  measureAll(): number {
    for (const member of this.members) this.measure(member)
    return this.peakMiB
  }

  private measure({ pid }: Member): void {
    this.peakMiB = Math.max(this.peakMiB, peakMiBOf(pid))
  }
}

/** The kernel keeps the highest resident size itself (VmHWM), so nothing has to be sampled. */
export function peakMiBOf(pid: number): number {
  const status = `/proc/${pid}/status`
  if (!existsSync(status)) return 0
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]
  return Number(kib ?? 0) / 1024
}
