import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { guidelineOf } from '../../pipelines/guidelines.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { HeldImage } from '../../pipelines/kind-input.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { labelScaleOf } from '../../pipelines/label-values.ts'
import { agreementReport } from '../../processors/tagging/agreement-report.ts'
import { NicrError } from '../../schemas/errors.ts'
import { principalOf } from '../credentials.ts'
import { within } from '../deadline.ts'
import { hasRole } from '../keys.ts'
import { createLabelDesk, type LabelDesk } from '../tagging/label-desk.ts'
import { createPresence, labellerOf } from '../tagging/presence.ts'
import { createRecentAnswers } from '../tagging/recent-answers.ts'
import { createSampleNames, type SampleNames } from '../tagging/sample-names.ts'
import type { AddRoutes, RouteContext } from './context.ts'
import { addLabelImagesRoutes } from './label-images.ts'
import {
  Agreement,
  Disagreements,
  GuidelineBody,
  KindName,
  Progress,
  QuestionsLimit,
  Queue,
} from './label-shapes.ts'
import { addLabelsRoutes } from './labels.ts'

/** Tagging: what to ask whom, `/v1/label/…`, and what was answered, `/v1/labels`. */
export const addLabelRoutes: AddRoutes = (app, context) => {
  const { parts, now, kinds } = context
  const recent = createRecentAnswers(now)
  const names = createSampleNames(parts.ticketSecret)
  const presence = createPresence({
    keys: parts.keys,
    present: parts.labels.present,
    now,
    // Work goes on where presence cannot be written: people share less evenly for a while.
    write: annotator =>
      void parts.publish('annotators', annotator.annotator, annotator).catch((error: unknown) => {
        parts.log.warn(
          { code: error instanceof NicrError ? error.code : 'NICR_INTERNAL' },
          'presence not written',
        )
      }),
  })
  const desk = createLabelDesk({ store: parts.labels, presence, recent, now, kinds })
  addQueueRoute(app, context, { desk, names })
  addProgressRoute(app, context, desk)
  addFiguresRoutes(app, context)
  addGuidelineRoute(app, context)
  addLabelImagesRoutes(app, context, recent)
  addLabelsRoutes(app, context, { desk, names, recent })
}

const access = ['label', 'moderate'] as const

type Add<Parts extends unknown[] = []> = (
  app: Parameters<AddRoutes>[0],
  context: RouteContext,
  ...parts: Parts
) => void

/** What ClickHouse answers in time. */
function asked<Value>({ limits }: RouteContext, work: Promise<Value>): Promise<Value> {
  return within(limits.driftMs, work, () => {
    throw new NicrError(
      'NICR_CLICKHOUSE_UNAVAILABLE',
      `ClickHouse did not answer within ${limits.driftMs} ms; try again`,
    )
  })
}

