import type { Content, Report, SeenScore, Vote } from '../../schemas/records.ts'
import { type Author, createAuthors } from './authors.ts'
import { createDraws, type Draws } from './draws.ts'
import { createReaders, type Reaction, type Reader, reportOn, votesOn } from './readers.ts'
import { createSlang, type SlangOptions, type SlangTerm } from './slang.ts'
import { type Place, Threads } from './threads.ts'
import type { Truth } from './truth.ts'
import { type Intent, type Written, writeDrifted, writeOrdinary } from './writer.ts'

/** What happens on the platform, in order of `record.at`. */
export type CommunityEvent =
  | {
      readonly type: 'content'
      readonly record: Content
      /** Place among the contents, from 0. */
      readonly index: number
      readonly truth: Truth
    }
  | { readonly type: 'vote'; readonly record: Vote }
  | { readonly type: 'report'; readonly record: Report }

/** When and how a community's language drifts. */
export interface CommunityDrift {
  /** Place of the first content that may be in slang. */
  readonly from: number
  /** Share of the contents that are in slang, 0–1. */
  readonly share?: number
  /** Contents over which the share grows to its full size; 0: at once. */
  readonly rampContents?: number
  /** Contents until most of those who take up the slang have done so: at first few write all of it. */
  readonly adoptionContents?: number
  readonly slang?: SlangOptions
}

export interface CommunityOptions {
  readonly seed: number
  readonly authors?: number
  readonly readers?: number
  /** Event time of the first content, ms since the epoch. */
  readonly startAt: number
  /** Of event time. */
  readonly contentsPerSecond?: number
  /** null: the language never drifts. */
  readonly drift?: CommunityDrift | null
  /**
   * The score that readers saw beside a content, when they report it; null where none is known yet. With it nobody reports a
   * niceness that is right, and the events are as repeatable as its answers.
   */
  readonly seenScore?: (contentId: string, kind: string) => SeenScore | null
}

/** A community's people and slang, and what they do. The same options give the same community and events. */
export interface Community {
  readonly authors: readonly Author[]
  readonly readers: readonly Reader[]
  readonly slang: readonly SlangTerm[]
  /** All that happens, without end; each call begins anew. */
  events(): Generator<CommunityEvent, never, void>
}

const AUTHORS = 300
const READERS = 200
const CONTENTS_PER_SECOND = 20
const DRIFT_SHARE = 0.2
const ADOPTION_CONTENTS = 1500
/** Draws for an author who speaks the slang. */
const SPEAKER_DRAWS_MAX = 400
/** Contents after which somebody reacts, at most. */
const REACTION_CONTENTS_MAX = 60
/** A score that is nearer to the truth than this is not reported. */
const RIGHT_POINTS = 2

/** Streams of draws of their own, so that more votes do not change what is written. */
const seeds = { people: 1, slang: 2, texts: 3, reactions: 4 } as const

/** @throws Error as `createSlang` */
export function createCommunity(options: CommunityOptions): Community {
  const { seed, startAt, drift = null } = options
  const people = drawsOf(seed, 'people')
  const adoptionContents = drift?.adoptionContents ?? ADOPTION_CONTENTS
  const authors = createAuthors(people, { count: options.authors ?? AUTHORS, startAt, adoptionContents })
  const readers = createReaders(people, options.readers ?? READERS, startAt)
  const slang = createSlang(drawsOf(seed, 'slang'), drift?.slang)
  return { authors, readers, slang, events: () => eventsOf(options, authors, readers, slang) }
}

/** Draws of a purpose: of one seed each has others. */
export function drawsOf(seed: number, purpose: keyof typeof seeds | number): Draws {
  const stream = typeof purpose === 'number' ? purpose : seeds[purpose]
  return createDraws(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca6b))
}

