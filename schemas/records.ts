// biome-ignore-all format: written by scripts/generate-records.ts from the .avsc files; run `npm run generate`.

/**
 * The records as TypeScript sees them: fields named as in Avro, timestamps as ms since the epoch, unions with null
 * as `| null`, 64-bit integers as numbers (offsets and times stay below 2^53).
 */

/** A person on the roster of taggers. Compacted; an empty value removes the person. Key: the annotator. */
export interface Annotator {
  /** Name of the person’s label key. */
  readonly annotator: string
  /** Model kinds the person tags. */
  readonly queues: readonly string[]
  /** Whether work is given to the person. */
  readonly active: boolean
  /** When the person was last seen tagging, in ms since the epoch. */
  readonly seenAt: number | null
  /** When this was written, in ms since the epoch. */
  readonly at: number
}

/** Whether a kind may be trained and promoted without a person. Never deleted: together they are the audit. Key: the kind. */
export interface Automation {
  /** Hash of kind, paused, by and at: the same again is a repeat. */
  readonly id: string
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** Whether nothing is trained or promoted from now on but by hand. */
  readonly paused: boolean
  /** Why, in a sentence. */
  readonly reason: string
  /** Who said so. */
  readonly by: string
  /** When, in ms since the epoch. */
  readonly at: number
}

/** What a piece of content is on the platform. */
export type ContentKind = 'POST' | 'COMMENT'

/** What happened to a piece of content. */
export type ContentAction = 'CREATED' | 'EDITED' | 'DELETED'

/** An image that belongs to the content, by reference. */
export interface ContentImage {
  /** Where the image is: blob: (from POST /v1/images), https: on an allowed host, s3:, or a small data: URL. */
  readonly ref: string
  /** SHA-256 of the image file in lower-case hexadecimal, checked when the image is fetched. */
  readonly sha256: string | null
  /** Media type as stated by the platform, such as image/jpeg. */
  readonly mimeType: string | null
}

/** A post or comment as it was published, edited or deleted on the platform. Key: its id. */
export interface Content {
  /** Identifier of the post or comment, unique on the platform. Where it is left empty, Nicr derives one from topic, partition and offset. */
  readonly id: string
  /** Whether it is a post or a comment. */
  readonly kind: ContentKind
  /** What happened to it. A deletion needs neither text nor images; its revision should lie above the last. */
  readonly action: ContentAction
  /** Counts the versions of this content upwards; the highest wins, however late the others arrive. Platforms that do not count leave 0: then the later record wins. */
  readonly revision: number
  /** Identifier of the author on the platform, a pseudonym if you like: Nicr only compares it. */
  readonly author: string
  /** Since when the author has had the account, in ms since the epoch. */
  readonly authorSince: number | null
  /** Identifier of the thread or conversation it belongs to. */
  readonly thread: string | null
  /** Identifier of the content it replies to. */
  readonly parent: string | null
  /** Language stated by the platform as a BCP 47 tag, such as en or pt-BR; without it, it is detected. */
  readonly language: string | null
  /** The text as the author wrote it. Offsets of reasons count its UTF-16 code units. */
  readonly text: string
  /** Images of the content, in the order shown. */
  readonly images: readonly ContentImage[]
  /** When it happened on the platform (event time), in ms since the epoch. */
  readonly at: number
}

/** What became of a draft: POSTED_AS_IS unchanged since its first score was shown; MODIFIED changed, then posted; DELETED discarded; IGNORED posted with the meter dismissed or before any score. UNKNOWN stands for one that this reader does not know yet. */
export type DraftChoice = 'UNKNOWN' | 'POSTED_AS_IS' | 'MODIFIED' | 'DELETED' | 'IGNORED'

/** What an author did with a draft after seeing its score; never its text. Key: the draft’s id. */
export interface DraftOutcome {
  /** Identifier of the draft, made up by the client; one outcome per draft. */
  readonly draftId: string
  /** The content it became, where it was posted and the client knows. */
  readonly contentId: string | null
  /** What became of the draft. */
  readonly outcome: DraftChoice
  /** Niceness first shown to the author, 0–10; null if none was shown. */
  readonly nicenessFirst: number | null
  /** Niceness last shown to the author, 0–10; null if none was shown. */
  readonly nicenessLast: number | null
  /** How many times the text changed after the first score was shown. */
  readonly edits: number
  /** Version of the niceness model that gave the last score; empty if none was shown. */
  readonly modelVersion: string
  /** When the author decided (event time), in ms since the epoch. */
  readonly at: number
}

