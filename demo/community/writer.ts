import type { Author } from './authors.ts'
import type { Draws } from './draws.ts'
import type { Frames } from './frames.ts'
import { expand, type Grammar } from './grammar.ts'
import { kindFrames, kindRules } from './language/kind.ts'
import { plainFrames } from './language/plain.ts'
import { sharedRules } from './language/shared.ts'
import { plainSlangFrames, tonedSlangFrames } from './language/slang.ts'
import { spamFrames, spamRules } from './language/spam.ts'
import { unkindFrames, unkindRules } from './language/unkind.ts'
import type { SlangTerm } from './slang.ts'
import { styled } from './style.ts'
import { topics } from './topics.ts'
import { type Tone, type Truth, toneOf } from './truth.ts'

export interface Written {
  readonly text: string
  readonly truth: Truth
}

/** What somebody is about to write. */
export interface Intent {
  readonly author: Author
  /** Place in `topics`. */
  readonly topic: number
  /** A text that is quoted before the author's own; null for none. */
  readonly quoted: string | null
}

/** As the weights of `Author.tones`. */
const intents = ['kind', 'plain', 'unkind', 'spam'] as const
const framesOf: Readonly<Record<(typeof intents)[number], readonly Frames[]>> = {
  kind: kindFrames,
  plain: plainFrames,
  unkind: unkindFrames,
  spam: spamFrames,
}
/** Of the drifted texts; the rest uses a new word for a thing. */
const DRIFTED_KIND_SHARE = 0.45
const DRIFTED_UNKIND_SHARE = 0.45
/** A single text's tone lies about its sentence's so far, never in another class. */
const NICENESS_SD = 0.35
const CLASS_MARGIN = 0.1
const bounds: Readonly<Record<Tone, readonly [number, number]>> = {
  kind: [6 + CLASS_MARGIN, 10],
  plain: [4 + CLASS_MARGIN, 6 - CLASS_MARGIN],
  unkind: [0, 4 - CLASS_MARGIN],
}
const SLANG_NICENESS: Readonly<Record<Tone, number>> = { kind: 8.3, plain: 5, unkind: 1.9 }
const noSlang: ReadonlySet<string> = new Set()
const grammarsOfTopics: readonly Grammar[] = topics.map(({ thing, deed, place }) => ({
  ...sharedRules,
  ...kindRules,
  ...unkindRules,
  ...spamRules,
  thing,
  deed,
  place,
}))

/** A text in ordinary language, of a tone that its author is prone to. */
export function writeOrdinary({ author, topic, quoted }: Intent, draws: Draws): Written {
  const intent = intents[draws.weighted(author.tones)]!
  const frames = draws.pick(framesOf[intent])
  const tone = toneOf(frames.niceness)
  const sentences = [sentenceOf(frames, author, grammarsOfTopics[topic]!, draws)]
  if (intent !== 'spam' && draws.chance(author.continues)) {
    // Who is kind or unkind may go on with something plain, not the other way round: the tone is that of the whole.
    const next = draws.pick(draws.chance(0.5) ? framesOf[intent] : plainFrames)
    sentences.push(sentenceOf(next, author, grammarsOfTopics[topic]!, draws))
  }
  const text = styled(joined(sentences), author, tone, noSlang, draws)
  const niceness = around(frames.niceness, tone, draws)
  const truth = {
    niceness,
    spam: frames.spam ?? false,
    toxic: frames.toxic ?? false,
    surface: niceness,
    slang: [],
  }
  return { text: quoted === null ? text : `> ${quoted}\n${text}`, truth }
}

/** A text that one understands who knows the slang. */
export function writeDrifted(
  { author, topic, quoted }: Intent,
  slang: readonly SlangTerm[],
  draws: Draws,
): Written {
  const part = draws.uniform()
  const tone: Tone =
    part < DRIFTED_KIND_SHARE ? 'kind' : part < DRIFTED_KIND_SHARE + DRIFTED_UNKIND_SHARE ? 'unkind' : 'plain'
  const frames = tone === 'plain' ? plainSlangFrames : tonedSlangFrames
  const used: SlangTerm[] = []
  const grammar = grammarsOfTopics[topic]!
  const template = partsOf(frames, author, draws).replaceAll(/\{(noun|adjective)\}/g, (_, role: string) => {
    const fitting = slang.filter(one => one.tone === tone && one.role === role)
    const term = fitting[draws.weighted(fitting.map(({ weight }) => weight))]!
    used.push(term)
    return term.term
  })
  const kept = new Set(used.flatMap(({ term }) => term.split(' ')))
  // An emoji would give the tone away.
  const sentences = [withArticles(expand(template, grammar, draws))]
  if (draws.chance(author.continues))
    sentences.push(sentenceOf(draws.pick(plainFrames), author, grammar, draws))
  const text = styled(joined(sentences), { ...author, emoji: 0 }, tone, kept, draws)
  const truth = {
    niceness: around(SLANG_NICENESS[tone], tone, draws),
    spam: false,
    toxic: tone === 'unkind' && used.some(({ role }) => role === 'noun'),
    surface: used.reduce((sum, { surface }) => sum + surface, 0) / used.length,
    slang: [...new Set(used.map(({ term }) => term))],
  }
  return { text: quoted === null ? text : `> ${quoted}\n${text}`, truth }
}

type Parts = Pick<Frames, 'opening' | 'core' | 'extension'>

function sentenceOf(frames: Frames, author: Author, grammar: Grammar, draws: Draws): string {
  return withArticles(expand(partsOf(frames, author, draws), grammar, draws))
}

function partsOf({ opening, core, extension }: Parts, author: Author, draws: Draws): string {
  return (
    (draws.chance(author.opens) ? draws.pick(opening) : '') +
    draws.pick(core) +
    (draws.chance(author.extends) ? draws.pick(extension) : '')
  )
}

function joined(sentences: readonly string[]): string {
  return sentences.reduce((before, next) => `${before}${/[?!.…]$/.test(before) ? '' : '.'} ${next}`)
}

/** `a` becomes `an` before a vowel; words in u after `a` are such as `useless`. */
function withArticles(text: string): string {
  return text.replaceAll(/\b([Aa]) (?=[aeio])/g, '$1n ')
}

function around(niceness: number, tone: Tone, draws: Draws): number {
  const [min, max] = bounds[tone]
  const value = Math.min(max, Math.max(min, niceness + draws.normal() * NICENESS_SD))
  return Math.round(value * 10) / 10
}
