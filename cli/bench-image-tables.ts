import type { CopyBenchResult } from '../bench/images-copies.ts'
import type { FloodBenchResult, FloodSide } from '../bench/images-flood.ts'
import { alignColumns } from './bench-tables.ts'

/** How well near-copies were known again, and what that costs. */
export function copyTable(result: CopyBenchResult): string {
  const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)}%`
  const count = (value: number) => value.toLocaleString('en')
  const table = alignColumns([
    [`near-copies, ${result.entries} in the bank`, '', 'wanted'],
    ...Object.entries(result.known).map(([change, share]) => [`known: ${change}`, percent(share), '≥ 95%']),
    ['of all, as another of its campaign', percent(result.asAnother), ''],
    [`taken for near-copies, of ${count(result.pairs)} pairs`, percent(result.falsePairs, 3), ''],
    [
      `of ${count(result.unrelatedPairs)} pairs of unrelated kinds`,
      percent(result.falseUnrelatedPairs, 3),
      '≤ 0.1%',
    ],
    ['ms CPU to hash a picture', result.hashCpuMs.toFixed(1), ''],
    ['bytes an entry', count(Math.round(result.bytesAnEntry)), ''],
  ])
  const banks = alignColumns([
    ['a bank of', 'ms CPU/search', 'wanted', 'to index it', 'a search after one more'],
    ...result.banks.map(({ entries, findCpuMs, indexCpuMs, growCpuMs }) => [
      count(entries),
      findCpuMs.toFixed(2),
      '≤ 3',
      indexCpuMs.toFixed(0),
      growCpuMs.toFixed(2),
    ]),
  ])
  const note =
    'pairs of different groups of the public set: campaigns use a layout again, and one photo lies under several pictures'
  return `${table}\n${note}\n\n${banks}\n`
}

/** What a flood of pictures did to texts. */
export function floodTable(result: FloodBenchResult): string {
  const row = (name: string, side: FloodSide, ratios: readonly number[] = []) => {
    const [post, draft] = ratios.map(ratio => ratio.toFixed(2))
    const ms = (value: number) => value.toFixed(1)
    return [
      name,
      ms(side.postP50Ms),
      ms(side.postP99Ms),
      post ?? '',
      ms(side.draftP50Ms),
      ms(side.draftP99Ms),
      draft ?? '',
      String(side.missed),
    ]
  }
  const table = alignColumns([
    ['texts', 'post p50 ms', 'p99', 'ratio', 'draft p50 ms', 'p99', 'ratio', 'missed'],
    row('without pictures', result.calm),
    row(`${result.imagesPerSecond} unknown pictures a second`, result.flooded, [
      result.postP99VsCalm,
      result.draftP99VsCalm,
    ]),
  ])
  const note = `a ratio of at most 1.2 is wanted; of ${result.pictures} pictures ${result.unscored} were not scored in time, the others at ${result.scoredPerSecond.toFixed(1)} a second`
  return `${table}\n${note}\n`
}