/** A word, bin or feature that drove a change. */
export interface DriftContributor {
  /** The word, the expression, the bin or the feature. */
  readonly name: string
  /** Its part in the change; larger drove more. */
  readonly weight: number
  /** Records of the window that hold it. */
  readonly count: number
  /** How many records would hold it were nothing changed. */
  readonly expected: number | null
  /** A few examples. */
  readonly contentIds: readonly string[]
  /** The revision of each example; empty where they are not known. */
  readonly revisions: readonly number[]
}

/** What one detector found for one feature and slice over one window. Key: the kind. */
export interface DriftReport {
  /** Hash of kind, feature, slice, method, referenceVersion and windowEnd: the same again is a repeat. */
  readonly id: string
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** The feature watched. */
  readonly feature: string
  /** The slice of the content it was watched on; all is everything. */
  readonly slice: string
  /** Start of the window in event time, in ms since the epoch. */
  readonly windowStart: number
  /** End of the window in event time, exclusive, in ms since the epoch. */
  readonly windowEnd: number
  /** The method, such as adwin, e-detector, psi, ks, js, wasserstein, chi-square, word-bayes-factor or cbpe. */
  readonly method: string
  /** The method’s statistic. */
  readonly statistic: number
  /** What the statistic is compared with. */
  readonly threshold: number
  /** p-value, where the method has one. */
  readonly pValue: number | null
  /** e-value (evidence against no change), where the method has one. */
  readonly eValue: number | null
  /** Size of the change, in the unit the method documents. */
  readonly effect: number | null
  /** Lower end of the 95 % interval of the effect. */
  readonly effectLow: number | null
  /** Upper end of the 95 % interval of the effect. */
  readonly effectHigh: number | null
  /** Whether this is an alarm. */
  readonly drifted: boolean
  /** A word for findings that are not plain drift, such as DOMAIN_GAP (a new platform differs from the training data) or CLASS_SHARE. */
  readonly finding: string | null
  /** Records in the window. */
  readonly count: number
  /** The champion at the time. */
  readonly modelVersion: string
  /** The reference compared with. */
  readonly referenceVersion: string
  /** Since when it has been so, as the method estimates it, in ms since the epoch. */
  readonly changedAt: number | null
  /** What drove the change, heaviest first. */
  readonly contributors: readonly DriftContributor[]
  /** When it was found, in stream time, in ms since the epoch. */
  readonly at: number
}

/** That a person was erased: the audit of it, and what keeps rows that are read again from coming back. Names no person and no content, only hashes. One erasure may take several records. Key: the person. */
export interface Erasure {
  /** Hash of person, at and part: the same again is a repeat. */
  readonly id: string
  /** SHA-256 of the person’s identifier on the platform, in lower-case hexadecimal. */
  readonly person: string
  /** Counts the records of one erasure, from 0: one holds 20,000 contents at most. */
  readonly part: number
  /** What the person wrote or sent, as the first 16 hexadecimal digits of the SHA-256 of each identifier. */
  readonly contents: readonly string[]
  /** Data sets that held rows of the person, as kind/hash: model versions that learned from them can be named later. */
  readonly dataSets: readonly string[]
  /** Rows that were found in ClickHouse, of all tables. */
  readonly rows: number
  /** Who ran the command. */
  readonly by: string
  /** When, in ms since the epoch: what was appended until then is erased, what comes later is not. */
  readonly at: number
}

/** Up to 32 records that follow each other in the log, added up. */
export interface ProfileStep {
  /** Offset of the first record of the step. */
  readonly firstOffset: number
  /** Records added up in the step. */
  readonly count: number
  /** Earliest event time in the step, in ms since the epoch. */
  readonly eventAtMin: number
  /** Latest event time in the step, in ms since the epoch. */
  readonly eventAtMax: number
  /** Sums as little-endian 64-bit floats: slice by slice, feature by feature, sumsPerFeature each: how many values, and their sum, each held within the outermost edges of the feature’s bins. */
  readonly sums: Buffer
  /** Bins that are not empty, as pairs of unsigned LEB128 numbers: the distance from the cell before (the first from -1), and the count. Cell = (slice × features + feature) × binsPerFeature + bin. */
  readonly bins: Buffer
}

