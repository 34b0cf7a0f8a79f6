import type { ReadingBenchResult, ReadingQuality } from '../bench/images-reading.ts'
import type { LogoBenchResult } from '../bench/images-recognition.ts'
import type { SightBenchResult } from '../bench/images-sight.ts'
import type { RetrainQuality } from '../bench/retrain-quality.ts'

/** Lines of cells as a table: the first column to the left, the others to the right. */
export function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  return lines
    .map(line =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n')
}

/** What `nicr bench retrain` measured. */
export function retrainTable(measured: readonly RetrainQuality[]): string {
  const head = [
    'retrain',
    'set',
    'drift',
    'poison',
    'before drift',
    'drifted',
    'retrained',
    'won back',
    'ordinary',
    '±',
    'let in',
    'of',
    'stopped by',
  ]
  const share = (value: number) => value.toFixed(3)
  const body = measured.map(one => [
    one.kind,
    one.set,
    one.drift,
    one.poison,
    share(one.original),
    share(one.before),
    share(one.after),
    one.poison === 'none' ? share(one.recovered) : '-',
    share(one.ordinary),
    share(one.ordinaryDoubt),
    String(one.passed),
    String(one.runs),
    Object.keys(one.failedGates).join(' ') || '-',
  ])
  const note = 'Accuracies; 300 labels, half of them of new language, of a stream of which a fifth drifted.'
  return measured.length === 0
    ? `retrain: the public sets are not there\n`
    : `${alignColumns([head, ...body])}\n${note}\n`
}

/** What seeing a picture costs by what is known of it. */
export function sightTable(sight: SightBenchResult): string {
  const table = alignColumns([
    ['a picture', 'ms CPU', 'a CPU second', 'wanted'],
    ['unknown, without text', sight.unknownCpuMs.toFixed(0), '', '≤ 80 ms'],
    ['unknown, with text', sight.unknownWithTextCpuMs.toFixed(0), '', '≤ 600 ms'],
    ['like a known one', '', sight.nearKnownPerCpuSecond.toFixed(0), '≥ 50'],
    ['known', '', sight.knownPerCpuSecond.toFixed(0), '≥ 50'],
  ])
  return `${table}\n`
}

/** How well and at what cost text in pictures was read. */
export function readingTable({
  tesseract,
  vsTesseract,
  cpuMsWithoutText,
  pictures,
  ...ours
}: ReadingBenchResult): string {
  const effects = Object.keys(ours.byEffect) as (keyof ReadingQuality['byEffect'])[]
  const row = (name: string, { characterErrorRate, byEffect, cpuMsPerImage }: ReadingQuality) => [
    name,
    characterErrorRate.toFixed(3),
    ...effects.map(effect => byEffect[effect].toFixed(3)),
    cpuMsPerImage.toFixed(0),
  ]
  const table = alignColumns([
    ['reading', 'CER', ...effects, 'ms CPU/image'],
    row('nicr', ours),
    row('tesseract.js', tesseract),
  ])
  return `${table}\n${pictures} pictures; a CER of at most .12 is wanted; CPU ${vsTesseract.toFixed(2)} of tesseract.js’s, at most 1 is wanted; ${cpuMsWithoutText.toFixed(0)} ms for one without text\n`
}

/** How well marked logos were found again. */
export function logoTable(result: LogoBenchResult | null): string {
  if (result === null) return 'logos: the public sets are not there\n'
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`
  const row = (name: string, shares: Readonly<Record<string, number>>) =>
    Object.entries(shares).map(([value, share]) => [`found at ${name} ${value}`, percent(share)])
  const table = alignColumns([
    ['logos', ''],
    ['found', percent(result.found)],
    ...row('opacity', result.byOpacity),
    ...row('size', result.bySize),
    ['false, of photos × logos', percent(result.falsePairs)],
    [`photos with any of ${result.logos} found falsely`, percent(result.falsePhotos)],
    ['ms CPU/photo', result.cpuMs.toFixed(0)],
  ])
  return `${table}\n`
}
