import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { labelsWanted, targetOf } from '../../pipelines/label-values.ts'
import { NicrError } from '../../schemas/errors.ts'
import { labelId } from '../../schemas/ids.ts'
import type { Label } from '../../schemas/records.ts'
import { principalOf } from '../credentials.ts'
import { within } from '../deadline.ts'
import { hasRole, type Principal } from '../keys.ts'
import { traceOf } from '../request-traces.ts'
import type { LabelDesk } from '../tagging/label-desk.ts'
import { labellerOf } from '../tagging/presence.ts'
import type { RecentAnswers } from '../tagging/recent-answers.ts'
import type { SampleNames } from '../tagging/sample-names.ts'
import type { AddRoutes, RouteContext } from './context.ts'
import { boxesOf, checkBoxes } from './label-boxes.ts'
import { type LabelBody, LabelsBody, WrittenLabels } from './label-shapes.ts'
import { Id } from './shapes.ts'

/** `POST /v1/labels`: answers of the one who sends them, one or several; and taking one back. */
export function addLabelsRoutes(
  app: Parameters<AddRoutes>[0],
  context: RouteContext,
  {
    desk,
    names,
    recent,
  }: { readonly desk: LabelDesk; readonly names: SampleNames; readonly recent: RecentAnswers },
): void {
  const { parts, limits, now, kinds } = context

  async function write(request: FastifyRequest, label: Label): Promise<void> {
    await parts.publish('labels', label.contentId, label, traceOf(request))
    desk.answered(principalOf(request), label)
  }

  app.post<{ Body: Static<typeof LabelsBody> }>(
    '/v1/labels',
    {
      config: { access: ['label', 'moderate'] },
      schema: {
        summary: 'Says what a content is, or several; the same again replaces it.',
        body: LabelsBody,
        example: { kind: 'niceness', contentId: 'comment-3', value: 8, seconds: 2.5 },
        problems: [
          'NICR_KIND_UNKNOWN',
          'NICR_CLICKHOUSE_UNAVAILABLE',
          'NICR_RECORD_TOO_LARGE',
          'NICR_KAFKA_UNAVAILABLE',
          'NICR_REGISTRY_UNAVAILABLE',
        ],
        response: { 202: WrittenLabels },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request)
      const labels = answersIn(request.body).map(({ answer, place }) =>
        labelOf(answer, { place, principal, names, now: now(), kinds }),
      )
      await within(limits.historyMs, checkBoxes(parts.labels, kinds, labels), () => awayFor(limits.historyMs))
      await Promise.all(labels.map(label => write(request, label)))
      reply.code(202)
      return {
        labels: labels.map(({ id, kind, contentId, value }) => ({ id, kind, contentId, value })),
      }
    },
  )

  app.post<{ Params: { id: string } }>(
    '/v1/labels/:id/withdraw',
    {
      config: { access: ['label', 'moderate'] },
      schema: {
        summary: 'Takes a label of one’s own back; a moderator may take back anybody’s.',
        params: Type.Object({ id: Id }),
        problems: [
          'NICR_LABEL_NOT_FOUND',
          'NICR_CLICKHOUSE_UNAVAILABLE',
          'NICR_KAFKA_UNAVAILABLE',
          'NICR_REGISTRY_UNAVAILABLE',
        ],
        response: { 202: WrittenLabels },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request)
      const { id } = request.params
      const label =
        recent.get(id) ??
        (await within(limits.historyMs, parts.labels.labelOf(id), () => awayFor(limits.historyMs)))
      const isOwn =
        label !== null && (label.labeller === labellerOf(principal) || hasRole(principal, 'moderate'))
      if (!isOwn || label.withdrawn)
        throw new NicrError('NICR_LABEL_NOT_FOUND', 'there is no label of yours with this id')
      await write(request, { ...label, withdrawn: true, at: now() })
      reply.code(202)
      const { kind, contentId, value } = label
      return { labels: [{ id, kind, contentId, value }] }
    },
  )
}

/** @throws NicrError */
function awayFor(ms: number): never {
  throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', `ClickHouse did not answer within ${ms} ms; try again`)
}

/** One label or several, each with where it stands in the body. */
function answersIn({ labels, ...single }: Static<typeof LabelsBody>): {
  readonly answer: Static<typeof LabelBody>
  readonly place: string
}[] {
  if (labels !== undefined) {
    if (Object.keys(single).length > 0)
      throw new NicrError('NICR_BODY_INVALID', 'body/labels: give labels, or the fields of one, not both')
    return labels.map((answer, i) => ({ answer, place: `body/labels/${i}` }))
  }
  const { kind, contentId } = single
  if (kind === undefined) throw new NicrError('NICR_BODY_INVALID', 'body/kind: is missing; give a string')
  if (contentId === undefined)
    throw new NicrError('NICR_BODY_INVALID', 'body/contentId: is missing; give a string')
  return [{ answer: { ...single, kind, contentId }, place: 'body' }]
}

/** @throws NicrError NICR_KIND_UNKNOWN, NICR_BODY_INVALID, NICR_ROLE_MISSING */
function labelOf(
  answer: Static<typeof LabelBody>,
  given: {
    readonly place: string
    readonly principal: Principal
    readonly names: SampleNames
    readonly now: number
    readonly kinds: Readonly<Record<string, KindDeclaration>>
  },
): Label {
  const { place, principal, names, now, kinds } = given
  const kind = kindNamed(answer.kind, kinds)
  const { origin = 'api' } = answer
  if ((answer.value === undefined) === (answer.label === undefined))
    throw new NicrError('NICR_BODY_INVALID', `${place}/value: give value, or label`)
  const value = targetOf(kind, answer.value ?? answer.label)
  if (value === null)
    throw new NicrError(
      'NICR_BODY_INVALID',
      `${place}/${answer.value === undefined ? 'label' : 'value'}: is ${labelsWanted(kind)}`,
    )
  const needed = origin === 'adjudication' ? 'moderate' : 'label'
  if (!hasRole(principal, needed))
    throw new NicrError('NICR_ROLE_MISSING', `${place}/origin: ${origin} needs the role ${needed}`)
  const label = {
    contentId: answer.contentId,
    revision: answer.revision ?? 0,
    kind: kind.kind,
    labeller: labellerOf(principal),
    origin,
  }
  return {
    id: labelId(label),
    sampleId: answer.sampleId == null ? null : names.idOf(answer.sampleId),
    ...label,
    value,
    boxes: boxesOf(kind, answer, place),
    guidelineVersion: answer.guidelineVersion ?? '',
    seconds: answer.seconds ?? null,
    modelShown: answer.modelShown ?? false,
    withdrawn: false,
    at: now,
  }
}
