import { NicrError } from '../schemas/errors.ts'
import { imageSpam } from './image-spam.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { niceness } from './niceness.ts'
import { textSpam } from './text-spam.ts'
import { toxicity } from './toxicity.ts'

/** Every kind by name. */
export const kinds: Readonly<Record<string, KindDeclaration>> = byName([
  niceness,
  textSpam,
  imageSpam,
  toxicity,
])

/**
 * The kind of this name.
 * @param declared where it is looked for: every kind unless given
 * @throws NicrError NICR_KIND_UNKNOWN
 */
export function kindNamed(name: string, declared = kinds): KindDeclaration {
  const found = Object.hasOwn(declared, name) ? declared[name] : undefined
  if (found !== undefined) return found
  throw new NicrError(
    'NICR_KIND_UNKNOWN',
    `no model kind is named ${name}; there are ${Object.keys(declared).join(', ')}`,
  )
}

/** Primary language subtags that a version of a kind reads: its own, or those of the kind. */
export function languagesRead(
  { languages }: Pick<KindDeclaration, 'languages'>,
  card: { readonly languages?: readonly string[] | undefined },
): readonly string[] {
  return card.languages ?? languages
}

/** Declarations as `kinds` lists them, for one that is not in the table. */
export function byName(declarations: readonly KindDeclaration[]): Readonly<Record<string, KindDeclaration>> {
  return Object.freeze(Object.fromEntries(declarations.map(declaration => [declaration.kind, declaration])))
}
