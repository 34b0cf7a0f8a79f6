import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import type { EncoderFiles } from '../../pipelines/runtime/inference/encoder/encoder-files.ts'
import {
  besideNetwork,
  marginsBeside,
  textToEncode,
} from '../../pipelines/runtime/inference/encoder/encoder-margin.ts'
import { readerOf } from '../../pipelines/runtime/inference/encoder/encoder-model.ts'
import { EncoderPool } from '../../pipelines/runtime/inference/encoder/encoder-pool.ts'
import type { TextInput } from '../../processors/text/text-input.ts'
import { NicrError } from '../../schemas/errors.ts'

/** Texts handed over at once. */
const TEXTS_AT_ONCE = 256

export interface NetworkMargins {
  /** What the version says of each text that was read, before the link. @throws Error where it was not */
  readonly marginOf: (input: TextInput) => number
  /** What the network took for a text, ms. */
  readonly msOfText: number
}

/**
 * Runs a version's network once over texts, in a process that is ended before this returns.
 * @throws NicrError NICR_MODEL_INVALID; NICR_MODEL_FAILED where it gives no number for a text
 */
export async function readNetworkMargins(
  { path, manifest }: ModelFolder,
  files: EncoderFiles,
  inputs: readonly TextInput[],
): Promise<NetworkMargins> {
  const { settings, head } = files
  const name = `${manifest.kind}@${manifest.version}`
  const asRead = readerOf(settings.reads)
  const beside = besideNetwork(files)
  const unique = [...new Map(inputs.map(input => [keyOf(input), input])).values()]
  const margins = new Map<string, number>()
  let ms = 0
  const pool = new EncoderPool({ folder: path, encoder: settings, provider: 'cpu' }, 1)
  try {
    await pool.open()
    for (let from = 0; from < unique.length; from += TEXTS_AT_ONCE) {
      const batch = unique.slice(from, from + TEXTS_AT_ONCE)
      const start = performance.now()
      const encoded = await pool.encode(batch.map(input => textToEncode(head, asRead, input)))
      ms += performance.now() - start
      for (const [i, margin] of marginsBeside(beside, batch, encoded, name).entries()) {
        const input = batch[i]!
        if (!Number.isFinite(margin))
          throw new NicrError('NICR_MODEL_FAILED', `${name}: the encoder gave no number for a text`)
        margins.set(keyOf(input), margin)
        if (!margins.has(input.text)) margins.set(input.text, margin)
      }
    }
  } finally {
    await pool.close()
  }
  const marginOf = (input: TextInput) => {
    // Where a text was read in one language and is asked for without any, or the other way round, it is the same text.
    const margin = margins.get(keyOf(input)) ?? margins.get(input.text)
    if (margin === undefined) throw new Error('the network did not run over a text that is judged by')
    return margin
  }
  return { marginOf, msOfText: unique.length === 0 ? 0 : ms / unique.length }
}

/** A language has no line of its own, so that no text is the key of another. */
function keyOf({ text, language = null }: TextInput): string {
  return `${language ?? ''}\n${text}`
}
