import { createWriteStream } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { TOKENIZER_CONFIG_FILE, TOKENIZER_FILE } from '../../pipelines/runtime/inference/encoder/tokenizer.ts'
import { NicrError } from '../../schemas/errors.ts'
import { ONNX_BYTES_MAX, ONNX_FILES } from './encoder-source.ts'

/** A model on the Hub: `hf:owner/name`, with `@revision` where not the newest is meant. */
export interface HubModel {
  readonly name: string
  readonly revision: string
}

export interface HubOptions {
  /** HF_ENDPOINT: the Hub, or a mirror of it. */
  readonly endpoint: string
  /** HF_TOKEN, for models that are not open to all. */
  readonly token: string | null
  /** The network’s path; found unless given. */
  readonly file?: string | undefined
  readonly onProgress?: ((file: string, bytes: number) => void) | undefined
}

const ANSWER_MS = 30_000
/** Of files that are no network. */
const FILE_BYTES_MAX = 64_000_000
const NEEDED = ['config.json', TOKENIZER_FILE]
const WELCOME = [TOKENIZER_CONFIG_FILE, 'README.md', '1_Pooling/config.json', 'modules.json']

/** `hf:owner/name@revision` taken apart; null for what does not begin so. @throws NicrError NICR_INPUT_INVALID for half of it */
export function parseHubName(source: string): HubModel | null {
  if (!source.startsWith('hf:')) return null
  const [, name, revision = 'main'] = /^hf:([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(source) ?? []
  if (name !== undefined) return { name, revision }
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `${source} is no name on the Hub; those are written hf:OWNER/NAME or hf:OWNER/NAME@REVISION`,
  )
}

/**
 * Downloads what a version needs of a model, and says in its card which commit that was.
 * @param folder gets the files
 * @returns owner/name@commit
 * @throws NicrError NICR_HUB_UNAVAILABLE; NICR_MODEL_NOT_FOUND where the Hub or the model has no such thing
 */
export async function fetchHubModel(
  { name, revision }: HubModel,
  folder: string,
  options: HubOptions,
): Promise<string> {
  const { endpoint, token, file, onProgress } = options
  const get = async (path: string): Promise<Response> => {
    // Of the answer's head only: a large network may take as long as it takes.
    const controller = new AbortController()
    const late = setTimeout(() => controller.abort(new Error(`no answer in ${ANSWER_MS} ms`)), ANSWER_MS)
    const response = await fetch(`${endpoint}/${path}`, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      signal: controller.signal,
    })
      .catch((cause: Error) => {
        // What went wrong stands behind undici's "fetch failed".
        const why = cause.cause instanceof Error ? cause.cause.message : cause.message
        throw new NicrError(
          'NICR_HUB_UNAVAILABLE',
          `${endpoint} does not answer (${why}); set HF_ENDPOINT to a mirror, or give a folder`,
          { cause },
        )
      })
      .finally(() => clearTimeout(late))
    if (response.ok) return response
    throw new NicrError(
      response.status >= 500 || response.status === 429 ? 'NICR_HUB_UNAVAILABLE' : 'NICR_MODEL_NOT_FOUND',
      `${endpoint}/${path} answers ${response.status}${response.status === 401 ? '; models that are not open to all need HF_TOKEN' : ''}`,
    )
  }
  const about = (await (await get(`api/models/${name}/revision/${revision}`)).json()) as {
    readonly sha?: string
    readonly siblings?: readonly { readonly rfilename: string }[]
  }
  const there = new Set(about.siblings?.map(({ rfilename }) => rfilename))
  const onnx = file ?? ONNX_FILES.find(one => there.has(one))
  const missing = [...NEEDED, onnx ?? 'a network as ONNX'].filter(one => !there.has(one))
  if (onnx === undefined || missing.length > 0)
    throw new NicrError('NICR_MODEL_NOT_FOUND', `${name} on the Hub lacks ${missing.join(', ')}`)
  const commit = about.sha ?? revision
  await rm(folder, { recursive: true, force: true })
  for (const one of [...NEEDED, ...WELCOME.filter(path => there.has(path)), onnx]) {
    const response = await get(`${name}/resolve/${commit}/${one}`)
    const into = join(folder, one)
    await mkdir(dirname(into), { recursive: true })
    await save(response, into, one === onnx ? ONNX_BYTES_MAX : FILE_BYTES_MAX, bytes =>
      onProgress?.(one, bytes),
    )
  }
  return `${name}@${commit}`
}

async function save(
  response: Response,
  into: string,
  bytesMax: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  if (response.body === null) return writeFile(into, '')
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      onBytes(bytes)
      if (bytes <= bytesMax) return done(null, chunk)
      done(new NicrError('NICR_MODEL_INVALID', `${response.url} has more than ${bytesMax} bytes`))
    },
  })
  try {
    await pipeline(Readable.fromWeb(response.body as ReadableStream), counted, createWriteStream(into))
  } catch (cause) {
    if (cause instanceof NicrError) throw cause
    throw new NicrError('NICR_HUB_UNAVAILABLE', `${response.url} broke off: ${(cause as Error).message}`, {
      cause,
    })
  }
}
