import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { EncoderSettings } from '../../../../processors/encoder/encoder-settings.ts'
import { normaliseRows, poolTokens } from '../../../../processors/encoder/pool-tokens.ts'
import { runGroups } from '../../../../processors/encoder/run-groups.ts'
import { NicrError } from '../../../../schemas/errors.ts'
import { openTokenizer, type TextTokens } from './tokenizer.ts'

/** Where the network of an encoder runs. */
export type ExecutionProvider = 'cpu' | 'cuda'

export interface SessionSettings {
  readonly folder: string
  readonly encoder: Pick<EncoderSettings, 'tokensMax' | 'output' | 'pooling' | 'normalised'>
  readonly provider: ExecutionProvider
  /** Of a run; one unless given. */
  readonly threads?: number
}

/** What a network and its tokeniser show of themselves. */
export type EncoderForm = Pick<EncoderSettings, 'output' | 'reads' | 'normalised'>

/** Outputs by the names that exporters give them, the readier ones first. */
const OUTPUTS = [
  ['logits', 'LOGITS'],
  ['sentence_embedding', 'VECTOR'],
  ['last_hidden_state', 'TOKENS'],
  ['token_embeddings', 'TOKENS'],
] as const

/**
 * Looks at `model.onnx` and the tokeniser of a folder: which output is to be read, and what text. Uncased encoders read the normalised
 * text, which has no disguises; others would miss its capital letters.
 * @throws NicrError NICR_MODEL_INVALID
 */
export async function describeEncoder(
  folder: string,
  { labels, normalised }: { readonly labels: readonly string[] | null; readonly normalised: boolean },
): Promise<EncoderForm> {
  const tokenizer = await openTokenizer(folder, TRIAL_TOKENS)
  const session = await openSession(folder, 'cpu')
  const names = session.outputNames
  await session.release()
  const known = OUTPUTS.filter(([, form]) => (form === 'LOGITS') === (labels !== null))
  const [name, form] =
    known.find(([one]) => names.includes(one)) ?? OUTPUTS.find(([one]) => names.includes(one)) ?? []
  if (name === undefined || form === undefined)
    throw new NicrError(
      'NICR_MODEL_INVALID',
      `${join(folder, 'model.onnx')} gives ${names.join(', ')}; one of ${OUTPUTS.map(([one]) => one).join(', ')} is needed`,
    )
  return {
    output: { name, form },
    reads: tokenizer.isUncased ? 'NORMALISED' : 'AUTHOR',
    normalised: form !== 'LOGITS' && normalised,
  }
}

const TRIAL_TOKENS = 16

async function openSession(
  folder: string,
  provider: ExecutionProvider,
  threads = 1,
): Promise<InferenceSession> {
  const file = join(folder, 'model.onnx')
  const invalid = (problem: string, cause?: unknown) =>
    new NicrError('NICR_MODEL_INVALID', `${file}: ${problem}`, { cause })
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionProviders: [provider],
  }).catch((cause: Error) => {
    throw invalid(`cannot be opened by onnxruntime: ${cause.message}`, cause)
  })
  const strange = session.inputNames.filter(name => !INPUTS.has(name))
  if (strange.length > 0 || !session.inputNames.includes('input_ids'))
    throw invalid(`takes ${session.inputNames.join(', ')}; ${[...INPUTS].join(', ')} can be given`)
  return session
}

/** An encoder with its tokeniser, in the process that runs it. */
export interface EncoderSession {
  /** One row of numbers a text, in order: `[text][number]`. @throws NicrError NICR_MODEL_FAILED */
  encode(texts: readonly string[]): Promise<{ readonly rows: Float32Array; readonly width: number }>
}

/** Inputs that can be given. */
const INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids'])
/**
 * Opens `model.onnx` of a folder: work is spread over processes, each with a session of its own, rather than over threads.
 * @throws NicrError NICR_MODEL_INVALID
 */