/** How often a word or expression occurred in the batch. */
export interface ProfileTerm {
  /** The word in small letters, or two neighbours with a space between. */
  readonly term: string
  /** Index of the step it first occurred in. */
  readonly step: number
  /** Records of the batch that hold it, once for an author. */
  readonly count: number
  /** An example: content that holds it. */
  readonly contentId: string | null
  /** Revision of the example. */
  readonly revision: number
  /** A 13-bit hash of the example’s author, which tells a burst of one author from language; 0 where it is not known. */
  readonly author: number
  /** A 13-bit hash of the example’s thread and hour, for bursts within a thread; 0 where it is not known. */
  readonly thread: number
  /** Of the count, records that are neither of the example’s author nor of its thread and hour. */
  readonly others: number
}

/** Mergeable sums of the features of one committed batch, written in the transaction of the records it covers. Profiles of one kind, model version and reference add up in any order; one that overlaps offsets already counted is dropped whole. Key: the kind. */
export interface FeatureProfile {
  /** Hash of kind, modelVersion, referenceVersion, sourceTopic, sourcePartition and firstOffset. */
  readonly id: string
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** The champion that scored the batch. */
  readonly modelVersion: string
  /** The reference whose ranks and bin edges were used; profiles of different references never merge. */
  readonly referenceVersion: string
  /** Full name of the topic the records lay on. */
  readonly sourceTopic: string
  /** Partition of that topic. */
  readonly sourcePartition: number
  /** Offset of the first record covered. */
  readonly firstOffset: number
  /** Offset after the last record covered. */
  readonly nextOffset: number
  /** Names of the features, in the order used by sums and bins. */
  readonly features: readonly string[]
  /** Names of the slices, in the order used by sums and bins; the first, all, is every record. */
  readonly slices: readonly string[]
  /** How many sums there are for each feature in each slice: the number of values first, then the sums the reference names. */
  readonly sumsPerFeature: number
  /** How many bins the reference cuts each feature into. */
  readonly binsPerFeature: number
  /** The steps of the batch in log order. */
  readonly steps: readonly ProfileStep[]
  /** Words of the batch and, where the kind carries them, pairs of neighbours; of too many the rarest are left out. */
  readonly terms: readonly ProfileTerm[]
  /** Records among the offsets that were not profiled: rejected, deleted, outside what the kind scores, or more than a busy task watches. */
  readonly skipped: number
  /** Latest event time covered, in ms since the epoch. */
  readonly at: number
}

/** What an entry recognises: a LOGO inside pictures, or a whole PICTURE and its near-copies. UNKNOWN stands for one that this reader does not know yet. */
export type ImageBankType = 'UNKNOWN' | 'LOGO' | 'PICTURE'

/** A rectangle of an image, in fractions of its width and height as it is shown (after EXIF rotation), so that it holds at any size. */
export interface Box {
  /** Left edge, from 0 (left) to 1. */
  readonly x: number
  /** Upper edge, from 0 (top) to 1. */
  readonly y: number
  /** Width, from 0 to 1. */
  readonly width: number
  /** Height, from 0 to 1. */
  readonly height: number
}

/** A tagged logo or picture that scorers recognise again. Compacted; an empty value removes it. Key: its id. */
export interface ImageBankEntry {
  /** Identifier of the entry. */
  readonly id: string
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** What the entry recognises. */
  readonly type: ImageBankType
  /** What people call it. */
  readonly name: string
  /** Perceptual hashes, packed as the format says. */
  readonly hashes: readonly Buffer[]
  /** The logo’s template, packed as the format says; empty for a picture. */
  readonly template: Buffer
  /** Name and version of the packing of hashes and template. */
  readonly format: string
  /** Ref of the image it was marked on. */
  readonly image: string | null
  /** Where on that image it was marked. */
  readonly box: Box | null
  /** The label it was made from. */
  readonly labelId: string | null
  /** How strongly a match speaks for the kind, 0–1. */
  readonly weight: number
  /** Whether it is used. */
  readonly active: boolean
  /** Who tagged it. */
  readonly by: string
  /** When it was tagged, in ms since the epoch. */
  readonly at: number
}

