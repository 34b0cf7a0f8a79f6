import {
  accountAgeMs,
  judgeReport,
  judgeVote,
  type ReaderAdmission,
  readerSlices,
  reportFeatures,
  type SaidRule,
  type VoteRule,
  voteFeatures,
} from '../../processors/drift/judge-readers.ts'
import { ProfileBatch, type ProfiledLine } from '../../processors/drift/profile-batch.ts'
import type { Incoming } from '../../processors/processor.ts'
import { eventTimeOf } from '../../processors/score-content.ts'
import type { Report } from '../../schemas/records.ts'
import { fullTopicName, type TopicName } from '../../schemas/topics.ts'
import { emittedProfile, layoutOf } from './profiler.ts'
import type { Step } from './step.ts'

/** A champion's score of the highest revision of a content. */
export interface ChampionScore {
  readonly contentId: string
  readonly kind: string
  readonly modelVersion: string
  readonly value: number
  readonly label: string
}

/** A version, of its kind. */
export type KindVersion = Pick<ChampionScore, 'kind' | 'modelVersion'>

/** Finds the scores that readers speak of. It rejects with NICR_CLICKHOUSE_UNAVAILABLE, for which the batch waits. */
export interface ChampionLookup {
  /** What is not known yet, was never scored or was deleted is absent. */
  scoresOf(contentIds: readonly string[]): Promise<readonly ChampionScore[]>
  /** Those of these versions that have scored as champions: a report names any it likes. */
  championsAmong(versions: readonly KindVersion[]): Promise<readonly KindVersion[]>
}

/** What readers may say of the scores of a kind. */
export interface ReaderRule {
  readonly said: SaidRule
  /** Absent where votes say nothing of the kind. */
  readonly votes?: VoteRule
}

export interface ReadersParts {
  readonly rules: ReadonlyMap<string, ReaderRule>
  readonly lookup: ChampionLookup
  readonly admission: ReaderAdmission
  readonly topicPrefix: string
}

const voteLayout = layoutOf({ features: voteFeatures, slices: readerSlices })
const reportLayout = layoutOf({ features: reportFeatures, slices: readerSlices })
const NO_TERMS: ReadonlySet<string> = new Set()

/** What one vote or report says of one score. */
interface Judged {
  readonly line: ProfiledLine
  readonly values: Float64Array
}

/**
 * votes, reports → feature-profiles. The scores lie in ClickHouse, since a vote may come weeks after the score; what has no score
 * there counts nothing. It keeps no state in a changelog: after a restart the last votes and reports of the partition are read
 * again, without asking for their scores, so that nobody counts twice.
 */
export function readersStep({ rules, lookup, admission, topicPrefix }: ReadersParts): Step {
  const profiles = new ProfileBatch()
  const committedOf = new Map<TopicName, number>()

  async function judgedVotes(votes: readonly Incoming<'votes'>[]): Promise<Judged[][]> {
    const scores = await scoresByContent(votes.map(({ value }) => value.contentId))
    return votes.map(({ value }) =>
      (scores.get(value.contentId) ?? []).flatMap(({ kind, modelVersion, value: score }) => {
        const rule = rules.get(kind)?.votes
        const says = rule === undefined ? null : judgeVote(value, score, rule)
        if (says === null) return []
        return [{ line: { kind, modelVersion, layout: voteLayout }, values: Float64Array.of(says) }]
      }),
    )
  }

  async function judgedReports(reports: readonly Incoming<'reports'>[]): Promise<Judged[][]> {
    const scores = await scoresByContent(reports.flatMap(({ value: { contentId } }) => contentId ?? []))
    const seen = reports.flatMap(({ value }) => seenOnDraft(value) ?? [])
    const champions = seen.length === 0 ? [] : await lookup.championsAmong(seen)
    return reports.map(({ value }) => {
      const { kind, contentId } = value
      const rule = rules.get(kind)
      const onDraft = seenOnDraft(value)
      const score =
        onDraft === null
          ? scores.get(contentId ?? '')?.find(one => one.kind === kind)
          : champions.some(one => one.kind === kind && one.modelVersion === onDraft.modelVersion)
            ? onDraft
            : undefined
      const values = rule && score && judgeReport(value, score, rule.said)
      if (!values) return []
      return [{ line: { kind, modelVersion: score.modelVersion, layout: reportLayout }, values }]
    })
  }

  async function scoresByContent(ids: readonly string[]): Promise<ReadonlyMap<string, ChampionScore[]>> {
    const found = new Map<string, ChampionScore[]>()
    if (ids.length === 0) return found
    for (const score of await lookup.scoresOf([...new Set(ids)]))
      found.set(score.contentId, [...(found.get(score.contentId) ?? []), score])
    return found
  }

  return {
    resumeFrom(topic, committed) {
      committedOf.set(topic, committed)
      return admission.resumeFrom(committed)
    },
    async run(batch, emit) {
      const first = batch[0]
      const last = batch.at(-1)
      if (first === undefined || last === undefined) return []
      const { topic } = first
      const due = batch.filter(({ offset }) => offset >= (committedOf.get(topic) ?? 0))
      // Asked for before anything is remembered: where it fails, the batch comes again.
      const judged = await (topic === 'votes'
        ? judgedVotes(due as readonly Incoming<'votes'>[])
        : judgedReports(due as readonly Incoming<'reports'>[]))
      const counts =
        topic === 'votes'
          ? (record: Incoming) => admission.admitsVote(record as Incoming<'votes'>)
          : (record: Incoming) => admission.admitsReport(record as Incoming<'reports'>)
      const replayed = batch.length - due.length
      batch.forEach((record, i) => {
        if (!counts(record)) return
        for (const { line, values } of judged[i - replayed] ?? [])
          profiles.add(line, profiledOf(record, values))
      })
      const place = {
        topic: fullTopicName(topicPrefix, topic),
        partition: first.partition,
        firstOffset: first.offset,
        nextOffset: last.offset + 1,
      }
      for (const profile of profiles.take({ ...place, count: batch.length })) emit(emittedProfile(profile))
      return []
    },
  }
}

/** A draft was scored in process, so only the report knows what was shown. */
function seenOnDraft({ kind, contentId, seenScore }: Report) {
  if (contentId !== null || seenScore === null) return null
  return { kind, modelVersion: seenScore.modelVersion, value: seenScore.value, label: null }
}

function profiledOf({ value, offset, appendedAt }: Incoming, values: Float64Array) {
  const { at, accountSince, contentId } = value as Pick<Report, 'at' | 'accountSince' | 'contentId'>
  const reader = {
    contentKind: '',
    language: null,
    score: Number.NaN,
    draw: 0,
    authorAgeMs: accountAgeMs({ at, accountSince }, appendedAt),
  }
  let slices = 0
  readerSlices.forEach(({ holds }, i) => {
    if (holds(reader)) slices |= 1 << i
  })
  const unsaid = { author: '', thread: '', revision: 0 }
  return {
    ...unsaid,
    offset,
    at: eventTimeOf(at, appendedAt),
    contentId: contentId ?? '',
    values,
    slices,
    terms: NO_TERMS,
  }
}
