/**
 * Every code Nicr reports, in one table: the stable name, what it means, and the HTTP status it takes when it reaches a client.
 * Codes are never reused. `error-actions.ts` says what to do about each; `docs/errors.md` lists them; a test compares.
 */
export const errorTable = {
  // records
  NICR_RECORD_EMPTY: { status: 400, meaning: 'The record has no value.' },
  NICR_RECORD_UNDECODABLE: {
    status: 400,
    meaning: 'The bytes are not Avro in the Confluent wire format, or do not match the schema they name.',
  },
  NICR_SCHEMA_UNKNOWN: {
    status: 400,
    meaning: 'The registry does not know the schema id that the record names.',
  },
  NICR_SCHEMA_INCOMPATIBLE: {
    status: 409,
    meaning:
      'A schema cannot be read as the topic’s record, or does not go with the one that the registry holds.',
  },
  NICR_RECORD_INVALID: { status: 400, meaning: 'A field holds a value that its description rules out.' },
  NICR_TEXT_TOO_LONG: { status: 413, meaning: 'The text is longer than the limit.' },
  NICR_RECORD_TOO_LARGE: { status: 413, meaning: 'The record is larger than the topic accepts.' },
  NICR_DEAD_LETTER_BUDGET: {
    status: 500,
    meaning:
      'Too many records in a row were rejected, so the processor stopped instead of emptying the topic into the dead letters.',
  },
  NICR_REPLAY_FENCED: {
    status: 409,
    meaning:
      'Another replay of dead letters began meanwhile. What this one had not yet written is neither written nor noted.',
  },
  NICR_ERASURE_INCOMPLETE: {
    status: 500,
    meaning:
      'An author was erased while the ClickHouse sink was behind or did not run. Nothing that it stores later comes back.',
  },
  // configuration and command line
  NICR_CONFIG_INVALID: { status: 500, meaning: 'A setting is missing, unknown or out of range.' },
  NICR_USAGE_INVALID: {
    status: 400,
    meaning: 'A command, option or argument is unknown, missing or not what is taken.',
  },
  NICR_INPUT_INVALID: { status: 400, meaning: 'A row, file or argument could not be used.' },
  NICR_BENCH_FAILED: {
    status: 500,
    meaning: 'A benchmark did not come to an end, or what it wrote is not complete or not right.',
  },
  NICR_FILE_UNREADABLE: { status: 400, meaning: 'A file is missing or cannot be read.' },
  NICR_DATA_SET_INVALID: {
    status: 500,
    meaning: 'A snapshot that models learn from is not what its digests say, or parts what belongs together.',
  },
  // parts
  NICR_JAVA_MISSING: { status: 500, meaning: 'Java 17 or newer was not found.' },
  NICR_MAVEN_MISSING: {
    status: 500,
    meaning: 'Maven was not found, and the jars of the embedded broker and registry are not there yet.',
  },
  NICR_DOWNLOAD_FAILED: {
    status: 500,
    meaning: 'The jars could not be fetched from Maven Central, or not be written.',
  },
  NICR_CHDB_MISSING: {
    status: 500,
    meaning: 'The embedded ClickHouse engine (npm package chdb, optional) is not installed.',
  },
  NICR_PORT_IN_USE: { status: 500, meaning: 'Another program listens on the port.' },
  NICR_DATA_DIR_IN_USE: { status: 500, meaning: 'Another `nicr up` uses the data directory.' },
  NICR_PART_FAILED: { status: 500, meaning: 'A part stopped or did not become ready in time.' },
  NICR_NOT_RUNNING: {
    status: 503,
    meaning: 'No running `nicr up` was found on the data directory, and no address was given.',
  },
  NICR_KAFKA_UNAVAILABLE: {
    status: 503,
    meaning: 'The Kafka brokers did not answer, or a topic is missing.',
  },
  NICR_REGISTRY_UNAVAILABLE: {
    status: 503,
    meaning:
      'The schema registry did not answer, answered with an error of its own, or lacks this version’s schemas.',
  },
  NICR_CLICKHOUSE_UNAVAILABLE: {
    status: 503,
    meaning: 'ClickHouse did not answer, or is not able to take the rows now.',
  },
  NICR_CLICKHOUSE_REFUSED: {
    status: 500,
    meaning: 'ClickHouse answered, but refused the rows or the statement.',
  },
  NICR_MIGRATION_CHANGED: {
    status: 500,
    meaning: 'A migration that was already applied to ClickHouse differs from the file of that name.',
  },
  // models
  NICR_MODEL_NOT_FOUND: { status: 404, meaning: 'There is no model of that kind and version.' },
  NICR_MODEL_DIGEST_MISMATCH: {
    status: 500,
    meaning: 'A model’s file does not have the digest that its manifest, or the promotion, states.',
  },
  NICR_MODEL_INVALID: {
    status: 500,
    meaning: 'The model folder is incomplete or its manifest does not hold.',
  },
  NICR_MODEL_FAILED: { status: 500, meaning: 'The model was asked and gave no usable answer.' },
  NICR_HUB_UNAVAILABLE: { status: 503, meaning: 'The Hub that models are downloaded from did not answer.' },
  NICR_MODEL_BUSY: { status: 503, meaning: 'Too many texts wait for the model.' },
  NICR_PROMOTION_CONFLICT: {
    status: 409,
    meaning: 'The promotion does not follow the version that is current: another was first.',
  },
  NICR_REPORT_NOT_FOUND: {
    status: 404,
    meaning: 'There is no drift report of that id, or none of the sort that is needed.',
  },
  NICR_LABEL_NOT_FOUND: {
    status: 404,
    meaning: 'There is no label of that id, it is another person’s, or it was taken back already.',
  },
  NICR_KIND_UNKNOWN: { status: 404, meaning: 'No model kind of that name is declared in pipelines/.' },
  // images
  NICR_IMAGE_UNREADABLE: {
    status: 422,
    meaning: 'The file is empty, cut off, damaged or not an image of a type that is read.',
  },
  NICR_IMAGE_TYPE_UNSUPPORTED: { status: 415, meaning: 'The image is of a type that is not read.' },
  NICR_IMAGE_TOO_LARGE: { status: 413, meaning: 'The image has more bytes or pixels than the limits allow.' },
  NICR_IMAGES_TOO_MANY: { status: 413, meaning: 'The content has more images than are looked at.' },
  NICR_IMAGE_REF_INVALID: {
    status: 400,
    meaning: 'The reference of an image is none of blob:, https:, s3: and data:, or does not hold.',
  },
  NICR_IMAGE_NOT_FOUND: { status: 404, meaning: 'There is no image at that reference.' },
  NICR_IMAGE_HOST_REFUSED: {
    status: 403,
    meaning:
      'The image’s host is not in NICR_IMAGE_HOSTS, its bucket not in NICR_IMAGE_BUCKETS, or it, or a redirect, leads to a private address.',
  },
  NICR_IMAGE_FETCH_FAILED: { status: 502, meaning: 'The image’s host did not answer with the image.' },
  NICR_IMAGE_TIMEOUT: { status: 504, meaning: 'The image did not arrive, or was not looked at, in time.' },
  NICR_IMAGE_DIGEST_MISMATCH: {
    status: 409,
    meaning: 'The image is another than the content says: its sha256 differs.',
  },
  NICR_BLOBS_UNAVAILABLE: { status: 503, meaning: 'The store of images did not answer.' },
  // serving
  NICR_BODY_INVALID: { status: 400, meaning: 'The request’s body is not what the endpoint takes.' },
  NICR_BODY_TOO_LARGE: { status: 413, meaning: 'The request’s body is larger than the limit.' },
  NICR_KEY_MISSING: { status: 401, meaning: 'The request has no API key.' },
  NICR_KEY_INVALID: { status: 401, meaning: 'The API key is not known or was revoked.' },
  NICR_ROLE_MISSING: {
    status: 403,
    meaning: 'The API key, ticket or token does not have the role this needs.',
  },
  NICR_ORIGIN_NOT_ALLOWED: { status: 403, meaning: 'The page’s origin is not in NICR_ALLOWED_ORIGINS.' },
  NICR_NOT_FOUND: { status: 404, meaning: 'There is nothing at this address.' },
  NICR_SCORE_NOT_FOUND: {
    status: 404,
    meaning: 'There is no score for that content: it is unknown, not scored yet, or deleted.',
  },
  NICR_RATE_LIMITED: { status: 429, meaning: 'Too many requests.' },
  NICR_FRAME_INVALID: { status: 400, meaning: 'The websocket frame is not one the protocol knows.' },
  NICR_CURSOR_EXPIRED: { status: 410, meaning: 'The cursor is older than the window kept in memory.' },
  NICR_SUBSCRIPTION_LIMIT: {
    status: 429,
    meaning: 'The socket subscribes to more content or authors than the limit.',
  },
  NICR_INTERNAL: { status: 500, meaning: 'A bug in Nicr. It was logged with the request’s id.' },
  NICR_MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    meaning: 'The body’s content type is not one the endpoint takes.',
  },
  NICR_REQUEST_INVALID: {
    status: 400,
    meaning: 'The request is not HTTP as the server understands it, or a part of its address does not hold.',
  },
  NICR_TICKET_INVALID: {
    status: 401,
    meaning: 'The ticket was not made by this server, was altered or has expired.',
  },
  NICR_TOKEN_INVALID: {
    status: 401,
    meaning:
      'The token (JWT) does not hold: its signature, issuer, audience or time, or no tokens are taken here.',
  },
  NICR_TOKEN_KEYS_UNAVAILABLE: {
    status: 503,
    meaning: 'The identity provider’s keys (NICR_JWKS_URL) cannot be fetched, so no token can be checked.',
  },
  NICR_REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not come whole in time.' },
  NICR_HEADERS_TOO_LARGE: { status: 431, meaning: 'The request’s headers are larger than 16 KiB.' },
  NICR_IDEMPOTENCY_CONFLICT: {
    status: 422,
    meaning: 'The Idempotency-Key was used before with another body.',
  },
  NICR_IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    meaning: 'The first request with the Idempotency-Key is not answered yet.',
  },
  NICR_METHOD_NOT_ALLOWED: { status: 405, meaning: 'The address does not take the method.' },
  NICR_ANSWER_TIMEOUT: { status: 503, meaning: 'A part that the answer needs did not answer in time.' },
  NICR_SCORING_TIMEOUT: { status: 503, meaning: 'The models took too long.' },
  NICR_SOCKET_LIMIT: { status: 503, meaning: 'The server holds as many sockets as it may.' },
  NICR_SHUTTING_DOWN: { status: 503, meaning: 'The server is shutting down.' },
} as const satisfies Record<string, { status: number; meaning: string }>

export type ErrorCode = keyof typeof errorTable

/**
 * An expected failure on its way out of a shell: it carries a code of the table and says what, where and what to do.
 * Cores return rejections as values; anything that is thrown and is not a `NicrError` is a bug.
 */
export class NicrError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, detail: string, options?: { cause?: unknown }) {
    super(detail, options)
    this.name = 'NicrError'
    this.code = code
  }
}

const AWAY: ReadonlySet<ErrorCode> = new Set([
  'NICR_KAFKA_UNAVAILABLE',
  'NICR_REGISTRY_UNAVAILABLE',
  'NICR_CLICKHOUSE_UNAVAILABLE',
  'NICR_BLOBS_UNAVAILABLE',
])

/** Whether a part did not answer, so that the same may be tried again. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof NicrError && AWAY.has(error.code)
}
