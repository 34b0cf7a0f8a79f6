import type { ModelFolder } from '../../pipelines/model-registry.ts'
import type { EncoderFiles } from '../../pipelines/runtime/inference/encoder/encoder-files.ts'
import { marginBeside, readerOf } from '../../pipelines/runtime/inference/encoder/encoder-model.ts'
import { EncoderPool } from '../../pipelines/runtime/inference/encoder/encoder-pool.ts'
import { outputWidth } from '../../processors/encoder/encoder-head.ts'
import { withPlatform } from '../../processors/text/added-tone.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { NicrError } from '../../schemas/errors.ts'

/** Texts handed over at once. */
const TEXTS_AT_ONCE = 256

export interface NetworkMargins {
  /** What the version says of each text, before the link. */
  readonly margins: ReadonlyMap<string, number>
  /** What the network took for a text, ms. */
  readonly msOfText: number
}

/**
 * Runs a version's network once over texts, in a process that is ended before this returns.
 * @throws NicrError NICR_MODEL_INVALID; NICR_MODEL_FAILED where it gives no number for a text
 */
export async function readNetworkMargins(
  { path, manifest }: ModelFolder,
  { settings, head, ngrams, platform }: EncoderFiles,
  texts: readonly string[],
): Promise<NetworkMargins> {
  const asRead = readerOf(settings.reads)
  const readFeatures = createFeatureReader()
  const standIn = ngrams && platform ? withPlatform(ngrams, platform) : ngrams
  const unique = [...new Set(texts)]
  const margins = new Map<string, number>()
  let ms = 0
  const pool = new EncoderPool({ folder: path, encoder: settings, provider: 'cpu' }, 1)
  try {
    await pool.open()
    for (let from = 0; from < unique.length; from += TEXTS_AT_ONCE) {
      const batch = unique.slice(from, from + TEXTS_AT_ONCE)
      const start = performance.now()
      const { rows, width } = await pool.encode(batch.map(asRead))
      ms += performance.now() - start
      if (width !== outputWidth(head.core))
        throw new NicrError(
          'NICR_MODEL_INVALID',
          `${path}: the encoder gives ${width} numbers a text, its head reads ${outputWidth(head.core)}`,
        )
      for (const [i, text] of batch.entries()) {
        const output = rows.subarray(i * width, (i + 1) * width)
        const margin = marginBeside({ head, standIn, platform }, readFeatures(text), output)
        if (!Number.isFinite(margin))
          throw new NicrError(
            'NICR_MODEL_FAILED',
            `${manifest.kind}@${manifest.version}: the encoder gave no number for a text`,
          )
        margins.set(text, margin)
      }
    }
  } finally {
    await pool.close()
  }
  return { margins, msOfText: unique.length === 0 ? 0 : ms / unique.length }
}
