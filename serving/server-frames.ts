import { Type } from 'typebox'
import { Nullable, ReasonBody } from './routes/shapes.ts'

/** The frames the server sends on /v1/live. Clients must ignore fields they do not know: there may be more later. */

const contentId = Type.String({ description: 'The content’s id.' })
const revision = Type.Integer({ description: 'The content’s revision; higher ones win.' })
const eventAt = Type.Integer({ description: 'When the content was written, ms since the epoch.' })
const cursor = Type.String({
  description: 'Opaque; give it to `resume` after a reconnect to go on right after this frame.',
})
const label = Nullable(Type.String())
const language = Nullable(Type.String({ description: 'BCP 47 tag.' }))
const reasons = Type.Array(ReasonBody)

export const serverFrames = {
  'draft-score': Type.Object(
    {
      type: Type.Literal('draft-score'),
      id: Type.String({ description: 'The draft’s id.' }),
      seq: Type.Integer({ description: 'Of the text that was scored.' }),
      niceness: Nullable(Type.Number({ minimum: 0, maximum: 10 })),
      spam: Nullable(Type.Number({ minimum: 0, maximum: 1 })),
      label,
      status: Type.String({ description: 'SCORED, DEGRADED, UNSUPPORTED or EMPTY.' }),
      reasons,
      model: Nullable(Type.String()),
      decidedBy: Nullable(Type.String({ description: 'The kind that decided about spam.' })),
      language,
    },
    { description: 'The score of a draft’s latest text.' },
  ),
  score: Type.Object(
    {
      type: Type.Literal('score'),
      contentId,
      revision,
      kind: Type.String(),
      status: Type.String({ description: 'SCORED, DEGRADED, UNSUPPORTED or EMPTY.' }),
      value: Nullable(Type.Number({ description: 'Niceness 0–10; spam and toxicity 0–1.' })),
      label,
      probability: Nullable(Type.Number()),
      reasons,
      model: Type.String(),
      author: Type.String(),
      language,
      eventAt,
      scoredAt: Type.Integer({ description: 'ms since the epoch' }),
      cursor,
    },
    { description: 'A score of a published content that the socket follows.' },
  ),
  cleared: Type.Object(
    { type: Type.Literal('cleared'), contentId, revision, eventAt, cursor },
    { description: 'A content that the socket follows was deleted: its scores no longer hold.' },
  ),
  subscribed: Type.Object(
    { type: Type.Literal('subscribed'), cursor },
    { description: 'Answers a `subscribe` that asked for it.' },
  ),
  unsubscribed: Type.Object(
    { type: Type.Literal('unsubscribed') },
    { description: 'Answers an `unsubscribe` that asked for it.' },
  ),
  resumed: Type.Object(
    { type: Type.Literal('resumed') },
    { description: 'Answers a `resume` that asked for it.' },
  ),
  error: Type.Object(
    {
      type: Type.Literal('error'),
      code: Type.String({ pattern: '^NICR_[A-Z_]+$', description: 'Stable; docs/errors.md lists them.' }),
      detail: Type.String({ description: 'What, where and what to do; never the text of a draft.' }),
      id: Type.Optional(Type.String({ description: 'The draft it is about.' })),
      seq: Type.Optional(Type.Integer()),
    },
    { description: 'A frame could not be used, or a draft not be scored. The socket stays open.' },
  ),
}
