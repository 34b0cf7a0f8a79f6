import type { Box } from '../processors/images/raster.ts'
import type { Answers, PersonFigures } from '../processors/tagging/agreement-report.ts'
import type { OpenTask } from '../processors/tagging/divide-work.ts'
import type { HiddenCheck } from '../processors/tagging/hidden-checks.ts'
import { AGREEING_SHARE, type LabelScale } from '../processors/tagging/join-labels.ts'
import type { Label } from '../schemas/records.ts'
import type { ClickHouse } from './clickhouse.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { type HeldImage, heldImage, holdsInput } from './kind-input.ts'
import type { ChampionScore } from './runtime/readers-step.ts'
import { createScoreHistory } from './score-history.ts'

/** Checks that are drawn from, the newest. */
const CHECKS_MAX = 500
/** Contents that an agreement is computed of, the newest. */
const UNITS_MAX = 20_000
const PEOPLE_MAX = 1_000
/** Names of logos that are offered again. */
const BOX_NAMES_MAX = 200
/** Reasons of one look. */
const READ_MAX = 1_000
/** Revisions of a content that are looked through for the one to tag. */
const REVISIONS_MAX = 50

/** Answers by content that people were asked about, which imports are not: who gave one, and whether a moderator decided. */
const ANSWERED = `
SELECT contentId, revision, groupUniqArrayIf(labeller, origin != 'adjudication') AS labellers, countIf(origin = 'adjudication') AS decided,
  toUnixTimestamp64Milli(max(_appended_at)) AS answeredAtMs
FROM labels
WHERE kind = {kind:String}
  AND contentId IN (SELECT contentId FROM label_samples_log WHERE kind = {kind:String} AND source != 'gold' AND overlap > 0)
GROUP BY contentId, revision`

const OPEN_TASKS = `
SELECT s.sampleId AS sampleId, s.contentId AS contentId, s.revision AS revision, s.source AS source, s.share AS share, s.overlap AS overlap,
  a.labellers AS labellers, greatest(toUnixTimestamp64Milli(s._appended_at), a.answeredAtMs) AS waitsSince
FROM (SELECT * FROM label_samples WHERE kind = {kind:String} AND source != 'gold' AND overlap > 0) AS s
LEFT JOIN (${ANSWERED}) AS a ON s.contentId = a.contentId AND s.revision = a.revision
WHERE a.decided = 0 AND length(a.labellers) < s.overlap
ORDER BY s._appended_at DESC, sampleId LIMIT {limit:UInt32}`

const CHECKS = `
SELECT s.sampleId AS sampleId, s.contentId AS contentId, s.revision AS revision, assumeNotNull(s.gold) AS gold, a.people AS labellers
FROM (
  SELECT * FROM label_samples WHERE kind = {kind:String} AND source = 'gold' AND isNotNull(gold)
  ORDER BY at DESC, sampleId LIMIT ${CHECKS_MAX}
) AS s
LEFT JOIN (
  SELECT contentId, revision, groupUniqArray(labeller) AS people FROM labels WHERE kind = {kind:String} GROUP BY contentId, revision
) AS a ON s.contentId = a.contentId AND s.revision = a.revision`

const REVISIONS = `
SELECT id, revision, action, text, language, images, toUInt64(_offset) AS place FROM content_log WHERE id IN {ids:Array(String)}
ORDER BY id, revision DESC, _offset DESC LIMIT ${REVISIONS_MAX} BY id`

const CARRIED = `
SELECT contentId, revision, text, language, images FROM label_samples
WHERE kind = {kind:String} AND contentId IN {ids:Array(String)} AND (isNotNull(text) OR notEmpty(images))`

const ANSWERS_OF = `
SELECT toUInt32(count()) AS answers FROM labels
WHERE kind = {kind:String} AND labeller = {labeller:String} AND origin != 'adjudication' AND id NOT IN {besides:Array(String)}`

const PRESENT = `
SELECT annotator, queues, toUnixTimestamp64Milli(assumeNotNull(seenAt)) AS seenAtMs FROM annotators
WHERE active AND isNotNull(seenAt) AND seenAt > fromUnixTimestamp64Milli({since:Int64}) LIMIT ${PEOPLE_MAX}`

/** The last word of each person on each content; what a moderator decided is no answer. */
const LAST_WORDS = `
SELECT contentId, revision, labeller, argMax(value, at) AS value, max(at) AS saidAt FROM labels
WHERE kind = {kind:String} AND origin != 'adjudication' GROUP BY contentId, revision, labeller`

const UNITS = `
SELECT groupArray(labeller) AS labellers, groupArray(value) AS values FROM (${LAST_WORDS})
GROUP BY contentId, revision HAVING length(values) > 1 ORDER BY max(saidAt) DESC LIMIT ${UNITS_MAX}`

