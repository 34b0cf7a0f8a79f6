import type { SampleCandidate } from '../processors/choose-samples/choose-samples.ts'
import { judgeVote } from '../processors/drift/judge-readers.ts'
import type { SampleSource } from '../processors/retrain/loop-rules.ts'
import { drawOf } from '../processors/text/hashing.ts'
import { detectLanguage } from '../processors/text/language.ts'
import { languageAmong } from '../processors/text/language-tags.ts'
import type { ClickHouse } from './clickhouse.ts'
import { mayHoldTerms, readDriftTerms, termsHeldBy } from './drift-terms.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { holdsInput, imageKey } from './kind-input.ts'
import { OF_OLD_ACCOUNT } from './reader-accounts.ts'
import { saidRuleOf } from './said.ts'
import { readContents } from './stored-contents.ts'

/** Content that was scored longer ago is not asked about. */
const WINDOW_MS = 14 * 24 * 3_600_000
/** Of one reader so many votes and reports are looked at, the latest: nobody fills the queue. */
const SAID_BY_ONE_MAX = 20
/** Contents with votes or reports that are looked at, the latest. */
const SAID_MAX = 2000
/** Votes against a score that are more than the mood of one. */
const VOTES_AGAINST_MIN = 2
/** A value is near a decision up to this share of the scale. */
const DOUBT_GRADED = 0.05
const DOUBT_BINARY = 0.1
/** What is asked of a draft is named so: a draft is no content. */
const DRAFT_PREFIX = 'draft:'

/** A hash of a content's id as a number from 0 to below 1. */
const DRAW = (id: string) => `bitShiftRight(cityHash64('sample', ${id}), 11) / 9007199254740992`

/** Neither labelled nor offered before. */
const NEVER_ASKED = (
  id: string,
) => `${id} NOT IN (SELECT contentId FROM labels_log WHERE kind = {kind:String})
    AND ${id} NOT IN (SELECT contentId FROM label_samples_log WHERE kind = {kind:String})`

const RECENT = '_appended_at >= fromUnixTimestamp64Milli({from:Int64})'

/** The latest champion score of each content, and the label of the latest challenger. */
const SCORED = (and: string) => `
  SELECT contentId, champion.1 AS revision, champion.2 AS value, champion.3 AS label, challenger
  FROM (
    SELECT contentId, argMaxIf((revision, value, label, status), (revision, _offset), alias = 'CHAMPION') AS champion,
      argMaxIf((revision, label), (revision, _offset), alias = 'CHALLENGER' AND status = 'SCORED') AS challenger
    FROM scores_log WHERE kind = {kind:String} AND ${RECENT} AND alias IN ('CHAMPION', 'CHALLENGER') AND ${and}
    GROUP BY contentId
  ) WHERE champion.4 = 'SCORED'`

const BY_SCORE = `
SELECT contentId, revision, source, toUInt32(count() OVER (PARTITION BY source)) AS eligible, ${DRAW('contentId')} AS draw
FROM (
  SELECT contentId, revision, arrayJoin(arrayFilter(one -> has({sources:Array(String)}, one), [
    'random',
    if(arrayExists(border -> abs(assumeNotNull(value) - border) <= {near:Float64}, {borders:Array(Float64)}), 'doubt', ''),
    if(challenger.1 = revision AND isNotNull(challenger.2) AND challenger.2 != label, 'disagreement', '')
  ])) AS source
  FROM (${SCORED(NEVER_ASKED('contentId'))})
)
ORDER BY draw, contentId LIMIT {limit:UInt32} BY source`

/** The version that scored last, and between which values its decision lies. */
const DECISION = `
SELECT modelVersion, minIfOrNull(value, label = {positive:String}) AS lowestPositive, maxIfOrNull(value, label = {negative:String}) AS highestNegative
FROM scores_log
WHERE kind = {kind:String} AND ${RECENT} AND alias = 'CHAMPION' AND status = 'SCORED'
GROUP BY modelVersion ORDER BY max(scoredAt) DESC, modelVersion LIMIT 1`

const SAID_OF = (said: string) => `
SELECT contentId, revision, assumeNotNull(value) AS value, label, expected, ups, downs
FROM (${said}) AS said INNER JOIN (${SCORED(`contentId IN (SELECT contentId FROM (${said})) AND ${NEVER_ASKED('contentId')}`)}) AS scored
USING contentId
ORDER BY contentId`

const REPORTED = SAID_OF(`
  SELECT assumeNotNull(contentId) AS contentId, groupArray(assumeNotNull(expected)) AS expected, 0 AS ups, 0 AS downs
  FROM (
    SELECT contentId, expected, _offset FROM reports
    WHERE kind = {kind:String} AND ${RECENT} AND contentId IS NOT NULL AND expected IS NOT NULL AND ${OF_OLD_ACCOUNT}
    ORDER BY _offset DESC LIMIT ${SAID_BY_ONE_MAX} BY reporter LIMIT ${SAID_MAX}
  ) GROUP BY contentId`)

