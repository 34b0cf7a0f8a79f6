import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { primarySubtag } from '../../processors/text/language-tags.ts'

/** What the head of a folder's `README.md` says, as the Hub writes it. */
export interface HubCard {
  readonly licence: string | null
  /** Primary subtags, each once; null where it names none. */
  readonly languages: readonly string[] | null
}

/** A card names no more: the largest encoders read a hundred. */
const LANGUAGES_MAX = 200

/** Of a folder without a card, or with one that has no head, everything is null. */
export async function readCard(folder: string): Promise<HubCard> {
  const card = await readFile(join(folder, 'README.md'), 'utf8').catch(() => '')
  const [, head = ''] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? []
  const named = listOf(head, 'language').flatMap(one => subtagOf(one) ?? [])
  const languages = [...new Set(named)].slice(0, LANGUAGES_MAX)
  return { licence: listOf(head, 'license')[0] ?? null, languages: languages.length === 0 ? null : languages }
}

/** Null of `multilingual`, `code` and the like, which name no language. */
function subtagOf(tag: string): string | null {
  const subtag = primarySubtag(tag)
  return subtag !== null && /^[a-z]{2,3}$/.test(subtag) ? subtag : null
}

/** The values of one field of the head: `a`, `[a, b]`, or a line `- a` each. */
function listOf(head: string, field: string): readonly string[] {
  const [, line = '', below = ''] =
    new RegExp(`^${field}:[ \\t]*(.*)((?:\\r?\\n[ \\t]*-.*)*)`, 'm').exec(head) ?? []
  const values = line.trim() === '' ? below.split('\n') : line.replace(/[[\]]/g, '').split(',')
  return values
    .map(one =>
      one
        .replace(/^\s*-/, '')
        .replace(/\s#.*$/, '')
        .trim()
        .replace(/^(['"])(.*)\1$/, '$2'),
    )
    .filter(one => one !== '')
}
