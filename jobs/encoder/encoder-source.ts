import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TOKENIZER_CONFIG_FILE, TOKENIZER_FILE } from '../../pipelines/runtime/inference/encoder/tokenizer.ts'
import { TOKENS_MAX } from '../../processors/encoder/encoder-settings.ts'
import type { Pooling } from '../../processors/encoder/pool-tokens.ts'
import { NicrError } from '../../schemas/errors.ts'
import { readCard } from './hub-card.ts'

/** A Hugging Face folder with a network as ONNX, as far as its own files tell. */
export interface EncoderSource {
  readonly folder: string
  /** The network, by its path in the folder. */
  readonly onnx: string
  /** Files beside it that are needed, by their paths in the folder. */
  readonly files: readonly string[]
  /** Of a model that classifies, in the order of its logits; null of one that only gives vectors. */
  readonly labels: readonly string[] | null
  /** Whether several labels may hold at once. */
  readonly isMultiLabel: boolean
  readonly tokensMax: number
  readonly pooling: Pooling
  readonly normalised: boolean
  /** As the folder names itself, for the card. */
  readonly name: string
  readonly licence: string | null
  /** That its card says it reads, primary subtags; null where it names none, or says only that they are many. */
  readonly languages: readonly string[] | null
}

/** Where the network lies in folders of the Hub, the smaller and faster forms first. */
export const ONNX_FILES = [
  'onnx/model_quantized.onnx',
  'onnx/model_int8.onnx',
  'onnx/model.onnx',
  'model_quantized.onnx',
  'model.onnx',
]
/** A network of up to so many bytes; above two billion ONNX keeps the weights in files beside it, and those are not read. */
export const ONNX_BYTES_MAX = 1_500_000_000
/** A tokeniser of more bytes is none. */
const JSON_BYTES_MAX = 64_000_000
/** Used where a folder states nothing: what encoders of the usual sort were trained with. */
const TOKENS_DEFAULT = 512

type Json = Readonly<Record<string, unknown>>

/**
 * Reads what a folder says of itself.
 * @param file the network’s path in the folder; found unless given
 * @throws NicrError NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID: what is missing, or not supported
 */
export async function readEncoderSource(folder: string, file?: string): Promise<EncoderSource> {
  const config = await readJson(folder, 'config.json')
  if (config === null && !(await isFolder(folder)))
    throw new NicrError(
      'NICR_MODEL_NOT_FOUND',
      `${folder}: there is no such folder; a model on the Hub is named hf:OWNER/NAME`,
    )
  if (config === null)
    throw new NicrError(
      'NICR_MODEL_NOT_FOUND',
      `${folder} holds no config.json, so it is no Hugging Face model`,
    )
  const tokenizer = await readJson(folder, TOKENIZER_FILE)
  if (tokenizer === null)
    throw new NicrError(
      'NICR_MODEL_INVALID',
      `${folder} holds no ${TOKENIZER_FILE}; write it with transformers: AutoTokenizer.from_pretrained(…).save_pretrained(…)`,
    )
  const tokenizerConfig = await readJson(folder, TOKENIZER_CONFIG_FILE)
  const onnx = await findOnnx(folder, file)
  const pooling = await readJson(folder, join('1_Pooling', 'config.json'))
  const modules = await readJson(folder, 'modules.json')
  const labels = labelsOf(config)
  const card = await readCard(folder)
  return {
    folder,
    onnx,
    files: [TOKENIZER_FILE, ...(tokenizerConfig === null ? [] : [TOKENIZER_CONFIG_FILE])],
    labels,
    isMultiLabel: config['problem_type'] === 'multi_label_classification' || labels?.length === 1,
    tokensMax: tokensOf(config, tokenizerConfig ?? {}),
    pooling: pooling?.['pooling_mode_cls_token'] === true ? 'CLS' : 'MEAN',
    normalised: modules === null ? labels === null : JSON.stringify(modules).includes('Normalize'),
    name: String(config['_name_or_path'] || config['model_type'] || 'unknown'),
    licence: card.licence,
    languages: card.languages,
  }
}

async function findOnnx(folder: string, file: string | undefined): Promise<string> {
  for (const one of file === undefined ? ONNX_FILES : [file]) {
    const found = await stat(join(folder, one)).catch(() => null)
    if (found === null) continue
    if (found.size > ONNX_BYTES_MAX)
      throw new NicrError(
        'NICR_MODEL_INVALID',
        `${join(folder, one)} has ${found.size} bytes, at most ${ONNX_BYTES_MAX} are taken; use a quantised form or a smaller model`,
      )
    if ((await stat(join(folder, `${one}_data`)).catch(() => null)) !== null)
      throw new NicrError(
        'NICR_MODEL_INVALID',
        `${join(folder, one)} keeps its weights in ${one}_data; write it as one file`,
      )
    return one
  }
  throw new NicrError(
    'NICR_MODEL_NOT_FOUND',
    file === undefined
      ? `${folder} holds no network as ONNX: none of ${ONNX_FILES.join(', ')}; scripts/export-encoder.py writes one`
      : `${join(folder, file)} is not there`,
  )
}

/** Null where the network does not classify: `id2label` alone says nothing, since every config gets a default one. */
function labelsOf(config: Json): readonly string[] | null {
  const architectures = Array.isArray(config['architectures']) ? config['architectures'] : []
  if (!architectures.some(name => String(name).includes('SequenceClassification'))) return null
  const labels = Object(config['id2label']) as Readonly<Record<string, string>>
  const count = Object.keys(labels).length
  const ordered = Array.from({ length: count }, (_, id) => labels[String(id)])
  if (count > 0 && ordered.every(label => typeof label === 'string')) return ordered as string[]
  throw new NicrError(
    'NICR_MODEL_INVALID',
    'config.json classifies, and its id2label does not name labels 0, 1, …',
  )
}

/** The least that tokeniser and network both allow. A tokeniser without a limit states 10³⁰. */
function tokensOf(config: Json, tokenizerConfig: Json): number {
  const stated = [config['max_position_embeddings'], tokenizerConfig['model_max_length']]
    .map(Number)
    .filter(tokens => Number.isInteger(tokens) && tokens > 2 && tokens <= TOKENS_MAX)
  // Encoders of the RoBERTa family have two places that no token uses.
  const spare = /roberta|camembert|mpnet/.test(String(config['model_type'])) ? 2 : 0
  return stated.length === 0 ? TOKENS_DEFAULT : Math.min(...stated) - (stated.length === 1 ? spare : 0)
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found?.isDirectory() ?? false
}

async function readJson(folder: string, name: string): Promise<Json | null> {
  const file = join(folder, name)
  const found = await stat(file).catch(() => null)
  if (found === null) return null
  const invalid = (problem: string, cause?: unknown) =>
    new NicrError('NICR_MODEL_INVALID', `${file}: ${problem}`, { cause })
  if (found.size > JSON_BYTES_MAX)
    throw invalid(`has ${found.size} bytes, at most ${JSON_BYTES_MAX} are read`)
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Json
  } catch (cause) {
    throw invalid((cause as Error).message, cause)
  }
}
