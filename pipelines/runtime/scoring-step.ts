import type { Emitted, Incoming } from '../../processors/processor.ts'
import { isInCanary } from '../../processors/retrain/canary.ts'
import { clearedRecord, eventTimeOf, type Scoring, scoreRecord } from '../../processors/score-content.ts'
import type { Model, Scorer } from '../../processors/scorer.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import type { Score } from '../../schemas/records.ts'
import type { LiveChallenger } from '../champions.ts'
import { type LookAtImage, type LookedContent, lookAtContents } from '../images/look-at-images.ts'
import { type OnDecided, type Scored, scoreBatch } from './inference/score-batch.ts'
import type { Profiler, Stretch } from './profiler.ts'
import { type Emit, PIECE_RECORDS, type Rejected, type Step } from './step.ts'

export interface ScoringParts {
  readonly scorer: Scorer<unknown, unknown>
  /** The version to score with, asked for once a batch: a batch is scored by one version. */
  readonly model: () => Model<unknown, unknown>
  /** The version that scores along, asked for once a batch; none unless given. */
  readonly challenger?: () => LiveChallenger | null
  /** Told of a batch that the challenger could not score; the champion's answers stand. */
  readonly onChallengerFailed?: (error: unknown) => void
  /** Told of every score before it is written, once more where its batch is done again. */
  readonly onScored?: (score: Score) => void
  readonly textLengthMax: number
  /** Wall clock in ms, for `scoredAt`. */
  readonly now: () => number
  /** Monotonic clock in ms, for `scoringMicros`; not measured unless given. */
  readonly clock?: () => number
  /** Looks at the pictures of contents, for kinds that read images. */
  readonly look?: LookAtImage
  /** Profiles what was scored; none: nothing is watched for drift. */
  readonly profiler?: Profiler
}

/** What a score repeats of its content. Longer than this, the score might not fit into its topic. */
const copiedFields = ['id', 'author', 'language'] as const
const COPIED_LENGTH_MAX = 10_000
const MICROS_PER_MS = 1000

/** Pictures that are looked at for one commit: the first scores of a flood are not to wait for the last. */
const IMAGES_AT_ONCE = 32

type ContentRecord = Incoming<'content'>
type Content = ContentRecord['value']

/** A batch as one version scored it, in order. */
interface Answers {
  readonly scored: readonly Scored[]
  readonly scoring: Omit<Scoring, 'alias' | 'scoredAt'>
}

/**
 * content → scores of one kind, and a profile of what was scored. Deletions clear without asking the model; what cannot be
 * scored is rejected. A challenger scores along: its scores are written too, and in its canary it answers a share of the content, where the
 * champion's score is the one that is only written. Profiles are the champion's in any case. Where some of a content's pictures cannot be looked
 * at, it is rejected, and scored by the others as well: one broken picture hides no spam.
 */
export function scoringStep(parts: ScoringParts): Step {
  async function runPieces(pieces: Iterable<readonly Incoming[]>, emit: Emit): Promise<readonly Rejected[]> {
    const current = parts.model()
    const rival = parts.challenger?.() ?? null
    // Newer versions may take their places before the batch is done; these must stay open until then.
    const releases = [current.hold?.(), rival?.model.hold?.()]
    try {
      return await scorePieces(parts, pieces as Iterable<readonly ContentRecord[]>, { current, rival }, emit)
    } finally {
      for (const release of releases) release?.()
    }
  }
  const run: Step['run'] = (batch, emit) => runPieces(cut(batch), emit)
  return parts.look === undefined ? { run, runPieces } : { run, takes: takesImages }
}

/** What is made of records on the way is short-lived if few are looked at before the next. */
function* cut(batch: readonly Incoming[]): Generator<readonly Incoming[]> {
  for (let from = 0; from < batch.length; from += PIECE_RECORDS) yield batch.slice(from, from + PIECE_RECORDS)
}

async function scorePieces(
  parts: ScoringParts,
  pieces: Iterable<readonly ContentRecord[]>,
  versions: Versions,
  emit: Emit,
): Promise<readonly Rejected[]> {
  const { profiler, now } = parts
  const rejected: Rejected[] = []
  profiler?.begin(now())
  let read: Stretch | null = null
  for (const records of pieces) {
    const from = read?.count ?? 0
    await scoreSome(parts, records, versions, {
      emit,
      reject: (index, why) => rejected.push({ index: from + index, ...why }),
    })
    read = withRecords(read, records)
  }
  if (read !== null) for (const profile of profiler?.take(read, versions.current.card) ?? []) emit(profile)
  return rejected
}

function withRecords(read: Stretch | null, records: readonly ContentRecord[]): Stretch | null {
  const last = records.at(-1)
  if (last === undefined) return read
  return {
    partition: last.partition,
    firstOffset: read?.firstOffset ?? records[0]!.offset,
    nextOffset: last.offset + 1,
    count: (read?.count ?? 0) + records.length,
  }
}

interface Versions {
  readonly current: Model<unknown, unknown>
  readonly rival: LiveChallenger | null
}

interface Outlet {
  readonly emit: Emit
  reject(index: number, why: Omit<Rejected, 'index'>): void
}

