/**
 * The frames of `nicr.v1` as plain types, so that a browser's build needs nothing of the server.
 * test/client/frames.test.ts holds them equal to what serving/live-frames.ts declares and sends.
 */

/** What a client may follow: contents, authors, or all (moderators). */
export interface Wish {
  readonly content?: readonly string[]
  readonly authors?: readonly string[]
  readonly all?: true
}

export type OutcomeName = 'POSTED_AS_IS' | 'MODIFIED' | 'DELETED' | 'IGNORED'

/** What the author of a draft was shown. Never the text. */
export interface DraftHistory {
  /** 0 to 10; null where no score was shown. */
  readonly nicenessFirst?: number | null
  readonly nicenessLast?: number | null
  /** Texts sent after the first score was shown. */
  readonly edits?: number
  readonly modelVersion?: string
}

export interface DraftFrame {
  readonly type: 'draft'
  readonly id: string
  /** Counts the texts of this draft upwards. */
  readonly seq: number
  readonly text: string
  /** BCP 47. Found out by the server unless given. */
  readonly language?: string
  /** W3C trace context: the span of the page that this belongs under. */
  readonly traceparent?: string
}

export interface OutcomeFrame extends DraftHistory {
  readonly type: 'outcome'
  readonly id: string
  readonly outcome: OutcomeName
  readonly contentId?: string
  readonly traceparent?: string
}

export interface SubscribeFrame extends Wish {
  readonly type: 'subscribe'
  readonly ack?: boolean
}

export interface UnsubscribeFrame extends Wish {
  readonly type: 'unsubscribe'
  readonly ack?: boolean
}

export interface ResumeFrame {
  readonly type: 'resume'
  readonly cursor: string
  readonly ack?: boolean
}

export type ClientFrame = DraftFrame | OutcomeFrame | SubscribeFrame | UnsubscribeFrame | ResumeFrame

/** A part of a text, or of an image, that moved a score. */
export interface Reason {
  /** UTF-16 code units of the text as written, end exclusive; null where the reason is no part of the text. */
  readonly start: number | null
  readonly end: number | null
  /** By how much it moved the score, in the score's unit. */
  readonly weight: number
  readonly source: string
  readonly text: string | null
  /** What the score would be without it; null where that is not known. */
  readonly without: number | null
  /** Of an image: its ref as the content names it, and where in it, in fractions of its width and height. */
  readonly image?: string | null
  readonly box?: Box | null
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface DraftScoreFrame {
  readonly type: 'draft-score'
  readonly id: string
  readonly seq: number
  /** 0 to 10; null where the status leaves none. */
  readonly niceness: number | null
  /** 0 to 1. */
  readonly spam: number | null
  readonly label: string | null
  readonly status: string
  readonly reasons: readonly Reason[]
  readonly model: string | null
  /** The kind whose value `spam` is. */
  readonly decidedBy: string | null
  readonly language: string | null
}

export interface ScoreFrame {
  readonly type: 'score'
  readonly contentId: string
  readonly revision: number
  readonly kind: string
  readonly status: string
  /** niceness 0 to 10, spam and toxicity 0 to 1; null where the status leaves none. */
  readonly value: number | null
  readonly label: string | null
  readonly probability: number | null
  readonly reasons: readonly Reason[]
  readonly model: string
  readonly author: string
  readonly language: string | null
  /** ms since the epoch: when the content was written, and when it was scored. */
  readonly eventAt: number
  readonly scoredAt: number
  readonly cursor: string
}

export interface ClearedFrame {
  readonly type: 'cleared'
  readonly contentId: string
  readonly revision: number
  readonly eventAt: number
  readonly cursor: string
}

export interface ErrorFrame {
  readonly type: 'error'
  /** `NICR_…`, see docs/errors.md. */
  readonly code: string
  readonly detail: string
  /** The draft it is about, and which of its texts. */
  readonly id?: string
  readonly seq?: number
}

export interface SubscribedFrame {
  readonly type: 'subscribed'
  readonly cursor: string
}

export type ServerFrame = DraftScoreFrame | ScoreFrame | ClearedFrame | ErrorFrame | SubscribedFrame
