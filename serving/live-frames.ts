import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { nicenessOf, reasonBody, spamOf } from './draft-scoring.ts'
import { invalidFields } from './invalid-fields.ts'
import type { KindScore } from './ports.ts'
import type { FeedEntry } from './score-feed.ts'

/** The frames of `nicr.v1`, declared once: what is declared here validates, and makes /asyncapi.json. */

const Id = Type.String({ minLength: 1, maxLength: 200 })
const Ids = Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { minItems: 1, maxItems: 1000 })
const Niceness = Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: 10 }), Type.Null()]))
const Traceparent = Type.Optional(
  Type.String({
    maxLength: 200,
    description:
      'W3C trace context: the span that this belongs under, where traces are on. Passed over if it is none.',
  }),
)
const wish = {
  content: Type.Optional(Ids),
  authors: Type.Optional(Ids),
  all: Type.Optional(Type.Literal(true)),
}

export const clientFrames = {
  draft: Type.Object(
    {
      type: Type.Literal('draft'),
      id: Id,
      seq: Type.Integer({
        minimum: 0,
        description: 'Counts the texts of this draft upwards; a lower one is stale.',
      }),
      text: Type.String(),
      language: Type.Optional(Type.String({ maxLength: 35 })),
      traceparent: Traceparent,
    },
    {
      description:
        'The text of a draft as it stands. The latest wins: earlier ones still waiting are never answered.',
    },
  ),
  outcome: Type.Object(
    {
      type: Type.Literal('outcome'),
      id: Id,
      outcome: Type.Union([
        Type.Literal('POSTED_AS_IS'),
        Type.Literal('MODIFIED'),
        Type.Literal('DELETED'),
        Type.Literal('IGNORED'),
      ]),
      contentId: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
      nicenessFirst: Niceness,
      nicenessLast: Niceness,
      edits: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
      modelVersion: Type.Optional(Type.String({ maxLength: 100 })),
      traceparent: Traceparent,
    },
    {
      description:
        'What became of a draft, never its text. What its author was shown may be given, since a client knows it over reconnects; the server adds what it showed on this socket where it is not.',
    },
  ),
  subscribe: Type.Object(
    { type: Type.Literal('subscribe'), ...wish, ack: Type.Optional(Type.Boolean()) },
    {
      description:
        'Follow scores of contents, of authors, or of all (moderators). `ack` asks for a `subscribed` frame.',
    },
  ),
  unsubscribe: Type.Object({
    type: Type.Literal('unsubscribe'),
    ...wish,
    ack: Type.Optional(Type.Boolean()),
  }),
  resume: Type.Object(
    {
      type: Type.Literal('resume'),
      cursor: Type.String({ minLength: 1 }),
      ack: Type.Optional(Type.Boolean()),
    },
    {
      description:
        'Go on from a cursor: what the subscriptions missed comes first. Once a socket, after subscribing.',
    },
  ),
}

type Frames = { [Name in keyof typeof clientFrames]: Static<(typeof clientFrames)[Name]> }
export type ClientFrame = Frames[keyof Frames]

export type Parsed =
  | { readonly ok: true; readonly frame: ClientFrame }
  | { readonly ok: false; readonly detail: string }

const checks = {
  draft: Compile(clientFrames.draft),
  outcome: Compile(clientFrames.outcome),
  subscribe: Compile(clientFrames.subscribe),
  unsubscribe: Compile(clientFrames.unsubscribe),
  resume: Compile(clientFrames.resume),
}

/** Reads a frame. The detail of a bad one names the field and never quotes it: it may hold a draft. */
export function parseFrame(data: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return { ok: false, detail: 'the frame is not JSON' }
  }
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined
  if (typeof type !== 'string' || !Object.hasOwn(checks, type))
    return { ok: false, detail: `the frame's type is none of ${Object.keys(checks).join(', ')}` }
  const check = checks[type as keyof typeof checks]
  if (check.Check(value)) return { ok: true, frame: value as ClientFrame }
  const [first] = invalidFields(clientFrames[type as keyof typeof checks], check.Errors(value))
  return { ok: false, detail: `${type}${first?.pointer ?? ''}: ${first?.detail ?? 'does not hold'}` }
}

/** The answer to a draft as its frame. */
export function draftScoreFrame(
  { id, seq }: { readonly id: string; readonly seq: number },
  scores: readonly KindScore[],
): string {
  const niceness = nicenessOf(scores)
  const { spam, decidedBy } = spamOf(scores)
  return JSON.stringify({
    type: 'draft-score',
    id,
    seq,
    niceness: niceness?.decision?.value ?? null,
    spam,
    label: niceness?.decision?.label ?? null,
    status: niceness?.status ?? 'UNSUPPORTED',
    reasons: (niceness?.decision?.reasons ?? []).map(reasonBody),
    model: niceness?.modelVersion ?? null,
    decidedBy,
    language: niceness?.language ?? null,
  })
}

/** A feed entry as its frame. */
export function feedFrame({ type, record }: FeedEntry, cursor: string): string {
  if (type === 'cleared')
    return JSON.stringify({
      type,
      contentId: record.contentId,
      revision: record.revision,
      eventAt: record.eventAt,
      cursor,
    })
  return JSON.stringify({
    type,
    contentId: record.contentId,
    revision: record.revision,
    kind: record.kind,
    status: record.status,
    value: record.value,
    label: record.label,
    probability: record.probability,
    reasons: record.reasons.map(reasonBody),
    model: record.modelVersion,
    author: record.author,
    language: record.language,
    eventAt: record.eventAt,
    scoredAt: record.scoredAt,
    cursor,
  })
}