async function scoreSome(
  parts: ScoringParts,
  records: readonly ContentRecord[],
  { current, rival }: Versions,
  { emit, reject }: Outlet,
): Promise<void> {
  const { textLengthMax, now, profiler, look } = parts
  const fates = records.map(record => fateOf(record, textLengthMax))
  const asked = records.filter((_, index) => fates[index] === 'SCORE')
  const looked = look === undefined ? null : await lookedAt(asked, look)
  const due = looked === null ? asked : asked.filter((_, index) => looked[index]!.isScorable)
  const contents =
    looked?.filter(({ isScorable }) => isScorable).map(({ content }) => content) ??
    due.map(({ value }) => value)
  const answers = await answersOf(
    parts,
    current,
    contents,
    profiler &&
      ((index, input, decision) => profiler.observe(due[index]!, input, decision, current.vocabulary)),
  )
  const rivalAnswer = rival === null ? null : await rivalAnswers(parts, rival.model, contents)
  const scoredAt = now()
  const byChampion = writer(answers, scoredAt)
  const byRival = rivalAnswer && writer(rivalAnswer, scoredAt)
  const put = (scored: Emitted<'scores'>, cause: ContentRecord) => {
    parts.onScored?.(scored.value)
    emit(scored, cause)
  }
  let place = 0
  let next = 0
  records.forEach((record, index) => {
    const fate = fates[index]!
    if (fate === 'CLEAR') put(clearedRecord(record, current.card, scoredAt), record)
    else if (fate !== 'SCORE') reject(index, fate)
    else {
      const seen = looked?.[place++]
      if (seen?.failure) reject(index, seen.failure)
      if (seen?.isScorable === false) return
      const answer = next++
      const outcome = answers.scored[answer]!
      if (outcome.status === 'REJECTED') reject(index, { code: outcome.code, detail: outcome.detail })
      else if (outcome.status !== 'NOT_APPLICABLE') {
        const rivals = byRival?.has(answer) === true ? byRival : null
        const isRivals = rivals !== null && isInCanary(current.card.kind, record.value.id, rival!.share)
        const [first, second] = isRivals ? [rivals, byChampion] : [byChampion, rivals]
        put(first.record(record, answer, 'CHAMPION'), record)
        // Whoever does not answer stands beside.
        if (second !== null) put(second.record(record, answer, 'CHALLENGER'), record)
      }
    }
  })
}

/** Records up to `IMAGES_AT_ONCE` pictures, one at least. */
function takesImages(batch: readonly Incoming[]): number {
  let images = 0
  for (const [index, { value }] of batch.entries()) {
    images += (value as Content).images.length
    if (images > IMAGES_AT_ONCE) return Math.max(1, index)
  }
  return batch.length
}

async function lookedAt(
  records: readonly ContentRecord[],
  look: LookAtImage,
): Promise<readonly LookedContent<Content>[]> {
  const contents = records.map(({ value }) => value)
  return lookAtContents(contents, look, index => {
    const { value, appendedAt } = records[index]!
    return { author: value.author, at: eventTimeOf(value.at, appendedAt) }
  })
}

/** Makes score records of a version's answers. */
function writer({ scored, scoring }: Answers, scoredAt: number) {
  const as = {
    CHAMPION: { ...scoring, alias: 'CHAMPION', scoredAt },
    CHALLENGER: { ...scoring, alias: 'CHALLENGER', scoredAt },
  } as const satisfies Record<Scoring['alias'], Scoring>
  const outcomeAt = (answer: number) => {
    const outcome = scored[answer]!
    return outcome.status === 'REJECTED' || outcome.status === 'NOT_APPLICABLE' ? null : outcome
  }
  return {
    has: (answer: number) => outcomeAt(answer) !== null,
    /** Of an answer that it has. */
    record: (record: ContentRecord, answer: number, alias: Scoring['alias']) =>
      scoreRecord(record, outcomeAt(answer)!, as[alias]),
  }
}

async function answersOf(
  { scorer, clock }: ScoringParts,
  model: Model<unknown, unknown>,
  contents: readonly Content[],
  onDecided?: OnDecided<unknown>,
): Promise<Answers> {
  let elapsedMs = 0
  const onElapsed = (ms: number) => {
    elapsedMs += ms
  }
  const stopwatch = clock && { clock, onElapsed }
  const scored = await scoreBatch(scorer, model, contents, { onDecided, stopwatch })
  const micros =
    clock === undefined || contents.length === 0 ? null : (elapsedMs * MICROS_PER_MS) / contents.length
  return { scored, scoring: { card: model.card, scoringMicros: micros } }
}

/** A challenger that fails harms nobody: its scores are missing, and whoever judges it sees that. */
async function rivalAnswers(
  parts: ScoringParts,
  model: Model<unknown, unknown>,
  contents: readonly Content[],
): Promise<Answers | null> {
  try {
    return await answersOf(parts, model, contents)
  } catch (error) {
    parts.onChallengerFailed?.(error)
    return null
  }
}

/** What is to become of a record before the model is asked. */
function fateOf(
  { value }: ContentRecord,
  textLengthMax: number,
): 'SCORE' | 'CLEAR' | { code: ErrorCode; detail: string } {
  const { action, revision, text } = value
  const long = copiedFields.find(field => (value[field]?.length ?? 0) > COPIED_LENGTH_MAX)
  if (long !== undefined)
    return {
      code: 'NICR_RECORD_INVALID',
      detail: `${long} has ${value[long]?.length} UTF-16 code units, and at most ${COPIED_LENGTH_MAX} are taken`,
    }
  if (revision < 0)
    return { code: 'NICR_RECORD_INVALID', detail: `revision is ${revision}; revisions count upwards from 0` }
  if (action === 'DELETED') return 'CLEAR'
  if (text.length <= textLengthMax) return 'SCORE'
  return {
    code: 'NICR_TEXT_TOO_LONG',
    detail: `the text has ${text.length} UTF-16 code units, the limit is ${textLengthMax} (NICR_TEXT_LENGTH)`,
  }
}
