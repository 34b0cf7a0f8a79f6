import { type Static, type TSchema, Type } from 'typebox'
import { loopPhases } from '../../pipelines/loop-overview.ts'
import { KindName } from './label-shapes.ts'
import { Nullable } from './shapes.ts'

/** What the endpoints of the loop take and answer. */

export const Time = (description: string) =>
  Type.Integer({ description: `${description}, ms since the epoch.` })

/** Why something is done, in a sentence of the one who does it. */
const Why = Type.Optional(Type.String({ maxLength: 1000, description: 'Why, for the history.' }))

export const AutomationBody = Type.Object(
  {
    kind: KindName,
    paused: Type.Boolean({
      description: 'true: nothing is trained, promoted or taken back by itself. false: it is again.',
    }),
    reason: Why,
  },
  { additionalProperties: false },
)
export type AutomationBody = Static<typeof AutomationBody>

export const SaidAutomation = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  paused: Type.Boolean(),
  by: Type.String(),
  reason: Type.String(),
  at: Time('When'),
})

export const RequestBody = Type.Object({ kind: KindName, reason: Why }, { additionalProperties: false })
export type RequestBody = Static<typeof RequestBody>

const request = {
  id: Type.String(),
  policy: Type.String({ description: 'The declared policy that asked, or manual.' }),
  reason: Type.String(),
  by: Type.String(),
  modelVersion: Type.String({ description: 'The champion that should be replaced.' }),
  requestedAt: Time('When it was asked'),
  expiresAt: Nullable(Time('When it lapses if too few labels come')),
}

export const WrittenRequest = Type.Object({ kind: Type.String(), ...request })

const Step = Type.Object({
  step: Type.String({
    description: 'REQUESTED, TAGGING, TRAINING, SHADOW, PROMOTED, REJECTED or EXPIRED.',
  }),
  task: Type.String({
    description: 'The work within it: tag, settle, snapshot, train, compare, gate, shadow, canary, …',
  }),
  progress: Type.Number({ description: 'How much of it is done, 0 to 1.' }),
  figures: Type.Record(Type.String(), Type.Number() as TSchema, {
    description: 'labels and labelsNeeded; rows; records, differingShare and meanShift; …',
  }),
  detail: Type.String({ description: 'What happened, in a sentence.' }),
  modelVersion: Nullable(Type.String({ description: 'The challenger, once there is one.' })),
  since: Time('When the task was first said'),
  at: Time('When it was last said'),
})

const Story = Type.Object({
  ...request,
  evidence: Type.Array(
    Type.Object({
      source: Type.String(),
      ref: Nullable(Type.String()),
      feature: Nullable(Type.String()),
      value: Nullable(Type.Number()),
      threshold: Nullable(Type.Number()),
      detail: Type.String(),
    }),
    { description: 'What speaks for it.' },
  ),
  last: Nullable(Step),
  steps: Type.Array(Step as TSchema, {
    description: 'What was done when, the earliest first: one entry a task.',
  }),
})

export const Loop = Type.Object({
  admin: Type.Boolean({ description: 'Whether the key that asks may pause, resume and ask for trainings.' }),
  kinds: Type.Array(
    Type.Object({
      kind: Type.String(),
      champion: Nullable(
        Type.Object({
          version: Type.String(),
          since: Nullable(Time('When it was promoted; null: it is the highest committed version')),
        }),
      ),
      challenger: Nullable(
        Type.Object(
          {
            version: Type.String(),
            share: Type.Number({ description: 'Of the content that it answers, 0 to 1.' }),
            since: Time('When it took the alias'),
          },
          { description: 'What scores along; while a promotion is watched, the champion before it.' },
        ),
      ),
      phase: Type.Union(loopPhases.map(phase => Type.Literal(phase))),
      predecessor: Nullable(
        Type.String({ description: 'To which it goes back if the watched champion is found wrong.' }),
      ),
      paused: Nullable(Type.Object({ by: Type.String(), reason: Type.String(), at: Time('Since when') })),
      labelsNeeded: Type.Integer({ description: 'Contents to be labelled before it is trained.' }),
      open: Type.Array(Story as TSchema, {
        description: 'Requests that have not ended; the loop sees to the first.',
      }),
      ended: Type.Array(Story as TSchema, { description: 'The last 20 that ended, the latest first.' }),
    }),
    { description: 'Every kind that has a loop.' },
  ),
})
