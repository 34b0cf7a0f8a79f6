import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { addEncoder } from '../jobs/encoder/add-encoder.ts'
import type { ModelFolder } from '../pipelines/model-manifest.ts'
import { loadModelFolder, readFolder, resolveModel } from '../pipelines/model-registry.ts'
import { niceness } from '../pipelines/niceness.ts'
import { readEncoderFiles } from '../pipelines/runtime/inference/encoder/encoder-files.ts'
import { defaultEncoderRun } from '../pipelines/runtime/inference/encoder/encoder-run.ts'
import { readHeadsModel } from '../pipelines/runtime/inference/heads-model.ts'
import type { Detail, Model } from '../processors/scorer.ts'
import { createFeatureReader } from '../processors/text/features.ts'
import { marginOfText } from '../processors/text/heads.ts'
import { type Comments, readComments, writeComments } from './comments.ts'
import { type EncoderSide, startOurs, startPipeline } from './encoder-side.ts'
import { median, quantile } from './pipeline-result.ts'

export interface EncoderBenchOptions {
  /** A Hugging Face folder with a network as ONNX. */
  readonly folder: string
  /** A Python that has torch and transformers, for the reference; null: none. */
  readonly python: string | null
  readonly rounds: number
  /** Of each measurement; `SECONDS` unless given. */
  readonly seconds?: number
  readonly swaps?: number
  readonly comments?: Comments
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

export interface BatchRate {
  readonly batch: number
  /** A second of one core. */
  readonly textsPerCpuSecond: number
  readonly pipelineTextsPerCpuSecond: number | null
  /** The median of the rounds’ ratios; null where the reference is not there. */
  readonly vsPipeline: number | null
}

export interface CallersRate {
  readonly callers: number
  readonly textsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p99VsP50: number
}

export interface EncoderBenchResult {
  readonly model: string
  /** What was compared with, or why nothing was. */
  readonly reference: string
  readonly corpus: Comments['corpus']
  readonly batches: readonly BatchRate[]
  /** What the n-grams beside it cost. */
  readonly ngramTextsPerCpuSecond: number
  readonly callers: readonly CallersRate[]
  /** `timesValue`: how much longer a text takes with its reasons. */
  readonly reasons: { readonly occlusions: number; readonly timesValue: number }
  /** Loading a version, scoring, closing it, again and again; memory of this process when a tenth of them is done, and at the end. */
  readonly swaps: {
    readonly count: number
    readonly seconds: number
    readonly megabytesBefore: number
    readonly megabytesAfter: number
  }
}

/** Nothing was measured, and why. */
export interface EncoderBenchSkipped {
  readonly skipped: string
}

const BATCHES = [1, 16]
const CALLERS = [1, 16, 64]
const SECONDS = 3
const SWAPS = 100
/** Rows that teach the version a head: what it says does not matter here. */
const TAUGHT_ROWS = 400
const TEXTS = 400

/**
 * Measures what an encoder costs beside the pipeline of transformers with a network of the same shape, and beside the n-grams; how
 * long callers wait; and whether swaps leave memory where it was.
 * @throws NicrError NICR_BENCH_FAILED, as `addEncoder`; the signal’s reason
 */
export async function benchEncoder(
  options: EncoderBenchOptions,
): Promise<EncoderBenchResult | EncoderBenchSkipped> {
  const { folder, report, signal } = options
  if (!existsSync(folder)) return { skipped: `${folder} is not there; scripts/minilm.sh makes it` }
  const comments = options.comments ?? (await readComments())
  const texts = comments.rows.slice(0, TEXTS).map(({ text }) => text)
  const dir = mkdtempSync(join(tmpdir(), 'nicr-bench-encoder-'))
  try {
    report('teaching a head')
    const version = await makeVersion(folder, comments, dir)
    const { reference, batches } = await measureBatches(version, texts, options)
    const ngramTextsPerCpuSecond = await measureNgrams(texts)
    const model = await loadModelFolder(version)
    let served: Pick<EncoderBenchResult, 'callers' | 'reasons'>
    try {
      served = await measureCallers(model, texts, options)
    } finally {
      await model.close()
    }
    signal.throwIfAborted()
    const swaps = await measureSwaps(version, texts, options)
    const { corpus } = comments
    return { model: basename(folder), reference, corpus, batches, ngramTextsPerCpuSecond, ...served, swaps }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function makeVersion(folder: string, comments: Comments, dir: string): Promise<ModelFolder> {
  const path = join(dir, 'rows.jsonl')
  await writeComments(comments, TAUGHT_ROWS, path)
  const outDir = join(dir, 'version')
  await addEncoder({
    kind: niceness,
    folder,
    files: [{ path }],
    trainsHead: true,
    ngrams: await resolveModel(niceness.kind),
    languages: null,
    outDir,
    version: '1',
    seed: 1,
  })
  return readFolder(outDir, niceness.kind, '1')
}

/** Round after round, batch after batch, the reference right after ours. */
async function measureBatches(
  version: ModelFolder,
  texts: readonly string[],
  { folder, python, rounds, seconds = SECONDS, signal, report }: EncoderBenchOptions,
): Promise<Pick<EncoderBenchResult, 'reference' | 'batches'>> {
  const { settings } = await readEncoderFiles(version)
  const ours = await startOurs({ folder: version.path, encoder: settings, provider: 'cpu' }, signal)
  const theirs =
    python === null ? 'no --python that has transformers' : await startPipeline(python, folder, signal)
  const sides: readonly EncoderSide[] = typeof theirs === 'string' ? [ours] : [ours, theirs]
  const rates = BATCHES.map((): number[][] => [])
  try {
    for (let round = 0; round < rounds; round++)
      for (const [place, batch] of BATCHES.entries()) {
        report(`round ${round + 1} of ${rounds}, ${batch} at once`)
        const found: number[] = []
        for (const side of sides) {
          const { texts: done, cpuSeconds } = await side.run({ texts, batch, seconds })
          found.push(done / cpuSeconds)
        }
        rates[place]!.push(found)
      }
  } finally {
    await Promise.all(sides.map(side => side.stop()))
  }
  const batches = rates.map((rounded, place): BatchRate => {
    const [own, their] = [0, 1].map(side => rounded.map(found => found[side]!))
    const isThere = sides.length > 1
    return {
      batch: BATCHES[place]!,
      textsPerCpuSecond: Math.round(median(own!)),
      pipelineTextsPerCpuSecond: isThere ? Math.round(median(their!)) : null,
      vsPipeline: isThere ? rounded2(median(rounded.map(([us, them]) => us! / them!))) : null,
    }
  })
  return { reference: typeof theirs === 'string' ? `skipped: ${theirs}` : theirs.name, batches }
}

async function measureNgrams(texts: readonly string[]): Promise<number> {
  const model = await readHeadsModel(await resolveModel(niceness.kind))
  const read = createFeatureReader()
  const pass = () => {
    for (const text of texts) marginOfText(model, read(text))
  }
  // The compiler learns what is called often.
  for (let i = 0; i < 5; i++) pass()
  const before = process.cpuUsage()
  for (let i = 0; i < NGRAM_PASSES; i++) pass()
  const { user, system } = process.cpuUsage(before)
  return Math.round((NGRAM_PASSES * texts.length) / ((user + system) / 1e6))
}

const NGRAM_PASSES = 10

async function measureCallers(
  model: Model<unknown, unknown>,
  texts: readonly string[],
  { seconds = SECONDS, signal, report }: EncoderBenchOptions,
): Promise<Pick<EncoderBenchResult, 'callers' | 'reasons'>> {
  const inputs = texts.flatMap(text => {
    const prepared = niceness.scorer.prepare({ text, language: 'en' })
    return prepared.status === 'READY' ? [prepared.input] : []
  })
  const callers: CallersRate[] = []
  const load = (count: number, detail: Detail) => measureLoad(model, inputs, { count, detail, seconds })
  for (const count of CALLERS) {
    signal.throwIfAborted()
    report(`${count} ${count === 1 ? 'caller' : 'callers'}`)
    callers.push(await load(count, 'VALUE'))
  }
  report('reasons')
  const [value, reasons] = [await load(1, 'VALUE'), await load(1, 'REASONS')]
  const timesValue = rounded2(value.textsPerSecond / reasons.textsPerSecond)
  return { callers, reasons: { occlusions: defaultEncoderRun.occlusions, timesValue } }
}

/** Each caller asks for the next text as soon as it has its answer. */
async function measureLoad(
  model: Model<unknown, unknown>,
  inputs: readonly unknown[],
  { count, detail, seconds }: { readonly count: number; readonly detail: Detail; readonly seconds: number },
): Promise<CallersRate> {
  const waits: number[] = []
  const startedAt = performance.now()
  const endAt = startedAt + 1000 * seconds
  let next = 0
  const call = async () => {
    while (performance.now() < endAt) {
      const askedAt = performance.now()
      await model.predict([inputs[next++ % inputs.length]], detail)
      waits.push(performance.now() - askedAt)
    }
  }
  await Promise.all(Array.from({ length: count }, call))
  const passed = (performance.now() - startedAt) / 1000
  const [p50, p99] = [quantile(waits, 0.5), quantile(waits, 0.99)]
  return {
    callers: count,
    textsPerSecond: Math.round(waits.length / passed),
    p50Ms: rounded2(p50),
    p99Ms: rounded2(p99),
    p99VsP50: rounded2(p99 / p50),
  }
}

async function measureSwaps(
  version: ModelFolder,
  texts: readonly string[],
  { swaps = SWAPS, signal, report }: EncoderBenchOptions,
): Promise<EncoderBenchResult['swaps']> {
  const startedAt = performance.now()
  let before = 0
  for (let i = 0; i < swaps; i++) {
    signal.throwIfAborted()
    report(`swap ${i + 1} of ${swaps}`)
    const model = await loadModelFolder(version)
    const prepared = niceness.scorer.prepare({ text: texts[i % texts.length]!, language: 'en' })
    if (prepared.status === 'READY') await model.predict([prepared.input])
    await model.close()
    if (i === Math.floor(swaps / 10)) before = await megabytes()
  }
  const after = await megabytes()
  return {
    count: swaps,
    seconds: rounded2((performance.now() - startedAt) / 1000),
    megabytesBefore: before,
    megabytesAfter: after,
  }
}

/** Of this process, what nobody refers to collected where node runs with `--expose-gc`. */
async function megabytes(): Promise<number> {
  ;(globalThis as { gc?: () => void }).gc?.()
  await setImmediate()
  return Math.round(process.memoryUsage().rss / 1e6)
}

const rounded2 = (value: number) => Number(value.toFixed(2))
