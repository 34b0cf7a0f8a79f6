import { writtenInOtherScripts } from './scripts.ts'

/** Tags that say that nobody knows (BCP 47: undetermined, none, several, other). */
const UNKNOWN = new Set(['', 'und', 'zxx', 'mul', 'mis'])

/** Subtags that mean what another means: old codes, the two ways to write Norwegian, and the standards of macrolanguages. */
const SAME_AS: Readonly<Record<string, string>> = {
  iw: 'he',
  in: 'id',
  ji: 'yi',
  nb: 'no',
  nn: 'no',
  fil: 'tl',
  cmn: 'zh',
  arb: 'ar',
  swh: 'sw',
}

/** `en` of `en-GB`, in the one form that languages have here; null of a tag that names none. */
export function primarySubtag(tag: string | null | undefined): string | null {
  if (tag === null || tag === undefined) return null
  const subtag = tag.trim().split(/[-_]/, 1)[0]!.toLowerCase()
  return UNKNOWN.has(subtag) ? null : (SAME_AS[subtag] ?? subtag)
}

/** Whether all of these languages are written in Latin letters, as far as they are told by their letters here. */
export function areLatin(languages: readonly string[]): boolean {
  return !languages.some(language => writtenInOtherScripts.has(language))
}
