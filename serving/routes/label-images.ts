import { type Static, Type } from 'typebox'
import { kindNamed } from '../../pipelines/kinds.ts'
import { NicrError } from '../../schemas/errors.ts'
import { principalOf } from '../credentials.ts'
import { within } from '../deadline.ts'
import { labellerOf } from '../tagging/presence.ts'
import type { RecentAnswers } from '../tagging/recent-answers.ts'
import type { AddRoutes, RouteContext } from './context.ts'
import { BoxNames, KindName, ReadInImages } from './label-shapes.ts'
import { Id } from './shapes.ts'

/** What tagging pictures needs beside the questions: names of logos, and what was read in a picture, for those who answered. */
export function addLabelImagesRoutes(
  app: Parameters<AddRoutes>[0],
  { parts, limits, kinds }: RouteContext,
  recent: RecentAnswers,
): void {
  const { labels } = parts
  const answered = <Value>(work: Promise<Value>) =>
    within(limits.driftMs, work, () => {
      throw new NicrError(
        'NICR_CLICKHOUSE_UNAVAILABLE',
        `ClickHouse did not answer within ${limits.driftMs} ms; try again`,
      )
    })

  app.get<{ Querystring: { kind: string } }>(
    '/v1/label/box-names',
    {
      config: { access: ['label', 'moderate'] },
      schema: {
        summary: 'Names that boxes of a kind were given, to be given again.',
        querystring: Type.Object({ kind: KindName }),
        problems: ['NICR_KIND_UNKNOWN', 'NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: BoxNames },
      },
    },
    async request => {
      const { kind } = kindNamed(request.query.kind, kinds)
      return { kind, names: await answered(labels.boxNames(kind)) }
    },
  )

  app.get<{ Querystring: { kind: string; contentId: string } }>(
    '/v1/label/read',
    {
      config: { access: ['label', 'moderate'] },
      schema: {
        summary: 'What the live model read in the images of a content that the person just answered.',
        querystring: Type.Object({ kind: KindName, contentId: Id }),
        problems: ['NICR_KIND_UNKNOWN', 'NICR_LABEL_NOT_FOUND', 'NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: ReadInImages },
      },
    },
    async (request): Promise<Static<typeof ReadInImages>> => {
      const { kind } = kindNamed(request.query.kind, kinds)
      const { contentId } = request.query
      const name = labellerOf(principalOf(request))
      // What was read sways who has not answered yet.
      if (!recent.hasAnswered({ kind, contentId, labeller: name }))
        throw new NicrError(
          'NICR_LABEL_NOT_FOUND',
          'answer it first: there is no recent label of yours on it',
        )
      const read = await answered(labels.readIn(kind, [contentId]))
      return { kind, contentId, read: [...(read.get(contentId) ?? [])] }
    },
  )
}
