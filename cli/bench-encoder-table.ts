import type { EncoderBenchResult, EncoderBenchSkipped } from '../bench/encoder.ts'
import { alignColumns } from './bench-tables.ts'

/** What `nicr bench encoder` measured, or why it did not. */
export function encoderTable(result: EncoderBenchResult | EncoderBenchSkipped): string {
  if ('skipped' in result) return `encoder: skipped: ${result.skipped}\n`
  const { batches, callers, reasons, swaps } = result
  const count = (value: number | null) => value?.toLocaleString('en') ?? '-'
  const paces = [
    ['encoder: texts a CPU second', 'nicr', 'pipeline', 'ratio'],
    ...batches.map(one => [
      one.batch === 1 ? 'one by one' : `${one.batch} at once`,
      count(one.textsPerCpuSecond),
      count(one.pipelineTextsPerCpuSecond),
      one.vsPipeline?.toFixed(2) ?? '-',
    ]),
    ['n-grams alone', count(result.ngramTextsPerCpuSecond), '', ''],
  ]
  const waits = [
    ['callers at once', 'texts/s', 'p50 ms', 'p99 ms', 'p99/p50'],
    ...callers.map(one => [
      String(one.callers),
      count(one.textsPerSecond),
      one.p50Ms.toFixed(1),
      one.p99Ms.toFixed(1),
      one.p99VsP50.toFixed(2),
    ]),
  ]
  const notes = [
    `compared with: ${result.reference}`,
    `with reasons (up to ${reasons.occlusions} runs more) a text takes ${reasons.timesValue.toFixed(1)} times as long`,
    `${swaps.count} swaps in ${swaps.seconds.toFixed(0)} s: ${swaps.megabytesBefore} MB after a tenth of them, ${swaps.megabytesAfter} MB at the end`,
    `${result.model}; comments: ${result.corpus}`,
  ]
  return `${alignColumns(paces)}\n\n${alignColumns(waits)}\n${notes.join('\n')}\n`
}
