import { drawsOf } from '../community/community.ts'
import { expand } from '../community/grammar.ts'
import { sharedRules } from '../community/language/shared.ts'
import { spamFrames, spamRules } from '../community/language/spam.ts'

const PURPOSE = 20

/** Offers as spammers write them, seeded, no two alike. @throws Error where the grammar has fewer */
export function spamTexts(seed: number, count: number): string[] {
  const draws = drawsOf(seed, PURPOSE)
  const texts = new Set<string>()
  const [frames] = spamFrames
  for (let tries = 0; texts.size < count; tries++) {
    if (tries > count * TRIES_MAX) throw new Error(`no ${count} different offers were found`)
    const { opening, core, extension } = frames!
    const template = draws.pick(opening) + draws.pick(core) + draws.pick(extension)
    texts.add(expand(template, { ...sharedRules, ...spamRules }, draws))
  }
  return [...texts]
}

const TRIES_MAX = 100
