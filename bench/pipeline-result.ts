/** One side of a comparison, in one run. */
export interface Side {
  readonly eventsPerSecond: number
  readonly cpuMicrosPerEvent: number
  /** null where the broker runs elsewhere. */
  readonly brokerCpuMicrosPerEvent: number | null
}

export interface Round {
  readonly nicr: Side
  readonly passThrough: Side
}

/** What one mode came to: medians over the rounds; the ratio is the median of the rounds' own ratios. */
export interface ModeResult extends Side {
  readonly vsPassThrough: number
  readonly passThrough: Side
  readonly rounds: readonly (Round & { readonly vsPassThrough: number })[]
  /** What was read back, read committed, from every run of ours; `checksum` where the scores are known beforehand. */
  readonly verified: { readonly distinctIds: number; readonly checksum: number | null }
}

export function summarise(rounds: readonly Round[], verified: ModeResult['verified']): ModeResult {
  const compared = rounds.map(round => ({
    ...round,
    vsPassThrough: rounded(round.nicr.eventsPerSecond / round.passThrough.eventsPerSecond, 3),
  }))
  return {
    vsPassThrough: median(compared.map(({ vsPassThrough }) => vsPassThrough)),
    ...medianSide(rounds.map(({ nicr }) => nicr)),
    passThrough: medianSide(rounds.map(({ passThrough }) => passThrough)),
    rounds: compared.map(round => ({
      ...round,
      nicr: roundedSide(round.nicr),
      passThrough: roundedSide(round.passThrough),
    })),
    verified,
  }
}

/** The middle value; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value below which this share of some values lies, by nearest rank. There must be one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

function medianSide(sides: readonly Side[]): Side {
  const broker = sides.flatMap(side => side.brokerCpuMicrosPerEvent ?? [])
  return roundedSide({
    eventsPerSecond: median(sides.map(side => side.eventsPerSecond)),
    cpuMicrosPerEvent: median(sides.map(side => side.cpuMicrosPerEvent)),
    brokerCpuMicrosPerEvent: broker.length === sides.length ? median(broker) : null,
  })
}

function roundedSide({ eventsPerSecond, cpuMicrosPerEvent, brokerCpuMicrosPerEvent }: Side): Side {
  return {
    eventsPerSecond: Math.round(eventsPerSecond),
    cpuMicrosPerEvent: rounded(cpuMicrosPerEvent, 2),
    brokerCpuMicrosPerEvent: brokerCpuMicrosPerEvent === null ? null : rounded(brokerCpuMicrosPerEvent, 2),
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
