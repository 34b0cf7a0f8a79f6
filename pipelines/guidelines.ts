import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import type { KindDeclaration } from './kind-declaration.ts'

/** What people who tag a kind go by. */
export interface Guideline {
  /** The first 12 hex digits of the text's sha256: it is stored with each label, so that labels given by another text can be told. */
  readonly version: string
  /** Markdown: headings, paragraphs, flat lists, bold. */
  readonly text: string
}

const VERSION_DIGITS = 12
/** By kind: they are read once. */
const known = new WeakMap<KindDeclaration, Guideline>()

/**
 * The guideline that a kind declares; null where it declares none.
 * @throws NicrError NICR_FILE_UNREADABLE
 */
export function guidelineOf(kind: KindDeclaration): Guideline | null {
  const { guideline } = kind
  if (guideline === undefined) return null
  const read = known.get(kind)
  if (read !== undefined) return read
  const text = 'text' in guideline ? guideline.text : fileText(guideline.file)
  const fresh = { version: hash('sha256', text, 'hex').slice(0, VERSION_DIGITS), text }
  known.set(kind, fresh)
  return fresh
}

function fileText(file: string): string {
  const path = packagePath(...file.split('/'))
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new NicrError('NICR_FILE_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}