/** An image to tag, by reference. */
export interface SampleImage {
  /** Where the image is, as in nicr.content. */
  readonly ref: string
  /** SHA-256 of the image file in lower-case hexadecimal, where it is known. */
  readonly sha256: string | null
}

/** Content that people should tag, and how it came to be chosen. Key: the content’s id. */
export interface LabelSample {
  /** Hash of contentId, revision, kind and source: the same again is a repeat. */
  readonly sampleId: string
  /** The content to tag; an identifier of its own where the text came from outside the content. */
  readonly contentId: string
  /** The revision to tag. */
  readonly revision: number
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** Why it was chosen: report, vote, doubt, drift, disagreement, random, gold or import. */
  readonly source: string
  /** Probability with which content like this was chosen, above 0, at most 1: its inverse weighs the label in estimates. */
  readonly samplingProbability: number
  /** Share of the samples its source may take, 0–1. */
  readonly share: number
  /** How many people should tag it. */
  readonly overlap: number
  /** The known answer of a hidden check, on the kind’s scale; null for a real question. */
  readonly gold: number | null
  /** The retrain request it serves, if any. */
  readonly requestId: string | null
  /** The text, only where it came from outside the content (a draft sent on its author’s choice, an import). */
  readonly text: string | null
  /** Language of that text as a BCP 47 tag. */
  readonly language: string | null
  /** The images, only where they came from outside the content (an import). */
  readonly images: readonly SampleImage[]
  /** When it was chosen, in ms since the epoch. */
  readonly at: number
}

/** A rectangle somebody drew on an image, in fractions of its width and height as it is shown. */
export interface LabelBox {
  /** The image’s ref. */
  readonly image: string
  /** Left edge, from 0 (left) to 1. */
  readonly x: number
  /** Upper edge, from 0 (top) to 1. */
  readonly y: number
  /** Width, from 0 to 1. */
  readonly width: number
  /** Height, from 0 to 1. */
  readonly height: number
  /** What is in it, such as the logo’s name. */
  readonly name: string | null
}

/** What a person says about a piece of content. Key: the content’s id. */
export interface Label {
  /** Identifier of this label; the same again replaces it. */
  readonly id: string
  /** The sample it answers, if any. */
  readonly sampleId: string | null
  /** The content tagged. */
  readonly contentId: string
  /** The revision tagged. */
  readonly revision: number
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** The answer on the kind’s own scale: niceness 0–10, spam and toxicity 0 or 1. */
  readonly value: number
  /** Rectangles drawn around logos and the like. */
  readonly boxes: readonly LabelBox[]
  /** Who said so: the name of a label key, or of an import. */
  readonly labeller: string
  /** How it came: page, import, adjudication or api. */
  readonly origin: string
  /** Version of the guideline the person had. */
  readonly guidelineVersion: string
  /** Time from showing to answering, in seconds. */
  readonly seconds: number | null
  /** Whether the person saw the model’s answer first. */
  readonly modelShown: boolean
  /** Whether the person took it back. */
  readonly withdrawn: boolean
  /** When the person answered (event time), in ms since the epoch. */
  readonly at: number
}

/** The part a model version plays: CHAMPION answers, CHALLENGER runs in its shadow, BACKFILL rescored history. UNKNOWN stands for one that this reader does not know yet. */
export type ModelAlias = 'UNKNOWN' | 'CHAMPION' | 'CHALLENGER' | 'BACKFILL'