function* eventsOf(
  options: CommunityOptions,
  authors: readonly Author[],
  readers: readonly Reader[],
  slang: readonly SlangTerm[],
): Generator<CommunityEvent, never, void> {
  const { seed, startAt, contentsPerSecond = CONTENTS_PER_SECOND, drift = null, seenScore } = options
  const texts = drawsOf(seed, 'texts')
  const reactions = drawsOf(seed, 'reactions')
  const threads = new Threads()
  const everyMs = 1000 / contentsPerSecond
  /** What will happen, by the content after which it does. */
  const coming = new Map<number, Coming[]>()
  for (let index = 0; ; index++) {
    const at = Math.floor(startAt + index * everyMs)
    const isDrifted = texts.chance(driftedShare(drift, index))
    const since = isDrifted ? index - drift!.from : -1
    const author = authorOf(authors, since, texts)
    const id = `content-${index + 1}`
    const place = threads.placeFor(author, id, texts)
    const written = write({ author, topic: place.topic, quoted: place.quoted }, since, slang, texts)
    threads.add(place.thread, id, written)
    yield { type: 'content', index, record: contentOf(id, author, place, written, at), truth: written.truth }
    const report = reportOn(written.truth, readers, reactions)
    for (const reaction of [
      ...votesOn(written.truth, readers, reactions),
      ...(report === null ? [] : [report]),
    ]) {
      const due = index + 1 + reactions.below(REACTION_CONTENTS_MAX)
      coming.set(due, [...(coming.get(due) ?? []), { contentId: id, reaction }])
    }
    for (const one of coming.get(index) ?? []) {
      const event = reactionEvent(one, at, seenScore)
      if (event !== null) yield event
    }
    coming.delete(index)
  }
}

/** Share of the contents in slang at a place of the stream. */
function driftedShare(drift: CommunityDrift | null, index: number): number {
  if (drift === null || index < drift.from) return 0
  const { share = DRIFT_SHARE, rampContents = 0, from } = drift
  return rampContents === 0 ? share : share * Math.min(1, (index - from + 1) / rampContents)
}

/** @param since contents since the drift began, of a content in slang; −1: anybody may write it */
function authorOf(authors: readonly Author[], since: number, draws: Draws): Author {
  const weights = activitiesOf(authors)
  let author = authors[draws.weighted(weights)]!
  for (let i = 1; i < SPEAKER_DRAWS_MAX && since >= 0 && author.adoptsAfter > since; i++)
    author = authors[draws.weighted(weights)]!
  return author
}

const activities = new WeakMap<readonly Author[], readonly number[]>()

function activitiesOf(authors: readonly Author[]): readonly number[] {
  const known = activities.get(authors)
  if (known !== undefined) return known
  const found = authors.map(({ activity }) => activity)
  activities.set(authors, found)
  return found
}

/** In slang only who speaks it: where nobody was found, the text is an ordinary one. */
function write(intent: Intent, since: number, slang: readonly SlangTerm[], draws: Draws): Written {
  return since >= 0 && intent.author.adoptsAfter <= since
    ? writeDrifted(intent, slang, draws)
    : writeOrdinary(intent, draws)
}

function contentOf(
  id: string,
  author: Author,
  { thread, parent }: Place,
  { text }: Written,
  at: number,
): Content {
  return {
    id,
    kind: parent === null ? 'POST' : 'COMMENT',
    action: 'CREATED',
    revision: 0,
    author: author.id,
    authorSince: author.since,
    thread,
    parent,
    language: 'en',
    text,
    images: [],
    at,
  }
}

interface Coming {
  readonly contentId: string
  readonly reaction: Reaction
}

/** null where the score turns out to be right. */
function reactionEvent(
  { contentId, reaction }: Coming,
  at: number,
  seenScore: CommunityOptions['seenScore'],
): CommunityEvent | null {
  const { reader } = reaction
  const common = { contentId, revision: 0, accountSince: reader.since, at }
  const id = `${contentId}-${reaction.type}-${reader.id}`
  if (reaction.type === 'vote')
    return { type: 'vote', record: { ...common, id, voter: reader.id, value: reaction.value } }
  const { kind, expected } = reaction
  const seen = seenScore?.(contentId, kind) ?? null
  if (seen !== null && kind === 'niceness' && Math.abs(seen.value - expected) < RIGHT_POINTS) return null
  return {
    type: 'report',
    record: {
      ...common,
      id,
      draftId: null,
      reporter: reader.id,
      kind,
      expected,
      seenScore: seen,
      text: null,
      note: null,
    },
  }
}