const PEOPLE = `
SELECT l.labeller AS labeller, toUInt32(count()) AS answers, quantileIf(0.5)(ifNull(l.seconds, 0), isNotNull(l.seconds)) AS secondsOrNaN,
  toUInt32(countIf(g.sampleId != '')) AS checks, toUInt32(countIf(g.sampleId != '' AND abs(l.value - g.answer) < {near:Float64})) AS checksRight,
  toUnixTimestamp64Milli(max(l.at)) AS lastAtMs
FROM (SELECT labeller, seconds, value, at, ifNull(sampleId, '') AS sampleId FROM labels WHERE kind = {kind:String} AND origin != 'adjudication') AS l
LEFT JOIN (
  SELECT sampleId, assumeNotNull(gold) AS answer FROM label_samples WHERE kind = {kind:String} AND source = 'gold' AND isNotNull(gold)
) AS g ON l.sampleId = g.sampleId
GROUP BY labeller ORDER BY answers DESC, labeller LIMIT ${PEOPLE_MAX}`

const DISAGREEMENTS = `
SELECT w.contentId AS contentId, w.revision AS revision, groupArray(w.labeller) AS labellers, groupArray(w.value) AS values
FROM (${LAST_WORDS}) AS w
LEFT JOIN (
  SELECT contentId, revision, max(overlap) AS overlap FROM label_samples WHERE kind = {kind:String} AND source != 'gold' GROUP BY contentId, revision
) AS s ON w.contentId = s.contentId AND w.revision = s.revision
WHERE (w.contentId, w.revision) NOT IN (SELECT contentId, revision FROM labels WHERE kind = {kind:String} AND origin = 'adjudication')
  AND (w.contentId, w.revision) NOT IN (
    SELECT contentId, revision FROM label_samples WHERE kind = {kind:String} AND source = 'gold' AND isNotNull(gold)
  )
GROUP BY contentId, revision
HAVING length(values) >= greatest(2, max(s.overlap)) AND max(w.value) - min(w.value) >= {near:Float64}
ORDER BY max(w.value) - min(w.value) DESC, max(w.saidAt), contentId LIMIT {limit:UInt32}`

const READ_IN = `
SELECT contentId, reason.image AS image, reason.text AS text, reason.box AS box FROM scores ARRAY JOIN reasons AS reason
WHERE kind = {kind:String} AND alias = 'CHAMPION' AND contentId IN {contentIds:Array(String)} AND reason.source = 'IMAGE'
  AND isNotNull(reason.image) AND isNotNull(reason.text)
LIMIT ${READ_MAX}`

const BOX_NAMES = `
SELECT assumeNotNull(box.name) AS name FROM labels ARRAY JOIN boxes AS box
WHERE kind = {kind:String} AND isNotNull(box.name) GROUP BY name ORDER BY count() DESC, name LIMIT ${BOX_NAMES_MAX}`

const BY_ID = `
SELECT id, sampleId, contentId, revision, kind, value, boxes, labeller, origin, guidelineVersion, seconds, modelShown,
  toUnixTimestamp64Milli(at) AS atMs
FROM labels WHERE id = {id:String} LIMIT 1`

/** A content and the revision of it that is tagged. */
export interface Tagged {
  readonly contentId: string
  readonly revision: number
}

export interface TaggedContent extends Tagged {
  readonly text: string
  readonly language: string | null
  /** Empty for kinds that read text alone. */
  readonly images: readonly HeldImage[]
}

/** Words that were read in an image, and where. */
export interface ReadWords {
  /** The image's ref. */
  readonly image: string
  readonly text: string
  readonly box: Box | null
}

export interface Presence {
  readonly annotator: string
  /** Kinds. */
  readonly queues: readonly string[]
  readonly seenAt: number
}

/** Values nearer than this say the same: of two classes the same one, of a scale a fifth of it. */
function nearOf({ objective, min, max }: LabelScale): number {
  return objective === 'BINARY' ? 0.5 : (max - min) * AGREEING_SHARE
}