export async function openEncoderSession({
  folder,
  encoder,
  provider,
  threads,
}: SessionSettings): Promise<EncoderSession> {
  const file = join(folder, 'model.onnx')
  const invalid = (problem: string, cause?: unknown) =>
    new NicrError('NICR_MODEL_INVALID', `${file}: ${problem}`, { cause })
  const tokenizer = await openTokenizer(folder, encoder.tokensMax)
  const session = await openSession(folder, provider, threads)
  const isApart = await sharesScale(file)
  if (!session.outputNames.includes(encoder.output.name))
    throw invalid(`has no output ${encoder.output.name}, but ${session.outputNames.join(', ')}`)

  async function run(batch: readonly TextTokens[]): Promise<Float32Array> {
    const tokens = Math.max(...batch.map(({ ids }) => ids.length))
    const feeds = feedsOf(session.inputNames, batch, tokens, tokenizer.padId)
    const outputs = await session.run(feeds, [encoder.output.name]).catch((cause: Error) => {
      throw new NicrError('NICR_MODEL_FAILED', `${file}: ${cause.message}`, { cause })
    })
    const { data } = outputs[encoder.output.name]!
    if (!(data instanceof Float32Array)) throw invalid(`${encoder.output.name} is not of 32-bit numbers`)
    const mask = maskOf(batch, tokens)
    const rows =
      encoder.output.form === 'TOKENS'
        ? poolTokens({ states: data, texts: batch.length, tokens, mask }, encoder.pooling)
        : data.slice()
    if (encoder.normalised) normaliseRows(rows, rows.length / batch.length)
    return rows
  }

  return {
    async encode(texts) {
      const encoded = texts.map(text => tokenizer.encode(text))
      const groups = isApart
        ? texts.map((_, place) => [place])
        : runGroups(encoded.map(({ ids }) => ids.length))
      let rows = new Float32Array(0)
      let width = 0
      for (const places of groups) {
        const found = await run(places.map(place => encoded[place]!))
        if (width === 0) {
          width = found.length / places.length
          rows = new Float32Array(texts.length * width)
        }
        for (const [i, place] of places.entries())
          rows.set(found.subarray(i * width, (i + 1) * width), place * width)
      }
      return { rows, width }
    },
  }
}

/** Operators that take the scale of 8-bit numbers from all that is run together. */
const SHARED_SCALE = Buffer.from('DynamicQuantize')

/**
 * Whether what is run beside a text changes what it gets, as in networks that were quantised without an example of what they read. Such
 * texts are run one by one: the same text gets the same value, and 8-bit networks gain nothing by more.
 */
async function sharesScale(file: string): Promise<boolean> {
  let tail = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    const bytes = Buffer.concat([tail, chunk as Buffer])
    if (bytes.includes(SHARED_SCALE)) return true
    tail = bytes.subarray(-SHARED_SCALE.length)
  }
  return false
}

const CHUNK_BYTES = 1 << 20

function feedsOf(
  names: readonly string[],
  batch: readonly TextTokens[],
  tokens: number,
  padId: number,
): Record<string, Tensor> {
  const shape = [batch.length, tokens]
  const filled = (pick: (text: TextTokens) => readonly number[], pad: number) => {
    const numbers = new BigInt64Array(batch.length * tokens).fill(BigInt(pad))
    for (const [i, text] of batch.entries())
      for (const [j, number] of pick(text).entries()) numbers[i * tokens + j] = BigInt(number)
    return new Tensor('int64', numbers, shape)
  }
  const feeds: Record<string, Tensor> = {}
  for (const name of names) {
    if (name === 'input_ids') feeds[name] = filled(({ ids }) => ids, padId)
    else if (name === 'token_type_ids') feeds[name] = filled(({ types }) => types, 0)
    else feeds[name] = new Tensor('int64', maskOf(batch, tokens), shape)
  }
  return feeds
}

function maskOf(batch: readonly TextTokens[], tokens: number): BigInt64Array {
  const mask = new BigInt64Array(batch.length * tokens)
  for (const [i, { ids }] of batch.entries()) mask.fill(1n, i * tokens, i * tokens + ids.length)
  return mask
}
