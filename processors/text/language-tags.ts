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

/** Languages that short texts hardly tell apart (measured: docs/decisions/0018), or that their words and letters here do not. */
const NEIGHBOURS: readonly (readonly string[])[] = [
  ['da', 'no', 'sv'],
  ['cs', 'sk'],
  ['hr', 'sr', 'bs', 'sl'],
  ['nl', 'af'],
  ['id', 'ms'],
  ['ru', 'bg', 'mk', 'sr'],
]

/**
 * What a detected language is taken to be by somebody who reads `languages`: itself, or, where that is none of them, a neighbour
 * that is. A language that the platform states is never changed so.
 */
export function languageAmong(detected: string | null, languages: readonly string[]): string | null {
  if (detected === null || languages.includes(detected)) return detected
  for (const group of NEIGHBOURS) {
    const near = group.includes(detected) ? group.find(one => languages.includes(one)) : undefined
    if (near !== undefined) return near
  }
  return detected
}

/** Whether all of these languages are written in Latin letters, as far as they are told by their letters here. */
export function areLatin(languages: readonly string[]): boolean {
  return !languages.some(language => writtenInOtherScripts.has(language))
}