const VOTED = SAID_OF(`
  SELECT contentId, CAST([] AS Array(Float64)) AS expected, toUInt32(countIf(value > 0)) AS ups, toUInt32(countIf(value < 0)) AS downs
  FROM (
    SELECT contentId, value, _offset FROM current_votes WHERE ${RECENT} AND ${OF_OLD_ACCOUNT}
    ORDER BY _offset DESC LIMIT ${SAID_BY_ONE_MAX} BY voter
  )
  GROUP BY contentId HAVING greatest(ups, downs) >= ${VOTES_AGAINST_MIN}
  ORDER BY max(_offset) DESC LIMIT ${SAID_MAX}`)

const REPORTED_DRAFTS = `
SELECT concat('${DRAFT_PREFIX}', draft) AS contentId, latest.1 AS author, assumeNotNull(latest.2) AS text, assumeNotNull(latest.3) AS expected,
  latest.4 AS value
FROM (
  SELECT assumeNotNull(draftId) AS draft, argMax((reporter, text, expected, seenScore.value), _offset) AS latest, max(_offset) AS lastOffset
  FROM reports
  WHERE kind = {kind:String} AND ${RECENT} AND contentId IS NULL AND draftId IS NOT NULL AND text != '' AND expected IS NOT NULL
    AND ${OF_OLD_ACCOUNT} AND ${NEVER_ASKED(`concat('${DRAFT_PREFIX}', assumeNotNull(draftId))`)}
  GROUP BY draft
)
ORDER BY lastOffset DESC LIMIT ${SAID_BY_ONE_MAX} BY author LIMIT ${SAID_MAX}`

const WITH_TERMS = (terms: readonly string[]) => `
SELECT contentId, revision, term, toUInt32(count() OVER (PARTITION BY term)) AS eligible, ${DRAW('contentId')} AS draw
FROM (
  SELECT id AS contentId, latest.1 AS revision, arrayJoin(latest.2) AS term FROM (
    SELECT id, argMax((revision, ${termsHeldBy('text', terms)}), (revision, _offset)) AS latest
    FROM content_log
    WHERE ${RECENT} AND ${mayHoldTerms('text', terms)} AND ${NEVER_ASKED('id')}
      AND id IN (SELECT contentId FROM scores_log WHERE kind = {kind:String} AND ${RECENT} AND alias = 'CHAMPION' AND status = 'SCORED')
    GROUP BY id
  )
)
ORDER BY draw, contentId LIMIT {limit:UInt32} BY term`

/** A candidate before its text was read. */
type Found = Pick<SampleCandidate, 'contentId' | 'revision' | 'source' | 'set' | 'eligible' | 'draw'>

export interface CandidateOrder {
  readonly kind: KindDeclaration
  readonly sources: readonly SampleSource[]
  /** Of each source, and of each word of `drift`, the lowest draws. */
  readonly limit: number
  /** ms since the epoch. */
  readonly now: number
  /** What a version of the kind reads; what the kind does unless given. */
  readonly languagesOf?: ((version: string) => Promise<readonly string[]>) | undefined
}

