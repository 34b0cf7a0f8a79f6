import { trainTextModel } from '../jobs/train-text-model.ts'
import { readJsonLineBatches } from '../pipelines/jsonl.ts'
import type { TrainMeasurement } from './train.ts'

/** The measured side of the training benchmark, a program of its own: its memory is its own. Arguments: rows, out folder. */
const [rowsPath, outDir] = process.argv.slice(2) as [string, string]

async function parseAll(): Promise<number> {
  let rows = 0
  for await (const batch of readJsonLineBatches(rowsPath)) rows += batch.length
  return rows
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [seconds: number, result: T]> {
  const startedAt = performance.now()
  const result = await work()
  return [(performance.now() - startedAt) / 1000, result]
}

const [parseSeconds, rows] = await timed(parseAll)
const before = process.cpuUsage()
const [seconds, manifest] = await timed(() =>
  trainTextModel({ kind: 'niceness', files: [{ path: rowsPath, name: 'comments' }], outDir }),
)
const { user, system } = process.cpuUsage(before)
const measurement: TrainMeasurement = {
  rows,
  seconds,
  cpuSeconds: (user + system) / 1e6,
  parseSeconds,
  // Node counts in KiB.
  peakBytes: process.resourceUsage().maxRSS * 1024,
  digest: manifest.digest,
  metrics: manifest.metrics,
}
process.send!(measurement, () => process.disconnect())
