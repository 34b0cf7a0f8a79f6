import type { ErrorCode } from './errors.ts'

/** What whoever sees a code does about it: the operator, the developer of a client or of a producer, or who types a command. */
export const errorActions: Readonly<Record<ErrorCode, string>> = {
  // records
  NICR_RECORD_EMPTY: 'Produce an Avro record; to take content away, produce it with action DELETED.',
  NICR_RECORD_UNDECODABLE:
    'Have the producer write Avro with the Confluent serializer and the topic’s schema; `nicr dlq show` shows the bytes that came.',
  NICR_SCHEMA_UNKNOWN:
    'Point the producer at the registry of SCHEMA_REGISTRY_URL, or register its schema there; then `nicr dlq replay`.',
  NICR_SCHEMA_INCOMPATIBLE:
    'Have the producer write the schema of `schemas/`, to which fields with a default may be added. If `nicr apply` says it, mend the subject in the registry or use another NICR_TOPIC_PREFIX.',
  NICR_RECORD_INVALID:
    'The detail names the field. Mend it where the record is produced, and produce the record again.',
  NICR_TEXT_TOO_LONG: 'Shorten it or split it, or raise NICR_TEXT_LENGTH.',
  NICR_RECORD_TOO_LARGE:
    'Send less in one record (pictures by reference). If a processor says it, give the topic `max.message.bytes` back with `nicr apply`.',
  NICR_DEAD_LETTER_BUDGET: 'Look at `nicr dlq list`, mend the cause, start again.',
  NICR_REPLAY_FENCED: 'Run it again once the other is done.',
  NICR_ERASURE_INCOMPLETE: 'Run `nicr erase` again once the sink has caught up.',
  // configuration and command line
  NICR_CONFIG_INVALID:
    'Mend the setting that is named; `nicr config check` lists all of them with what they take.',
  NICR_USAGE_INVALID: '`nicr COMMAND --help`, which the message names, says what there is and what it takes.',
  NICR_INPUT_INVALID: 'Mend what the message names: it says the file and line, or what is taken instead.',
  NICR_BENCH_FAILED:
    'Run it again on a machine with nothing else to do; if it fails again, report it with what it printed.',
  NICR_FILE_UNREADABLE:
    'Check the path, which is taken from where the command runs, and that its user may read the file.',
  NICR_DATA_SET_INVALID: 'Build it anew.',
  // parts
  NICR_JAVA_MISSING:
    'Install a JRE or point JAVA_HOME at one, or give KAFKA_BROKERS and SCHEMA_REGISTRY_URL.',
  NICR_MAVEN_MISSING: 'Install Maven, or give KAFKA_BROKERS and SCHEMA_REGISTRY_URL.',
  NICR_DOWNLOAD_FAILED:
    'Check the network, a proxy or mirror in `~/.m2/settings.xml`, and that the folder can be written; then start again.',
  NICR_CHDB_MISSING: 'Run `npm ci` without --omit=optional, or give CLICKHOUSE_URL.',
  NICR_PORT_IN_USE: 'Stop it, or choose another port; 0 takes a free one.',
  NICR_DATA_DIR_IN_USE: 'Stop it, or give another NICR_DATA_DIR.',
  NICR_PART_FAILED:
    'Read the end of its log, under `logs/` of the data directory, mend what it says, and start again: what was stored is kept.',
  NICR_NOT_RUNNING:
    'Give the directory of the one that runs as NICR_DATA_DIR, start one with `npm start`, or give KAFKA_BROKERS, SCHEMA_REGISTRY_URL and CLICKHOUSE_URL.',
  NICR_KAFKA_UNAVAILABLE:
    'See that the brokers run and that KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_* are right from this machine; `nicr status` tries them. Run `nicr apply` if a topic is missing. A request may be sent again.',
  NICR_REGISTRY_UNAVAILABLE:
    'See that it runs and that SCHEMA_REGISTRY_URL and its user are right; run `nicr apply` if schemas are missing. A request may be sent again.',
  NICR_CLICKHOUSE_UNAVAILABLE:
    'See that it runs, has room on its disk, and that CLICKHOUSE_URL and its user are right; the sink goes on by itself. A request may be sent again.',
  NICR_CLICKHOUSE_REFUSED:
    'The message holds ClickHouse’s own. Compare the table with `schemas/clickhouse/`, run `nicr apply`, then replay the dead letters of this code.',
  NICR_MIGRATION_CHANGED: 'Migrations never change: restore the file, and put changes in a new one.',
  // models
  NICR_MODEL_NOT_FOUND:
    '`nicr models list` shows those there are; copy the version’s folder to NICR_DATA_DIR/models of this machine if another has it. A kind of your own has none until `nicr train` or `nicr models add` made one.',
  NICR_MODEL_DIGEST_MISMATCH:
    'Copy the folder again from where it was made, or go back with `nicr models rollback KIND`.',
  NICR_MODEL_INVALID:
    'Copy the whole folder again, or make the version anew with `nicr train` or `nicr models add`.',
  NICR_MODEL_FAILED:
    'The detail says what its runtime said. Restart the process; if it goes on, `nicr models rollback KIND`.',
  NICR_HUB_UNAVAILABLE: 'Try again later, or give a folder.',
  NICR_MODEL_BUSY: 'Try again later; if it stays so, raise NICR_ENCODER_PROCESSES or add a replica.',
  NICR_PROMOTION_CONFLICT: 'Look at `nicr models history`, then promote again.',
  NICR_REPORT_NOT_FOUND:
    'Take an id from `/drift` or `GET /v1/drift`; `nicr models recalibrate` also takes `--share`.',
  NICR_LABEL_NOT_FOUND:
    'Answer the content first, or load `/label` anew; only who gave a label takes it back.',
  NICR_KIND_UNKNOWN: 'Take one of those that the message names, or that `GET /v1/models` lists.',
  // images
  NICR_IMAGE_UNREADABLE:
    'Open it in an image viewer; save it anew as JPEG, PNG, WebP, GIF or AVIF, and send it again.',
  NICR_IMAGE_TYPE_UNSUPPORTED: 'Send JPEG, PNG, WebP, GIF or AVIF.',
  NICR_IMAGE_TOO_LARGE: 'Scale it down, or raise NICR_IMAGE_BYTES or NICR_IMAGE_PIXELS.',
  NICR_IMAGES_TOO_MANY: 'Send several requests; of published content only the first images are looked at.',
  NICR_IMAGE_REF_INVALID:
    'Store the image with `POST /v1/images` and name it by the `ref` of the answer, or write the reference in one of these forms.',
  NICR_IMAGE_NOT_FOUND:
    'Store the image again and produce the content with its new reference; one that was deleted on purpose stays gone.',
  NICR_IMAGE_HOST_REFUSED:
    'Add the host or bucket to the setting if you trust it, or store the image with `POST /v1/images`. Private addresses are never fetched from.',
  NICR_IMAGE_FETCH_FAILED:
    'Ask for the address yourself from the machine of the processor; once the host answers, `nicr dlq replay`.',
  NICR_IMAGE_TIMEOUT:
    'Send it again, or replay it, when less is to be done; else raise NICR_IMAGE_TIMEOUT or NICR_IMAGE_THREADS.',
  NICR_IMAGE_DIGEST_MISMATCH: 'State the digest of the bytes that are there now, or put the old bytes back.',
  NICR_BLOBS_UNAVAILABLE: 'Try again later; if it stays so, check NICR_BLOBS and its credentials.',
  // serving
  NICR_BODY_INVALID: 'The detail and `errors` name the field; `/openapi.json` has an example of each body.',
  NICR_BODY_TOO_LARGE: 'Split it into several requests.',
  NICR_KEY_MISSING:
    'Send one as `Authorization: Bearer KEY` or `X-API-Key`; `nicr keys create` makes one, `npm start` prints one.',
  NICR_KEY_INVALID:
    'Ask the operator for another: `nicr keys create`; `nicr keys list` shows those that hold.',
  NICR_ROLE_MISSING:
    'Ask with a key that has the role that the detail names: `nicr keys create --role ROLE`.',
  NICR_ORIGIN_NOT_ALLOWED:
    'Add the page’s origin, such as `https://forum.example`, to NICR_ALLOWED_ORIGINS and restart the server; its log names the origin.',
  NICR_NOT_FOUND: 'Check path and spelling; `/openapi.json` lists every endpoint.',
  NICR_SCORE_NOT_FOUND:
    'Ask again a few seconds after publishing; if it stays away, check the id and `nicr dlq list --where "key=ID"`.',
  NICR_RATE_LIMITED: 'Wait as long as Retry-After says.',
  NICR_FRAME_INVALID: 'The detail names the field; `/asyncapi.json` describes every frame.',
  NICR_CURSOR_EXPIRED: 'Read the scores by GET and subscribe anew.',
  NICR_SUBSCRIPTION_LIMIT: 'Unsubscribe from what is no longer shown, or open another socket.',
  NICR_INTERNAL: 'Please report it, with that line of the log.',
  NICR_MEDIA_TYPE_UNSUPPORTED: 'Send application/json.',
  NICR_REQUEST_INVALID:
    'The detail says which part; send it as `/openapi.json` describes. A websocket opens at `/v1/live`.',
  NICR_TICKET_INVALID: 'Ask POST /v1/tickets for another. Replicas must have the same NICR_TICKET_SECRET.',
  NICR_TOKEN_INVALID:
    'Log in anew; if that does not help, compare its issuer and audience with NICR_JWT_ISSUER and NICR_JWT_AUDIENCE.',
  NICR_TOKEN_KEYS_UNAVAILABLE:
    'Try again, or use a key; see that the server’s machine reaches NICR_JWKS_URL.',
  NICR_REQUEST_TIMEOUT: 'Send it without pauses.',
  NICR_HEADERS_TOO_LARGE: 'Send fewer cookies and headers.',
  NICR_IDEMPOTENCY_CONFLICT: 'Make a new key for each new request.',
  NICR_IDEMPOTENCY_IN_PROGRESS: 'Try again in a second.',
  NICR_METHOD_NOT_ALLOWED: 'Allow says which it takes.',
  NICR_ANSWER_TIMEOUT: 'Try again; /readyz says which part it is.',
  NICR_SCORING_TIMEOUT: 'Try again; if it stays so, add a replica or cores.',
  NICR_SOCKET_LIMIT: 'Try another replica, or later.',
  NICR_SHUTTING_DOWN: 'Connect again: another replica answers, or this one once it is back.',
}