/** An alias of a kind moves to a model version. Never deleted: together they are the history. One whose previous is not the current version is ignored. Key: the kind. */
export interface ModelPromotion {
  /** Hash of kind, alias, version, previous and at: the same again is a repeat. */
  readonly id: string
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** The alias that moves. */
  readonly alias: ModelAlias
  /** The version it moves to; empty takes the alias away (a challenger that ends). */
  readonly version: string
  /** Where the model folder is, as a file: or s3: URL. */
  readonly artifact: string
  /** Digest of the artefact as its manifest states it, checked before use. */
  readonly digest: string
  /** The version the alias was on; null for the first. */
  readonly previous: string | null
  /** Share of the traffic it answers, 0–1; below 1 is a canary. */
  readonly share: number
  /** Why, in a sentence. */
  readonly reason: string
  /** The retrain request it comes from, if any. */
  readonly requestId: string | null
  /** Who moved it: a job’s name, or a person’s. */
  readonly by: string
  /** When, in ms since the epoch. */
  readonly at: number
}

/** A score as it was shown to somebody. */
export interface SeenScore {
  /** The value that was shown, on the kind’s own scale. */
  readonly value: number
  /** The model version that gave it. */
  readonly modelVersion: string
}

/** Somebody says that a score is wrong, or that content is not nice or is spam. Key: the content’s or the draft’s id. */
export interface Report {
  /** Identifier of this report; the same again is taken as a repeat. Where it is left empty, Nicr derives one from topic, partition and offset. */
  readonly id: string
  /** The content reported; empty for a draft. */
  readonly contentId: string | null
  /** The draft whose score is said to be wrong; empty for published content. */
  readonly draftId: string | null
  /** The revision the reporter saw, if known. */
  readonly revision: number | null
  /** Identifier of the person who reports, on the platform. */
  readonly reporter: string
  /** Since when the reporter has had the account, in ms since the epoch: reports of fresh accounts count less. */
  readonly accountSince: number | null
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. The score of this kind is contested. */
  readonly kind: string
  /** The value the reporter expects, on the kind’s own scale: niceness 0–10, spam and toxicity 0–1. */
  readonly expected: number | null
  /** The score the reporter saw. */
  readonly seenScore: SeenScore | null
  /** The text of a draft, only where its author chose to send it; null for published content. */
  readonly text: string | null
  /** What the reporter wrote about it. */
  readonly note: string | null
  /** When it was reported (event time), in ms since the epoch. */
  readonly at: number
}

/** Something that speaks for training anew. */
export interface RetrainEvidence {
  /** Where it comes from, such as drift-reports, labels, reports, votes, age or person. */
  readonly source: string
  /** Identifier of the record there. */
  readonly ref: string | null
  /** The feature it is about, if any. */
  readonly feature: string | null
  /** Its figure, if any. */
  readonly value: number | null
  /** The figure it had to pass, if any. */
  readonly threshold: number | null
  /** What it says, in a sentence. */
  readonly detail: string
}

/** A kind should be trained anew, and why. Key: the kind. */
export interface RetrainRequest {
  /** Hash of kind, policy, modelVersion and the evidence: the same again is a repeat. */
  readonly id: string
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** The declared policy that asked, or manual. */
  readonly policy: string
  /** Why, in a sentence. */
  readonly reason: string
  /** What speaks for it. */
  readonly evidence: readonly RetrainEvidence[]
  /** The champion that should be replaced. */
  readonly modelVersion: string
  /** Who asked: a processor’s name, or a person’s. */
  readonly by: string
  /** When it was asked, in ms since the epoch. */
  readonly requestedAt: number
  /** When it lapses if too few labels arrive, in ms since the epoch. */
  readonly expiresAt: number | null
}

/** The state of a retrain request: REQUESTED → TAGGING → TRAINING → SHADOW → PROMOTED, REJECTED or EXPIRED. UNKNOWN stands for one that this reader does not know yet. */
export type RetrainState = 'UNKNOWN' | 'REQUESTED' | 'TAGGING' | 'TRAINING' | 'SHADOW' | 'PROMOTED' | 'REJECTED' | 'EXPIRED'

/** A step of a retrain request, as it begins, goes on or ends. Key: the request’s id. */
export interface RetrainStep {
  /** Hash of requestId, step, task and attempt or progress: the same again is a repeat. */
  readonly id: string
  /** The retrain request. */
  readonly requestId: string
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** The state the request is in. */
  readonly step: RetrainState
  /** The work within the step, such as snapshot, split, train, compare or gate. */
  readonly task: string
  /** How much of the step is done, 0–1. */
  readonly progress: number
  /** Figures of the step by name, such as labels, labelsNeeded, rows or auc. */
  readonly figures: Readonly<Record<string, number>>
  /** What happened, in a sentence. */
  readonly detail: string
  /** The challenger, once there is one. */
  readonly modelVersion: string | null
  /** When, in ms since the epoch. */
  readonly at: number
}

