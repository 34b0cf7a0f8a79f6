import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { Config } from '../pipelines/config.ts'
import type { DraftWish } from '../pipelines/draft-scorer.ts'
import type { DriftOverview } from '../pipelines/drift-overview.ts'
import type { StoredImages } from '../pipelines/images/stored-images.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import type { LabelStore } from '../pipelines/label-store.ts'
import type { LoopHistory } from '../pipelines/loop-history.ts'
import type { VersionSummary } from '../pipelines/model-survey.ts'
import type { TraceParent } from '../pipelines/runtime/traceparent.ts'
import type { Tracing } from '../pipelines/runtime/tracing.ts'
import type { Decision } from '../processors/scorer.ts'
import type { RecordOf } from '../schemas/topics.ts'
import type { KeyStore } from './keys.ts'
import type { Limits } from './limits.ts'
import type { VersionPage } from './routes/version-shapes.ts'
import type { FeedEntry, ScoreFeed } from './score-feed.ts'
import type { ScoreRecord } from './score-heads.ts'

/**
 * What the server needs from outside. It creates no client of its own: the composition root gives it these, a test
 * gives it fakes.
 */
export interface ServerParts {
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly drafts: DraftScorer
  /** One a kind that scores pictures, e.g. image-spam; none where no model reads images. */
  readonly imageScorers: readonly ImageScorer[]
  /** What is live of each kind in this process, and what versions there are. */
  models(): Promise<readonly KindModels[]>
  readonly publish: Publish
  /** The root calls `startAt`, `accept` and `positioned` on it; the server reads from it. */
  readonly scores: ScoreFeed
  readonly history: ScoreHistory
  readonly drift: DriftHistory
  /** Where the loop of each kind is, and what was promoted. */
  readonly loop: LoopHistory
  /**
   * All that lies here of a version.
   * @throws NicrError NICR_KIND_UNKNOWN, NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID
   */
  version(asked: { readonly kind: string; readonly version: string }): Promise<VersionPage>
  /** Samples and labels, as they are kept. */
  readonly labels: LabelStore
  readonly images: StoredImages
  readonly keys: KeyStore
  /** Every part the server stands on; the server adds its own feed. */
  readiness(): Promise<readonly PartReadiness[]>
  readonly metrics: Registry
  /** Wall clock, ms since the epoch. The system's unless given. */
  readonly now?: () => number
  readonly limits?: Partial<Limits>
  /** Kinds that may be tagged. Every kind unless given. */
  readonly kinds?: Readonly<Record<string, KindDeclaration>>
  /** Signs tickets: at least 32 bytes, the same on every replica. */
  readonly ticketSecret: Buffer
  readonly tracing?: Tracing | null
  /** Told of each score that came, and how many sockets it was pushed to at once. */
  onOffered?(entry: FeedEntry, sockets: number): void
}

/** What drifts, from where it is kept. */
export interface DriftHistory {
  /** @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE */
  overview(asked: {
    readonly kind?: string
    readonly since?: number
    readonly limit?: number
  }): Promise<DriftOverview>
}

/** Scores texts in this process with the champions. The text must reach no topic, disk or log. */
export interface DraftScorer {
  /** Kinds that score a text, e.g. niceness and text-spam. */
  readonly kinds: readonly string[]
  /** Primary language subtags that the version which scores a kind now reads. @throws NicrError NICR_KIND_UNKNOWN, NICR_MODEL_NOT_FOUND */
  languagesOf(kind: string): readonly string[]
  /** One result a kind, in any order; at once where the models answer at once. */
  score(text: string, wish: DraftWish): readonly KindScore[] | Promise<readonly KindScore[]>
}

/**
 * Scores the pictures of one draft in this process, all of them together, as the stream does those of one content. What is seen in
 * them must reach no topic or log.
 */
export interface ImageScorer {
  readonly kind: string
  /**
   * @param wish what was not looked at within `timeoutMs` is left out, and the score is DEGRADED
   * @throws NicrError NICR_IMAGE_* where a picture cannot be used, its detail naming the picture's ref; NICR_BLOBS_UNAVAILABLE,
   *   NICR_MODEL_NOT_FOUND
   */
  score(images: readonly ImageRef[], wish: { readonly timeoutMs: number }): Promise<KindScore>
}

/** A picture by reference, as content names it. */
export interface ImageRef {
  /** `blob:`, `https:`, `s3:` or `data:`. */
  readonly ref: string
  /** Of the file, hex: another file is refused. */
  readonly sha256?: string | null
  readonly mimeType?: string | null
}

export interface KindScore {
  readonly kind: string
  /** DEGRADED: scored on a part of what there is. */
  readonly status: 'SCORED' | 'DEGRADED' | 'UNSUPPORTED' | 'EMPTY'
  /** Null where the status leaves no value. */
  readonly decision: Decision | null
  readonly modelVersion: string
  readonly language: string | null
}

/** A kind's versions; `version` is the one that scores here, `promoted` the one that promotions say. */
export interface KindModels {
  readonly kind: string
  readonly version: string
  readonly promoted: string | null
  readonly challenger: string | null
  /** When the champion was promoted, ms since the epoch; null where it never was. */
  readonly since: number | null
  readonly previous: string | null
  /** Primary language subtags that the version which scores reads. */
  readonly languages: readonly string[]
  /** Of the version that scores. */
  readonly metrics: Readonly<Record<string, number>>
  readonly versions: readonly VersionSummary[]
}

/** Topics that the server writes. */
export type PublishedTopic =
  | 'content'
  | 'votes'
  | 'reports'
  | 'draft-outcomes'
  | 'labels'
  | 'annotators'
  | 'automation'
  | 'retrain-requests'

/**
 * Writes one record and answers where it lies. `parent` is the trace that it belongs to, if it is kept.
 * @throws NicrError NICR_KAFKA_UNAVAILABLE, NICR_RECORD_TOO_LARGE
 */
export type Publish = <Topic extends PublishedTopic>(
  topic: Topic,
  key: string,
  record: RecordOf<Topic>,
  parent?: TraceParent | null,
) => Promise<{ readonly partition: number; readonly offset: number }>

/** Stored scores. */
export interface ScoreHistory {
  /**
   * The champion scores of a content's highest revision, one a kind; none if it is unknown or deleted.
   * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
   */
  scoresOf(contentId: string): Promise<readonly ScoreRecord[]>
}

export interface PartReadiness {
  readonly part: string
  readonly ready: boolean
  /** Whether the process is of no use without it; it is unless given. */
  readonly needed?: boolean
  readonly detail: string
}