/** Samples, labels and people who tag, as ClickHouse keeps them. Every call may throw NicrError NICR_CLICKHOUSE_UNAVAILABLE. */
export function createLabelStore(clickhouse: Pick<ClickHouse, 'query'>) {
  return {
    /** Samples of a kind that lack answers, the newest first. */
    openTasks: (kind: string, limit: number) =>
      clickhouse
        .query<OpenTask>(OPEN_TASKS, { kind, limit })
        .then(rows => rows.map(row => ({ ...row, waitsSince: Number(row.waitsSince) }))),
    checks: (kind: string) => clickhouse.query<HiddenCheck>(CHECKS, { kind }),
    /** What is tagged, in the revision asked for; absent where the content is not known, was deleted, or holds nothing that the kind scores. */
    async contentsOf(
      kind: Pick<KindDeclaration, 'kind' | 'input'>,
      wanted: readonly Tagged[],
    ): Promise<readonly TaggedContent[]> {
      if (wanted.length === 0) return []
      const ids = [...new Set(wanted.map(({ contentId }) => contentId))]
      const [revisions, own] = await Promise.all([
        clickhouse.query<RevisionRow>(REVISIONS, { ids }),
        clickhouse.query<CarriedRow>(CARRIED, { kind: kind.kind, ids }),
      ])
      const latest = new Map<string, RevisionRow>()
      const held = new Map<string, Omit<TaggedContent, keyof Tagged>>(
        own.map(row => [keyOf(row), { ...row, text: row.text ?? '' }]),
      )
      for (const row of revisions) {
        if (!latest.has(row.id)) latest.set(row.id, row)
        const key = keyOf({ contentId: row.id, revision: row.revision })
        // Rows come with the highest offset of a revision first.
        if (!held.has(key)) held.set(key, row)
      }
      return wanted.flatMap(one => {
        const found = held.get(keyOf(one))
        const isGone = latest.get(one.contentId)?.action === 'DELETED'
        if (found === undefined || !holdsInput(kind, found) || isGone) return []
        const images = kind.input === 'IMAGE' ? found.images.map(heldImage) : []
        return [{ ...one, text: found.text, language: found.language, images }]
      })
    },
    /** What the champion says of contents, by content id. */
    async modelAnswers(
      kind: string,
      contentIds: readonly string[],
    ): Promise<ReadonlyMap<string, ChampionScore>> {
      if (contentIds.length === 0) return new Map()
      const scores = await createScoreHistory(clickhouse).championsOf(contentIds)
      return new Map(scores.filter(score => score.kind === kind).map(score => [score.contentId, score]))
    },
    /** What the champion read in the images of contents, by content id: of the reasons that name words in an image, the heaviest first. */
    async readIn(
      kind: string,
      contentIds: readonly string[],
    ): Promise<ReadonlyMap<string, readonly ReadWords[]>> {
      if (contentIds.length === 0) return new Map()
      const rows = await clickhouse.query<ReadRow>(READ_IN, { kind, contentIds })
      const read = new Map<string, ReadWords[]>(contentIds.map(contentId => [contentId, []]))
      for (const row of rows) read.get(row.contentId)?.push(readWords(row))
      return read
    },
    /** Names that boxes of a kind were given, the most frequent first. */
    boxNames: (kind: string) =>
      clickhouse.query<{ name: string }>(BOX_NAMES, { kind }).then(rows => rows.map(({ name }) => name)),
    /** How many answers a person gave, those with the ids left out. */
    async answersOf(kind: string, labeller: string, besides: readonly string[]): Promise<number> {
      const [row] = await clickhouse.query<{ answers: number }>(ANSWERS_OF, { kind, labeller, besides })
      return row?.answers ?? 0
    },
    /** Who tagged since `since`, ms since the epoch. */
    present: (since: number) =>
      clickhouse
        .query<Omit<Presence, 'seenAt'> & { readonly seenAtMs: number }>(PRESENT, {
          since: Math.trunc(since),
        })
        .then(rows => rows.map(({ seenAtMs, ...row }): Presence => ({ ...row, seenAt: Number(seenAtMs) }))),
    /** Contents that two people or more answered, the newest first. */
    answersOfContents: (kind: string) => clickhouse.query<Answers>(UNITS, { kind }),
    async people(kind: string, scale: LabelScale): Promise<readonly PersonFigures[]> {
      const rows = await clickhouse.query<
        Omit<PersonFigures, 'seconds' | 'lastAt'> & {
          readonly secondsOrNaN: number | null
          readonly lastAtMs: number
        }
      >(PEOPLE, { kind, near: nearOf(scale) })
      return rows.map(({ secondsOrNaN, lastAtMs, ...row }) => ({
        ...row,
        // Of none the median is NaN, which ClickHouse writes as null in JSON.
        seconds: secondsOrNaN,
        lastAt: Number(lastAtMs),
      }))
    },
    /** Contents that everybody who should has answered, not alike, and that nobody decided yet; the furthest apart first. */
    disagreements: (kind: string, scale: LabelScale, limit: number) =>
      clickhouse.query<Tagged & Answers>(DISAGREEMENTS, { kind, near: nearOf(scale), limit }),
    /** A label that was not taken back; null where there is none. */
    async labelOf(id: string): Promise<Label | null> {
      const [found] = await clickhouse.query<Omit<Label, 'withdrawn' | 'at'> & { readonly atMs: number }>(
        BY_ID,
        { id },
      )
      if (found === undefined) return null
      const { atMs, ...row } = found
      return { ...row, at: Number(atMs), withdrawn: false }
    },
  }
}

export type LabelStore = ReturnType<typeof createLabelStore>

interface ReadRow extends Omit<ReadWords, 'box'> {
  readonly contentId: string
  /** One of nulls where there is none. */
  readonly box: { readonly [Side in keyof Box]: number | null }
}

function readWords({ image, text, box }: ReadRow): ReadWords {
  return { image, text, box: box.x === null ? null : (box as Box) }
}

interface CarriedRow extends Omit<TaggedContent, 'text'> {
  readonly text: string | null
}

interface RevisionRow {
  readonly id: string
  readonly revision: number
  readonly action: string
  readonly text: string
  readonly language: string | null
  readonly images: readonly HeldImage[]
}

function keyOf({ contentId, revision }: Tagged): string {
  return `${revision}\0${contentId}`
}
