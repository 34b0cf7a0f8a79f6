import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { NicrError } from '../../../../schemas/errors.ts'

/** The files of a tokeniser, the first of which there must be. */
export const TOKENIZER_FILE = 'tokenizer.json'
export const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json'

/** What a text is to an encoder. */
export interface TextTokens {
  readonly ids: readonly number[]
  /** Which of two texts each belongs to: zeros here, where a tokeniser does not say otherwise. */
  readonly types: readonly number[]
}

export interface TextTokenizer {
  /** Token that short texts of a batch are filled up with. */
  readonly padId: number
  /** Whether it writes capital letters and small ones alike. */
  readonly isUncased: boolean
  /** At most `tokensMax`, special tokens included: those at the end of a text that is cut stay. */
  encode(text: string): TextTokens
}

/** UTF-16 units of a text that are looked at, for each token there may be: no tokeniser reads more into one. */
const UNITS_A_TOKEN = 32

/**
 * Opens `tokenizer.json` of a folder as Hugging Face writes it, and `tokenizer_config.json` where there is one.
 * @throws NicrError NICR_MODEL_INVALID
 */
export async function openTokenizer(folder: string, tokensMax: number): Promise<TextTokenizer> {
  const invalid = (problem: string, cause?: unknown) =>
    new NicrError('NICR_MODEL_INVALID', `${join(folder, TOKENIZER_FILE)}: ${problem}`, { cause })
  const [description, config] = await Promise.all([
    readJson(join(folder, TOKENIZER_FILE)),
    readJson(join(folder, TOKENIZER_CONFIG_FILE), {}),
  ])
  let tokenizer: Tokenizer
  try {
    tokenizer = new Tokenizer(description, config)
  } catch (cause) {
    throw invalid(`this tokeniser cannot be used: ${(cause as Error).message}`, cause)
  }
  const around = specialTokens(tokenizer)
  if (around === null || around.before + around.behind >= tokensMax)
    throw invalid(`does not fit ${tokensMax} tokens`)
  return {
    padId: padIdOf(tokenizer, config),
    isUncased: !hasCase(tokenizer),
    encode(text) {
      const { ids, token_type_ids: types = [] } = tokenizer.encode(
        // Half of a pair is no character: tokenisers take it for an unknown one.
        text.slice(0, UNITS_A_TOKEN * tokensMax).toWellFormed(),
      )
      return cut(
        { ids, types: types.length === ids.length ? types : ids.map(() => 0) },
        tokensMax,
        around.behind,
      )
    },
  }
}

function hasCase(tokenizer: Tokenizer): boolean {
  const read = (text: string) => tokenizer.tokenize(text, { add_special_tokens: false }).join(' ')
  return read('HELLO World') !== read('hello world')
}

function cut({ ids, types }: TextTokens, tokensMax: number, behind: number): TextTokens {
  if (ids.length <= tokensMax) return { ids, types }
  const kept = tokensMax - behind
  const short = (all: readonly number[]) => [...all.slice(0, kept), ...all.slice(all.length - behind)]
  return { ids: short(ids), types: short(types) }
}

/** How many tokens a tokeniser puts before and behind a text; null where that cannot be seen. */
function specialTokens(tokenizer: Tokenizer): { readonly before: number; readonly behind: number } | null {
  const bare = tokenizer.encode('a', { add_special_tokens: false }).ids
  const whole = tokenizer.encode('a').ids
  for (let before = 0; before + bare.length <= whole.length; before++)
    if (bare.every((id: number, i: number) => whole[before + i] === id))
      return { before, behind: whole.length - before - bare.length }
  return null
}

function padIdOf(tokenizer: Tokenizer, config: Readonly<Record<string, unknown>>): number {
  const token = config['pad_token']
  const name = typeof token === 'string' ? token : (Object(token) as { content?: unknown }).content
  const id = tokenizer.token_to_id(typeof name === 'string' ? name : '[PAD]')
  return id ?? tokenizer.token_to_id('<pad>') ?? 0
}

async function readJson(
  file: string,
  fallback?: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, unknown>>
  } catch (cause) {
    if (fallback !== undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return fallback
    throw new NicrError('NICR_MODEL_INVALID', `${file}: ${(cause as Error).message}`, { cause })
  }
}
