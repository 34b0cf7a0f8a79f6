/**
 * Every bound of the server in one table. Each is a default: those that operators change are settings
 * (`config.access.limits`), as is the length of a text (`textLengthMax`); tests may give any.
 */
export const defaultLimits = {
  /** A request's body. A content record with a text of the default length fits with room for its other fields. */
  bodyBytesMax: 1024 * 1024,
  /** A websocket frame; a larger one closes the socket with 1009. */
  frameBytesMax: 256 * 1024,
  /** Texts of one POST /sentiment-analysis. */
  textsMax: 128,
  /** The same of the Perspective-shaped methods, whose clients send articles as context; and a comment's UTF-8 bytes there. */
  perspectiveBodyBytesMax: 4 * 1024 * 1024,
  perspectiveTextBytesMax: 20_480,
  /** Sentences of a comment that are scored each; the rest of a longer one is scored as one. */
  perspectiveSentencesMax: 100,
  /** How long a client may take to send its request, and its headers (slow loris); connections are looked at this often. */
  requestMs: 30_000,
  headersMs: 15_000,
  connectionsCheckMs: 5_000,
  /** A connection on which nothing moves for so long is cut: a reader that does not read, too. Sockets are pinged instead. */
  silenceMs: 75_000,
  /** Connections one address may hold, sockets included, and those of all beside the sockets. */
  connectionsPerAddressMax: 4_096,
  connectionsBesideSocketsMax: 5_000,
  /** How long a connection that was one too many gets to read why. */
  connectionRefusalMs: 1_000,
  /** A score that is not there by then is answered with NICR_SCORING_TIMEOUT instead of a hang. */
  scoringMs: 5_000,
  /** Pictures of one POST /v1/score; the time they are looked at, and until a scorer that does not keep to it is waited for. */
  imagesMax: 16,
  imageScoringMs: 8_000,
  imageAnswerMs: 10_000,
  /** Requests whose pictures are looked at, or wait for it, at once: all, and those of one key or author with tickets. */
  imageScoresPendingMax: 64,
  imageScoresPendingPerCredentialMax: 16,
  /** The same for the broker's acknowledgement of a record, for ClickHouse, and for what asks several parts. */
  publishMs: 10_000,
  historyMs: 5_000,
  /** How long `GET /v1/drift` waits for ClickHouse. */
  driftMs: 10_000,
  answerMs: 15_000,
  /** How long an image may take to be fetched, looked at and stored, and how many are taken in at once. */
  imageMs: 30_000,
  uploadsMax: 16,
  /** Records that wait for the broker at once; one that waits 10 ms leaves room for 100,000 a second. */
  publishesPendingMax: 1_000,

  /** Requests a minute: of one key, and of one address that shows none (pages, probes, wrong keys). */
  requestsPerKeyMax: 600_000,
  requestsPerAddressMax: 6_000,
  /** Keys and addresses whose rates are remembered; the least recently seen is forgotten first. */
  ratesRemembered: 10_000,
  /** Credentials that were refused are written to the log this often a minute; the others are counted there. */
  refusalsLoggedMax: 60,
  /** How soon a key that was made or revoked is known here. */
  keysCheckMs: 1_000,

  /** Tokens that held are remembered: so many, and for so long after a check. */
  tokensRemembered: 10_000,
  tokenRememberedMs: 60_000,
  /** How far the provider's clock may be off. */
  tokenClockToleranceMs: 30_000,
  /** The provider's key set: the wait for it, how long it is used, the pause between two fetches, its size. */
  jwksTimeoutMs: 5_000,
  jwksAgeMs: 600_000,
  jwksCooldownMs: 30_000,
  jwksBytesMax: 256 * 1024,

  /** Answers kept for Idempotency-Key, and for how long. */
  idempotentAnswersMax: 50_000,
  idempotentAnswersPerCredentialMax: 10_000,
  idempotentAnswerMs: 24 * 3_600_000,

  /** The score feed's window: what a reconnecting socket can still be given. */
  windowMs: 5 * 60_000,
  windowBytesMax: 64 * 1024 * 1024,
  /** Contents whose newest revision is remembered, so that a late older one is never pushed. */
  headsMax: 65_536,

  socketsMax: 20_000,
  /** Sockets of one author's tickets: tabs and devices. */
  socketsPerAuthorMax: 64,
  /** Contents and authors one socket may follow. */
  contentSubscriptionsMax: 1_000,
  authorSubscriptionsMax: 100,
  /** Drafts of one socket whose first and last score are remembered. */
  draftsPerSocketMax: 64,
  /** Drafts are scored for so long at a stretch before the server looks at what came in meanwhile. */
  draftTurnMs: 5,
  /** Bytes waiting in one socket above which the feed stops writing to it and lets it catch up from the window. */
  bufferedBytesMax: 256 * 1024,
  /** Frames a second one socket may send, on average and at once. Ten times the burst in excess closes it with 1008. */
  framesPerSecondMax: 200,
  framesBurstMax: 400,
  /** Sockets are pinged this often; one that has not answered by the next ping is gone. */
  pingMs: 30_000,
  /** How long sockets get to answer the close frame when the server stops. */
  drainMs: 2_000,
} as const

export type Limits = { readonly [Name in keyof typeof defaultLimits]: number }
