import { median } from './pipeline-result.ts'

/** What one run of one program took, read off from outside, the same way for every program. */
export interface StreamRun {
  readonly events: number
  /** From its first record at hand to the broker's stamp of its last output. */
  readonly seconds: number
  /** User and system time of its processes, from their start to their end. */
  readonly cpuSeconds: number
  /** null where the broker runs elsewhere. */
  readonly brokerCpuSeconds: number | null
}

/** A program's runs of one round: of all events, and of a part of them, so that what starting costs can be taken out. */
export interface StreamRuns {
  readonly full: StreamRun
  readonly part: StreamRun
}

/** Runs of one round by program. */
export type StreamRound = Readonly<Record<string, StreamRuns>>

export interface StreamSide {
  readonly eventsPerSecond: number
  /** With the process's start and compilation. */
  readonly cpuMicrosPerEvent: number
  /** Of the events that the full run has more than the part: without start, and with most code compiled. */
  readonly steadyCpuMicrosPerEvent: number
  readonly brokerCpuMicrosPerEvent: number | null
  /** How many cores the program and the broker kept busy; null where the broker runs elsewhere. */
  readonly coresBusy: number | null
}

/** One of our sides over a peer, as medians of the rounds' own ratios. */
export interface StreamRatio {
  readonly eventsPerSecond: number
  readonly cpuMicrosPerEvent: number
  readonly steadyCpuMicrosPerEvent: number
}

export interface StreamResult extends StreamSide {
  /** By peer; ours alone have them. */
  readonly vs: Readonly<Record<string, StreamRatio>>
  readonly rounds: readonly StreamSide[]
}

/**
 * What the rounds of one delivery came to, by program.
 * @param rounds every one with the same programs
 * @param ours the programs that are compared with all others
 */
export function summariseStreams(
  rounds: readonly StreamRound[],
  ours: readonly string[],
): Record<string, StreamResult> {
  const names = Object.keys(rounds[0] ?? {})
  const sides = new Map(names.map(name => [name, rounds.map(round => sideOf(round[name]!))]))
  const peers = names.filter(name => !ours.includes(name))
  const result = ([name, own]: [string, StreamSide[]]) => {
    const compared = ours.includes(name) ? peers : []
    const vs = Object.fromEntries(compared.map(peer => [peer, ratioOf(own, sides.get(peer)!)]))
    return [name, { ...medianSide(own), vs, rounds: own.map(roundedSide) }]
  }
  return Object.fromEntries([...sides].map(result))
}

function sideOf({ full, part }: StreamRuns): StreamSide {
  const { events, seconds, cpuSeconds, brokerCpuSeconds } = full
  const steady = (cpuSeconds - part.cpuSeconds) / (events - part.events)
  const eventsPerSecond = events / seconds
  const broker = brokerCpuSeconds === null ? null : brokerCpuSeconds / events
  return {
    eventsPerSecond,
    cpuMicrosPerEvent: (cpuSeconds / events) * 1e6,
    steadyCpuMicrosPerEvent: steady * 1e6,
    brokerCpuMicrosPerEvent: broker === null ? null : broker * 1e6,
    coresBusy: broker === null ? null : (steady + broker) * eventsPerSecond,
  }
}

function ratioOf(ours: readonly StreamSide[], peers: readonly StreamSide[]): StreamRatio {
  const of = (field: keyof StreamRatio) =>
    rounded(median(ours.map((side, round) => side[field] / peers[round]![field])), 3)
  return {
    eventsPerSecond: of('eventsPerSecond'),
    cpuMicrosPerEvent: of('cpuMicrosPerEvent'),
    steadyCpuMicrosPerEvent: of('steadyCpuMicrosPerEvent'),
  }
}

function medianSide(sides: readonly StreamSide[]): StreamSide {
  const of = (field: Exclude<keyof StreamSide, 'brokerCpuMicrosPerEvent' | 'coresBusy'>) =>
    median(sides.map(side => side[field]))
  const known = (field: 'brokerCpuMicrosPerEvent' | 'coresBusy') => {
    const values = sides.flatMap(side => side[field] ?? [])
    return values.length === sides.length ? median(values) : null
  }
  return roundedSide({
    eventsPerSecond: of('eventsPerSecond'),
    cpuMicrosPerEvent: of('cpuMicrosPerEvent'),
    steadyCpuMicrosPerEvent: of('steadyCpuMicrosPerEvent'),
    brokerCpuMicrosPerEvent: known('brokerCpuMicrosPerEvent'),
    coresBusy: known('coresBusy'),
  })
}

function roundedSide(side: StreamSide): StreamSide {
  const maybe = (value: number | null) => (value === null ? null : rounded(value, 2))
  return {
    eventsPerSecond: Math.round(side.eventsPerSecond),
    cpuMicrosPerEvent: rounded(side.cpuMicrosPerEvent, 2),
    steadyCpuMicrosPerEvent: rounded(side.steadyCpuMicrosPerEvent, 2),
    brokerCpuMicrosPerEvent: maybe(side.brokerCpuMicrosPerEvent),
    coresBusy: maybe(side.coresBusy),
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