/**
 * What people may be asked about, as ClickHouse knows it: scored by the champion in a language it knows, not deleted, never labelled
 * and never offered. Votes and reports of new accounts offer nothing.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function readCandidates(
  clickhouse: Pick<ClickHouse, 'query'>,
  order: CandidateOrder,
): Promise<SampleCandidate[]> {
  const { kind, sources } = order
  const asked = { kind: kind.kind, from: Math.max(0, order.now - WINDOW_MS), limit: order.limit }
  const wants = (source: SampleSource) => sources.includes(source)
  const decision = await decisionOf(clickhouse, kind, asked)
  if (decision === null) return []
  const found: Found[] = await clickhouse.query<Found>(BY_SCORE, { ...asked, sources, ...decision.doubt })
  if (wants('report')) found.push(...(await reported(clickhouse, kind, asked)))
  if (wants('vote')) found.push(...(await voted(clickhouse, kind, asked)))
  // New words are looked for in texts; what drifted in pictures comes with the drift report that names it.
  const readsText = kind.input === 'TEXT'
  if (wants('drift') && readsText) found.push(...(await drifted(clickhouse, decision.modelVersion, asked)))
  const contents = await readContents(
    clickhouse,
    found.map(({ contentId }) => contentId),
  )
  const candidates = found.flatMap((one): SampleCandidate[] => {
    const content = contents.current(one.contentId)
    if (content === null || content.revision !== one.revision || !holdsInput(kind, content)) return []
    const { author, text, language, images } = content
    const pictures = kind.input === 'IMAGE' ? { pictures: images.map(imageKey) } : {}
    return [{ ...one, set: one.set ?? '', author, text, language, ...pictures, carriesText: false }]
  })
  // A draft that is sent carries its text alone.
  const languages = (await order.languagesOf?.(decision.modelVersion)) ?? kind.languages
  return wants('report') && readsText
    ? [...candidates, ...(await reportedDrafts(clickhouse, kind, { ...asked, languages }))]
    : candidates
}

interface Asked {
  readonly kind: string
  readonly from: number
  readonly limit: number
}

async function decisionOf(clickhouse: Pick<ClickHouse, 'query'>, kind: KindDeclaration, asked: Asked) {
  const { scale, training } = kind
  const [negative, positive] = training.objective === 'BINARY' ? kind.labels : ['', '']
  const [row] = await clickhouse.query<{
    modelVersion: string
    lowestPositive: number | null
    highestNegative: number | null
  }>(DECISION, { ...asked, negative, positive })
  if (row === undefined) return null
  const { modelVersion, lowestPositive, highestNegative } = row
  const width = scale.max - scale.min
  const doubt =
    training.objective === 'GRADED'
      ? { borders: [training.middle.min, training.middle.max], near: width * DOUBT_GRADED }
      : {
          borders: [lowestPositive ?? Math.max((scale.min + scale.max) / 2, highestNegative ?? scale.min)],
          near: width * DOUBT_BINARY,
        }
  return { modelVersion, doubt }
}

interface SaidRow {
  readonly contentId: string
  readonly revision: number
  readonly value: number
  readonly label: string | null
  readonly expected: readonly number[]
  readonly ups: number
  readonly downs: number
}

async function reported(clickhouse: Pick<ClickHouse, 'query'>, kind: KindDeclaration, asked: Asked) {
  const { agrees } = saidRuleOf(kind)
  const rows = await clickhouse.query<SaidRow>(REPORTED, { ...asked })
  return drawn(
    rows.filter(row => row.expected.some(expected => isOnScale(kind, expected) && !agrees(row, expected))),
    'report',
    asked,
  )
}

async function voted(clickhouse: Pick<ClickHouse, 'query'>, { votes }: KindDeclaration, asked: Asked) {
  if (votes === undefined) return []
  const rows = await clickhouse.query<SaidRow>(VOTED, { ...asked })
  const contradicted = rows.filter(({ value, ups, downs }) => {
    if (ups === downs) return false
    return judgeVote({ value: ups > downs ? 1 : -1 }, value, votes) === 1
  })
  return drawn(contradicted, 'vote', asked)
}

/** Those with the lowest draws. */
function drawn(rows: readonly SaidRow[], source: SampleSource, { limit }: Asked): Found[] {
  return rows
    .map(({ contentId, revision }) => ({
      contentId,
      revision,
      source,
      set: '',
      eligible: rows.length,
      draw: drawOf(contentId),
    }))
    .sort((left, right) => left.draw - right.draw)
    .slice(0, limit)
}

async function drifted(
  clickhouse: Pick<ClickHouse, 'query'>,
  modelVersion: string,
  asked: Asked,
): Promise<Found[]> {
  const terms = await readDriftTerms(clickhouse, { kind: asked.kind, modelVersion })
  if (terms.length === 0) return []
  const rows = await clickhouse.query<Found & { term: string }>(WITH_TERMS(terms), { ...asked })
  return rows.map(({ term, ...row }) => ({ ...row, source: 'drift', set: term }))
}

/** Drafts that their authors chose to send: nothing else of a draft is known. */
async function reportedDrafts(
  clickhouse: Pick<ClickHouse, 'query'>,
  kind: KindDeclaration,
  { languages, ...asked }: Asked & { readonly languages: readonly string[] },
): Promise<SampleCandidate[]> {
  const { agrees } = saidRuleOf(kind)
  const rows = await clickhouse.query<{
    contentId: string
    author: string
    text: string
    expected: number
    value: number | null
  }>(REPORTED_DRAFTS, { ...asked })
  const kept = rows.flatMap(({ expected, value, ...row }) => {
    const language = languageAmong(detectLanguage(row.text), languages)
    if (language !== null && !languages.includes(language)) return []
    const agreed = value !== null && agrees({ value, label: null }, expected)
    return agreed || !isOnScale(kind, expected) ? [] : [{ ...row, language }]
  })
  return kept.map(row => ({
    ...row,
    revision: 0,
    source: 'report',
    // Of their own: contents and drafts are looked for one by one.
    set: 'draft',
    eligible: kept.length,
    draw: drawOf(row.contentId),
    carriesText: true,
  }))
}

function isOnScale({ scale }: KindDeclaration, value: number): boolean {
  return value >= scale.min && value <= scale.max
}