const addQueueRoute: Add<[{ readonly desk: LabelDesk; readonly names: SampleNames }]> = (
  app,
  context,
  { desk, names },
) => {
  app.get<{ Querystring: { kind: string; limit?: number; assist?: boolean } }>(
    '/v1/label/queue',
    {
      config: { access: ['label'] },
      schema: {
        summary:
          'What the person is asked next: a share of the open questions, divided among all who tag now.',
        querystring: Type.Object({
          kind: KindName,
          limit: QuestionsLimit,
          assist: Type.Optional(
            Type.Boolean({ description: 'Show what the model says too; the labels must say so.' }),
          ),
        }),
        problems: ['NICR_KIND_UNKNOWN', 'NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: Queue },
      },
    },
    async request => {
      const { limit = 10, assist = false } = request.query
      const kind = kindNamed(request.query.kind, context.kinds)
      const { items, left } = await asked(context, desk.questions(principalOf(request), kind, limit))
      const model = assist ? await asked(context, modelAnswersOf(context, kind, items)) : null
      return {
        kind: kind.kind,
        guidelineVersion: guidelineOf(kind)?.version ?? null,
        left,
        items: items.map(({ images, ...item }) => ({
          ...item,
          ...shownImages(kind, { images }),
          sampleId: names.nameOf(item.sampleId),
          ...(model === null ? {} : { model: model.get(item.contentId) ?? null }),
        })),
      }
    },
  )
}

/** Refs, where the kind reads images. */
function shownImages({ input }: KindDeclaration, { images }: { readonly images: readonly HeldImage[] }) {
  return input === 'IMAGE' ? { images: images.map(({ ref }) => ref) } : {}
}

/** What the champion says of contents, and what it read in their images. */
async function modelAnswersOf(
  { parts: { labels } }: RouteContext,
  { kind, input }: KindDeclaration,
  items: readonly { readonly contentId: string }[],
) {
  const ids = items.map(({ contentId }) => contentId)
  const [said, read] = await Promise.all([
    labels.modelAnswers(kind, ids),
    input === 'IMAGE' ? labels.readIn(kind, ids) : null,
  ])
  return new Map(
    [...said].map(([contentId, { value, label, modelVersion }]) => {
      const inImages = read === null ? {} : { read: [...(read.get(contentId) ?? [])] }
      return [contentId, { value, label, model: modelVersion, ...inImages }] as const
    }),
  )
}

const addProgressRoute: Add<[LabelDesk]> = (app, context, desk) => {
  app.get(
    '/v1/label/progress',
    {
      config: { access },
      schema: {
        summary: 'What can be tagged, and how far the person has come.',
        problems: ['NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: Progress },
      },
    },
    async request => {
      const principal = principalOf(request)
      return {
        name: labellerOf(principal),
        tags: hasRole(principal, 'label'),
        moderates: hasRole(principal, 'moderate'),
        kinds: await Promise.all(
          Object.values(context.kinds)
            .filter(({ loop }) => loop !== undefined)
            .map(async kind => ({
              ...describedKind(kind),
              ...(await asked(context, desk.standing(principal, kind))),
            })),
        ),
      }
    },
  )
}

function describedKind(kind: KindDeclaration) {
  const { objective, min, max } = labelScaleOf(kind)
  return {
    kind: kind.kind,
    input: kind.input,
    description: kind.description,
    objective,
    min,
    max,
    labels: [...kind.labels],
    guidelineVersion: guidelineOf(kind)?.version ?? null,
  }
}

const addFiguresRoutes: Add = (app, context) => {
  const { labels } = context.parts
  app.get<{ Querystring: { kind: string } }>(
    '/v1/label/agreement',
    {
      config: { access },
      schema: {
        summary: 'How far people agree on a kind; with the role moderate, how right each of them is.',
        querystring: Type.Object({ kind: KindName }),
        problems: ['NICR_KIND_UNKNOWN', 'NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: Agreement },
      },
    },
    async (request): Promise<Static<typeof Agreement>> => {
      const kind = kindNamed(request.query.kind, context.kinds)
      const scale = labelScaleOf(kind)
      const [units, people] = await asked(
        context,
        Promise.all([labels.answersOfContents(kind.kind), labels.people(kind.kind, scale)]),
      )
      const report = agreementReport(scale, units, people)
      const principal = principalOf(request)
      const seesAll = hasRole(principal, 'moderate')
      return {
        kind: kind.kind,
        alpha: report.alpha,
        compared: report.compared,
        pairs: seesAll ? [...report.pairs] : [],
        people: report.people.filter(({ labeller }) => seesAll || labeller === labellerOf(principal)),
      }
    },
  )

  app.get<{ Querystring: { kind: string; limit?: number } }>(
    '/v1/label/disagreements',
    {
      config: { access: ['moderate'] },
      schema: {
        summary: 'Contents that were answered, but not alike, for a moderator to decide.',
        querystring: Type.Object({ kind: KindName, limit: QuestionsLimit }),
        problems: ['NICR_KIND_UNKNOWN', 'NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: Disagreements },
      },
    },
    request => asked(context, disagreementsOf(context, request)),
  )
}

async function disagreementsOf(
  { parts: { labels }, kinds }: RouteContext,
  { query: { kind: name, limit = 10 } }: FastifyRequest<{ Querystring: { kind: string; limit?: number } }>,
): Promise<Static<typeof Disagreements>> {
  const kind = kindNamed(name, kinds)
  const found = await labels.disagreements(kind.kind, labelScaleOf(kind), limit)
  const contents = await labels.contentsOf(kind, found)
  return {
    kind: kind.kind,
    items: contents.map(({ contentId, revision, text, language, images }) => {
      const one = found.find(other => other.contentId === contentId && other.revision === revision)!
      const answers = one.labellers.map((labeller, i) => ({ labeller, value: one.values[i]! }))
      return { contentId, revision, text, language, ...shownImages(kind, { images }), answers }
    }),
  }
}

const addGuidelineRoute: Add = (app, context) => {
  app.get<{ Querystring: { kind: string } }>(
    '/v1/label/guideline',
    {
      config: { access },
      schema: {
        summary: 'What people who tag a kind go by, and its version, which goes with each label.',
        querystring: Type.Object({ kind: KindName }),
        problems: ['NICR_KIND_UNKNOWN', 'NICR_NOT_FOUND'],
        response: { 200: GuidelineBody },
      },
    },
    async request => {
      const kind = kindNamed(request.query.kind, context.kinds)
      const guideline = guidelineOf(kind)
      if (guideline === null)
        throw new NicrError('NICR_NOT_FOUND', `the kind ${kind.kind} declares no guideline`)
      return { kind: kind.kind, ...guideline }
    },
  )
}
