import type { Pooling } from './pool-tokens.ts'

/** What an encoder reads and gives: `features` of its version's manifest. */
export interface EncoderSettings {
  /** sha256 in hex of every file that it needs beside `model.onnx`, by name. */
  readonly files: Readonly<Record<string, string>>
  /** Longer texts are cut, special tokens included. */
  readonly tokensMax: number
  /** AUTHOR: the text as it was written. NORMALISED: as all models of n-grams read it, without disguises. */
  readonly reads: 'AUTHOR' | 'NORMALISED'
  /** Its output: the labels' logits, one vector a text, or states of tokens that are pooled here. */
  readonly output: { readonly name: string; readonly form: 'LOGITS' | 'VECTOR' | 'TOKENS' }
  /** For TOKENS. */
  readonly pooling: Pooling
  /** Whether vectors are made one long. */
  readonly normalised: boolean
  /** Primary language subtags that it reads; null: those of its kind. */
  readonly languages: readonly string[] | null
  readonly revision: number
}

/** Raised whenever the same settings would give other vectors. */
export const ENCODER_REVISION = 1
/** As many tokens as any encoder of the usual sort has places for. */
export const TOKENS_MAX = 8192

/** What is wrong with the settings, in words; null if nothing is. */
export function encoderProblem(value: unknown): string | null {
  const one = Object(value) as Partial<EncoderSettings>
  if (one.revision !== ENCODER_REVISION)
    return `revision is ${one.revision}, this program reads ${ENCODER_REVISION}`
  const names = Object.keys(Object(one.files))
  if (
    names.length === 0 ||
    names.some(name => !/^[\w.-]+$/.test(name) || !/^[0-9a-f]{64}$/.test(one.files![name]!))
  )
    return 'files does not name files with their sha256'
  if (!Number.isInteger(one.tokensMax) || one.tokensMax! < 1 || one.tokensMax! > TOKENS_MAX)
    return `tokensMax is not a whole number from 1 to ${TOKENS_MAX}`
  if (one.reads !== 'AUTHOR' && one.reads !== 'NORMALISED') return 'reads is neither AUTHOR nor NORMALISED'
  if (typeof one.output?.name !== 'string' || !['LOGITS', 'VECTOR', 'TOKENS'].includes(one.output.form))
    return 'output does not name an output and its form'
  if (one.pooling !== 'MEAN' && one.pooling !== 'CLS') return 'pooling is neither MEAN nor CLS'
  if (typeof one.normalised !== 'boolean') return 'normalised is neither true nor false'
  const { languages } = one
  if (languages !== null && !(Array.isArray(languages) && languages.every(tag => /^[a-z]{2,3}$/.test(tag))))
    return 'languages is neither null nor a list of language subtags'
  return null
}
