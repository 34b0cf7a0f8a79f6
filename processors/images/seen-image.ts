import type { Box } from './raster.ts'

/** What was seen in one picture: everything that scoring, drift and tagging go by, without its pixels. */
export interface SeenImage {
  /** As the content names it. */
  readonly ref: string
  /** sha256 of the file, hex. */
  readonly sha256: string
  /** Of `imageFeatures`, in its order. Neither the picture's size nor its file's is among them. */
  readonly features: Float32Array
  /** Packed perceptual hashes of the picture, for near-copies. */
  readonly hashes: Uint8Array
  readonly reading: ReadText
  /** What the text model says of the words that were read; null where none were, or too few. */
  readonly words: ReadVerdict | null
  /** Marked logos that were found again, surest first. */
  readonly logos: readonly LogoMatch[]
  /** The tagged picture that it is a near-copy of; null where there is none. */
  readonly copyOf: CopyMatch | null
  /** False where the deadline left something unread: the score is DEGRADED. */
  readonly complete: boolean
}

/** Text read in a picture. */
export interface ReadText {
  /** Lines from the top, left to right. */
  readonly lines: readonly ReadLine[]
  /** The lines, with newlines between. */
  readonly text: string
  /** Mean confidence over the letters, 0–1; 0 where nothing was read. */
  readonly confidence: number
  /** False where the deadline cut it short, or the smallest lines of a dense page were left out. */
  readonly complete: boolean
}

export interface ReadLine {
  readonly text: string
  readonly box: Box
  /** 0–1. */
  readonly confidence: number
}

/** Read words as the text-spam model sees them. */
export interface ReadVerdict {
  /** Calibrated probability of spam, 0–1. */
  readonly probability: number
  /** Parts of `ReadText.text` that moved it: UTF-16 offsets, end exclusive; weight as in `Reason`. */
  readonly reasons: readonly { readonly start: number; readonly end: number; readonly weight: number }[]
  /** The version that said so, e.g. `text-spam@2`. */
  readonly model: string
}

/** A marked logo found in a picture. */
export interface LogoMatch {
  /** Id of the bank's entry. */
  readonly entry: string
  readonly name: string
  readonly box: Box
  /** How sure it is found, 0–1; a match is at least at the bank's threshold. */
  readonly confidence: number
  /** How strongly the entry speaks for the kind, 0–1. */
  readonly weight: number
}

/** A picture that is a near-copy of a tagged one, or of one that many authors posted in a burst. */
export interface CopyMatch {
  readonly entry: string
  readonly name: string
  /** Share of the parts that look the same, 0–1; a match is at least at the bank’s threshold. */
  readonly similarity: number
  readonly weight: number
}