/** How a score came about: SCORED in full; DEGRADED by a cheaper way or on part of the input; UNSUPPORTED language; EMPTY input; CLEARED because the content was deleted. Only the first two have a value. UNKNOWN stands for one that this reader does not know yet. */
export type ScoreStatus = 'UNKNOWN' | 'SCORED' | 'DEGRADED' | 'UNSUPPORTED' | 'EMPTY' | 'CLEARED'

/** Where a reason lies: in the text, or in an image. */
export type ReasonSource = 'TEXT' | 'IMAGE'

/** A part of the content that moved the score. */
export interface ScoreReason {
  /** First UTF-16 code unit of the text as the author wrote it; null for an image. */
  readonly start: number | null
  /** End of the part, exclusive, in UTF-16 code units; null for an image. */
  readonly end: number | null
  /** How much it moved the score, on the score’s own scale: below 0 lowered it, above 0 raised it. */
  readonly weight: number
  /** Whether it lies in the text or in an image. */
  readonly source: ReasonSource
  /** The image’s ref; null for text. */
  readonly image: string | null
  /** Where in the image it lies; null for text or the whole image. */
  readonly box: Box | null
  /** The words themselves, as written or as read from the image. */
  readonly text: string | null
  /** What the score would be without this word, wherever it occurs, on the score’s own scale; null where it was not computed. */
  readonly without: number | null
}

/** What one model version says about one revision of a post or comment. Key: the content’s id. */
export interface Score {
  /** Hash of contentId, revision, kind, modelVersion and alias: the same again is a repeat. */
  readonly id: string
  /** The content scored. */
  readonly contentId: string
  /** The revision scored. The highest wins; an older one that arrives late never does. */
  readonly revision: number
  /** Model kind, such as niceness, text-spam, image-spam or toxicity. */
  readonly kind: string
  /** How the score came about, and whether there is a value. */
  readonly status: ScoreStatus
  /** The score on the kind’s own scale: niceness 0 (abusive) to 10 (grateful and caring), spam and toxicity 0–1. Null without a value. */
  readonly value: number | null
  /** The kind’s word for the value, such as kind, plain, unkind, spam, ham, toxic or civil. */
  readonly label: string | null
  /** Calibrated probability of the label, 0–1, where the kind has one. */
  readonly probability: number | null
  /** What moved the score, heaviest first. */
  readonly reasons: readonly ScoreReason[]
  /** The content’s author, so that readers can follow an author’s scores. */
  readonly author: string
  /** Whether it was a post or a comment. */
  readonly contentKind: ContentKind
  /** Language the text was taken to be in, as a BCP 47 tag. */
  readonly language: string | null
  /** The model version that gave the score. */
  readonly modelVersion: string
  /** The part that model version played. */
  readonly alias: ModelAlias
  /** When the content was written (event time of the content), in ms since the epoch. */
  readonly eventAt: number
  /** When it was scored, in ms since the epoch. */
  readonly scoredAt: number
  /** Mean time that the version took for a content of the batch, in microseconds; null where it was not measured. */
  readonly scoringMicros: number | null
}

/** A vote of a reader on a post or comment. Key: the content’s id. */
export interface Vote {
  /** Identifier of this vote; the same again is taken as a repeat. Where it is left empty, Nicr derives one from topic, partition and offset. */
  readonly id: string
  /** The content that was voted on. */
  readonly contentId: string
  /** The revision the voter saw, if known. */
  readonly revision: number | null
  /** Identifier of the voter on the platform; a later vote by the same voter replaces the earlier one. */
  readonly voter: string
  /** Since when the voter has had the account, in ms since the epoch: votes of fresh accounts count less. */
  readonly accountSince: number | null
  /** 1 for up, -1 for down, 0 for a vote taken back. */
  readonly value: number
  /** When the vote was cast (event time), in ms since the epoch. */
  readonly at: number
}
