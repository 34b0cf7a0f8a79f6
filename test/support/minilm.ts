import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { minilmFolder } from '../../bench/minilm-folder.ts'

/** Why the real encoder is not there, for the name of a test that is skipped; empty where it is. */
export const minilmMissing = existsSync(join(minilmFolder(), 'reference.json'))
  ? ''
  : `${minilmFolder()} is not there: scripts/minilm.sh makes it`

/** What PyTorch and transformers made of some texts. */
export interface Reference {
  readonly vectors: readonly { readonly text: string; readonly vector: readonly number[] }[]
  readonly tokens: readonly {
    readonly text: string
    readonly ids: readonly number[]
    /** Of the first 256 tokens. */
    readonly cut: readonly number[]
  }[]
}

export function readReference(): Reference {
  return JSON.parse(readFileSync(join(minilmFolder(), 'reference.json'), 'utf8')) as Reference
}
