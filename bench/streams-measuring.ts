import type { Config, Delivery } from '../pipelines/config.ts'
import { NicrError } from '../schemas/errors.ts'
import { cpuSecondsOf, cpuSecondsOfEndedChildren } from './processor-time.ts'
import type { StreamOutput } from './streams-output.ts'
import type { PeerName } from './streams-peers.ts'
import type { StreamRound, StreamRun } from './streams-result.ts'
import type { BenchTopics } from './topics.ts'

/** An input, with topics of its own below a prefix. */
export interface Input {
  readonly name: 'full' | 'part'
  readonly topics: Config['topics']
  readonly managed: BenchTopics
  readonly output: StreamOutput
  readonly events: number
  checksum: number
}

/** A program that takes part. */
export interface Program {
  readonly name: string
  readonly peer: PeerName | null
  /** `to`: the topic that it writes to; `work` answers the wall clock, in ms, when the first record was at hand. */
  run(run: string, input: Input, delivery: Delivery): { readonly to: string; work(): Promise<number> }
}

export interface MeasuringOptions {
  readonly rounds: number
  /** Process of the broker, if it runs here. */
  readonly brokerPid: number | null
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

const deliveries = ['at-least-once', 'exactly-once'] as const satisfies readonly Delivery[]

/** The rounds of a benchmark of streams: who runs when, and what each run came to. */
export class Measuring {
  private readonly options: MeasuringOptions
  private readonly inputs: readonly [part: Input, full: Input]
  private readonly missing: Partial<Record<PeerName, string>>
  private programs: readonly Program[]

  constructor(
    options: MeasuringOptions,
    inputs: readonly [part: Input, full: Input],
    programs: readonly Program[],
    missing: Partial<Record<PeerName, string>>,
  ) {
    this.options = options
    this.inputs = inputs
    this.programs = programs
    this.missing = missing
  }

  /** All rounds, with the programs that came through all of them. */
  async rounds(): Promise<Record<Delivery, StreamRound[]>> {
    const [part] = this.inputs
    // The broker is warm after it, and who cannot do the job is known.
    for (const delivery of deliveries)
      await this.each(program => this.measure(program, `warm-up-${delivery}`, part, delivery))
    const measured: Record<Delivery, StreamRound[]> = { 'at-least-once': [], 'exactly-once': [] }
    for (let round = 1; round <= this.options.rounds; round++) {
      for (const delivery of deliveries) measured[delivery].push(await this.round(round, delivery))
      this.programs = [...this.programs].reverse()
    }
    const names = this.programs.map(({ name }) => name)
    const kept = (round: StreamRound) =>
      Object.fromEntries(Object.entries(round).filter(([name]) => names.includes(name)))
    return {
      'at-least-once': measured['at-least-once'].map(kept),
      'exactly-once': measured['exactly-once'].map(kept),
    }
  }

  private async round(round: number, delivery: Delivery): Promise<StreamRound> {
    const [part, full] = this.inputs
    const name = `r${round}-${delivery}`
    const runs: Record<string, StreamRound[string]> = {}
    await this.each(async program => {
      const partRun = await this.measure(program, name, part, delivery)
      runs[program.name] = { part: partRun, full: await this.measure(program, name, full, delivery) }
    })
    return runs
  }

  /** Runs what the others can still do: a peer that fails is left out from then on, with its reason. */
  private async each(work: (program: Program) => Promise<unknown>): Promise<void> {
    for (const program of this.programs)
      try {
        await work(program)
      } catch (error) {
        this.options.signal.throwIfAborted()
        if (program.peer === null) throw error
        this.missing[program.peer] = (error as Error).message
        this.programs = this.programs.filter(one => one !== program)
      }
  }

  private async measure(
    program: Program,
    round: string,
    input: Input,
    delivery: Delivery,
  ): Promise<StreamRun> {
    const { report, brokerPid } = this.options
    const run = `${round}-${input.name}-${program.name}`
    report(run)
    const { to, work } = program.run(run, input, delivery)
    if (program.peer !== null) await input.managed.create([run])
    const from = await input.output.ends(to)
    const brokerBefore = brokerPid === null ? null : cpuSecondsOf(brokerPid)
    const cpuBefore = childrenSeconds()
    const firstAt = await work()
    const cpuSeconds = childrenSeconds() - cpuBefore
    const brokerAfter = brokerPid === null ? null : cpuSecondsOf(brokerPid)
    const { lastAt, ...tally } = await input.output.read(to, from)
    const { records, distinctIds, checksum } = tally
    const { events } = input
    if (records !== events || distinctIds !== events || checksum !== input.checksum)
      throw new NicrError(
        'NICR_BENCH_FAILED',
        `${run}: of ${events} events with the checksum ${input.checksum}, ${records} scores of ${distinctIds} events with the checksum ${checksum} were read back`,
      )
    const brokerCpuSeconds = brokerBefore === null || brokerAfter === null ? null : brokerAfter - brokerBefore
    return { events, seconds: (lastAt - firstAt) / 1000, cpuSeconds, brokerCpuSeconds }
  }
}

function childrenSeconds(): number {
  const seconds = cpuSecondsOfEndedChildren()
  if (seconds !== null) return seconds
  throw new NicrError(
    'NICR_BENCH_FAILED',
    'this system does not tell the CPU time of other programs in /proc',
  )
}
