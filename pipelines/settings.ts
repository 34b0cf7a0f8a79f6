import type { Setting } from './setting.ts'
import { tracingSettings } from './settings-tracing.ts'

/**
 * Every setting Nicr reads from the environment, in one table. docs/operations/settings.md is written from it. A setting whose
 * name ends in `_FILE` gives the value's file instead (secrets).
 */
export const settingTable = {
  KAFKA_BROKERS: {
    type: 'list',
    description:
      'Kafka bootstrap servers, `host:port` with commas between. Without it `nicr up` starts its own broker.',
  },
  KAFKA_SSL: { type: 'boolean', default: 'false', description: 'Whether to speak TLS to the brokers.' },
  KAFKA_SSL_CA: {
    type: 'string',
    secret: true,
    description:
      'PEM of the certificate authority that signed the brokers’ certificates, where it is not a public one.',
  },
  KAFKA_SASL_MECHANISM: {
    type: 'choice',
    choices: ['plain', 'scram-sha-256', 'scram-sha-512'],
    description: 'How to log in to the brokers.',
  },
  KAFKA_SASL_USERNAME: { type: 'string', description: 'User name for the brokers.' },
  KAFKA_SASL_PASSWORD: { type: 'string', secret: true, description: 'Password for the brokers.' },
  SCHEMA_REGISTRY_URL: {
    type: 'url',
    description: 'A Confluent-compatible schema registry. Without it `nicr up` starts its own.',
  },
  SCHEMA_REGISTRY_USERNAME: {
    type: 'string',
    description: 'User name for the registry (basic authentication).',
  },
  SCHEMA_REGISTRY_PASSWORD: { type: 'string', secret: true, description: 'Password for the registry.' },
  CLICKHOUSE_URL: {
    type: 'url',
    description: 'ClickHouse over HTTP. Without it `nicr up` runs the engine in a process of its own.',
  },
  CLICKHOUSE_USERNAME: { type: 'string', default: 'default', description: 'User name for ClickHouse.' },
  CLICKHOUSE_PASSWORD: { type: 'string', default: '', secret: true, description: 'Password for ClickHouse.' },
  CLICKHOUSE_DATABASE: {
    type: 'string',
    default: 'nicr',
    description: 'Database that holds Nicr’s tables and views.',
  },
  NICR_DATA_DIR: {
    type: 'string',
    default: '.nicr',
    description:
      'Where the embedded parts keep their data, logs and keys, and where models retrained here lie.',
  },
  NICR_HOST: { type: 'string', default: '127.0.0.1', description: 'Address the server listens on.' },
  NICR_PORT: {
    type: 'integer',
    default: '8080',
    min: 0,
    max: 65535,
    description: 'Port of the server; 0 takes a free one.',
  },
  NICR_KAFKA_PORT: {
    type: 'integer',
    default: '9092',
    min: 0,
    max: 65535,
    description: 'Port of the embedded broker; 0 takes a free one.',
  },
  NICR_REGISTRY_PORT: {
    type: 'integer',
    default: '8081',
    min: 0,
    max: 65535,
    description: 'Port of the embedded schema registry; 0 takes a free one.',
  },
  NICR_CLICKHOUSE_PORT: {
    type: 'integer',
    default: '8123',
    min: 0,
    max: 65535,
    description: 'Port of the embedded ClickHouse endpoint; 0 takes a free one.',
  },
  NICR_TOPIC_PREFIX: {
    type: 'string',
    default: 'nicr.',
    description: 'Prefix of every topic, consumer group and transactional id.',
  },
  NICR_PARTITIONS: {
    type: 'integer',
    min: 1,
    max: 1024,
    description:
      'Partitions of the data topics, fixed at the first apply: 12 by default, 4 in the embedded default.',
  },
  NICR_REPLICATION: {
    type: 'integer',
    default: '-1',
    min: -1,
    max: 15,
    description: 'Replication factor of the topics; -1 leaves it to the broker.',
  },
  NICR_RETENTION: {
    type: 'duration',
    default: '30d',
    description: 'How long content, votes, reports, scores and dead letters stay on their topics.',
  },
  NICR_DELIVERY: {
    type: 'choice',
    default: 'exactly-once',
    choices: ['exactly-once', 'at-least-once'],
    description: 'Delivery from topic to topic; at-least-once trades the guarantee for speed.',
  },
  NICR_BATCH_RECORDS: {
    type: 'integer',
    default: '4000',
    min: 1,
    max: 100000,
    description: 'Most records of one transaction.',
  },
  NICR_BATCH_BYTES: {
    type: 'integer',
    default: '4194304',
    min: 1024,
    max: 67108864,
    description: 'Most bytes of input of one transaction.',
  },
  NICR_DEAD_LETTERS_IN_A_ROW: {
    type: 'integer',
    default: '1000',
    min: 1,
    max: 1000000,
    description:
      'Dead letters in a row after which a processor stops instead of emptying its topic into them.',
  },
  NICR_TEXT_LENGTH: {
    type: 'integer',
    default: '100000',
    min: 1,
    max: 1000000,
    description: 'Longest text that is scored, in UTF-16 code units.',
  },
  NICR_BLOBS: {
    type: 'string',
    description:
      'Where images are stored: `file:///path` or `s3://bucket/prefix`. The folder `blobs` of the data directory unless given.',
  },
  NICR_S3_ENDPOINT: {
    type: 'url',
    description:
      'A server that speaks S3, such as MinIO, instead of AWS. Region and credentials are read as the AWS SDK does.',
  },
  NICR_IMAGE_HOSTS: {
    type: 'list',
    default: '',
    description:
      'Hosts that images are fetched from by `https:`, such as `cdn.example.org`, `*.example.org` or `cdn.example.org:8443`.',
  },
  NICR_IMAGE_BUCKETS: {
    type: 'list',
    default: '',
    description: 'Buckets that images are fetched from by `s3:`.',
  },
  NICR_IMAGE_BYTES: {
    type: 'integer',
    default: '10000000',
    min: 1024,
    max: 100000000,
    description: 'Largest file of an image.',
  },
  NICR_IMAGE_PIXELS: {
    type: 'integer',
    default: '40000000',
    min: 1,
    max: 268402689,
    description: 'Most pixels of an image: width × height.',
  },
  NICR_IMAGE_THREADS: {
    type: 'integer',
    min: 1,
    max: 64,
    description: 'Threads that look at images; half of the processors unless given.',
  },
  NICR_IMAGE_DEADLINE: {
    type: 'duration',
    default: '10s',
    description:
      'Longest time for reading one image. Past it the score is of what was read so far, marked DEGRADED.',
  },
  NICR_ENCODER_PROCESSES: {
    type: 'integer',
    default: '1',
    min: 1,
    max: 64,
    description:
      'Processes that run an encoder, each with the model in its memory; for each version that is loaded.',
  },
  NICR_ENCODER_PROVIDER: {
    type: 'choice',
    choices: ['cpu', 'cuda'],
    default: 'cpu',
    description:
      'Where encoders run. `cuda` needs onnxruntime’s libraries for it, which `npm ci` leaves out.',
  },
  NICR_ENCODER_THREADS: {
    type: 'integer',
    default: '1',
    min: 1,
    max: 64,
    description:
      'Threads of each process that runs an encoder. More make one answer quicker, and all together slower than as many processes do.',
  },
  NICR_ENCODER_OCCLUSIONS: {
    type: 'integer',
    default: '8',
    min: 0,
    max: 64,
    description:
      'Parts of a text that an encoder leaves out, one run each, to find its reasons; 0: reasons are those of the n-grams beside it.',
  },
  HF_ENDPOINT: {
    type: 'url',
    default: 'https://huggingface.co',
    description: 'Hub, or a mirror of it, that `nicr models add KIND hf:OWNER/NAME` downloads from.',
  },
  HF_TOKEN: {
    type: 'string',
    secret: true,
    description: 'Token for models on the Hub that are not open to all.',
  },
  NICR_DRAFT_DEADLINE: {
    type: 'duration',
    default: '250ms',
    description:
      'Longest time an encoder has for a draft. Past it the n-grams beside it answer, and the score is marked DEGRADED.',
  },
  NICR_RETRAIN_DRY_RUN: {
    type: 'boolean',
    default: 'false',
    description:
      'Whether retrain requests are only said, in the log and in `nicr_retrain_requests_total`, and not written.',
  },
  NICR_ALLOWED_ORIGINS: {
    type: 'list',
    default: '',
    description:
      'Origins of pages that may call the API and open sockets, beside the server’s own; `*` allows all.',
  },
  NICR_KEYS: {
    type: 'string',
    description:
      'File of the API keys, as hashes; every replica reads the same one. `keys.json` in the data directory unless given.',
  },
  NICR_TICKET_SECRET: {
    type: 'string',
    secret: true,
    description:
      'Signs tickets: at least 32 characters, the same on every replica. Unless given, one is made and kept beside the keys.',
  },
  NICR_JWKS_URL: {
    type: 'url',
    description:
      'JSON Web Key Set of an identity provider whose tokens are taken beside keys. Needs NICR_JWT_ISSUER and NICR_JWT_AUDIENCE.',
  },
  NICR_JWT_ISSUER: { type: 'string', description: 'What a token’s `iss` must be.' },
  NICR_JWT_AUDIENCE: { type: 'string', description: 'What a token’s `aud` must be, or hold.' },
  NICR_JWT_ALGORITHMS: {
    type: 'list',
    default: 'RS256,PS256,ES256,EdDSA',
    description: 'Signatures that are taken; those with a shared secret, and `none`, never are.',
  },
  NICR_JWT_ROLE_CLAIM: {
    type: 'string',
    default: 'roles',
    description:
      'The claim with the roles: a list, or names with blanks between. Names that are no role count for nothing.',
  },
  NICR_JWT_AUTHOR_CLAIM: {
    type: 'string',
    description:
      'The claim that names the author a token is bound to, such as `sub`; a token without it is then refused.',
  },
  NICR_TRUSTED_PROXIES: {
    type: 'list',
    default: '',
    description:
      'Addresses and networks (10.0.0.0/8) of proxies in front: their X-Forwarded-For names the client that is counted.',
  },
  NICR_REQUESTS_PER_KEY: {
    type: 'integer',
    default: '600000',
    min: 1,
    max: 1000000000,
    description: 'Most requests a minute of one key; of a ticket bound to an author, of each author.',
  },
  NICR_REQUESTS_PER_ADDRESS: {
    type: 'integer',
    default: '6000',
    min: 1,
    max: 1000000000,
    description:
      'Most requests a minute without a key, or with a wrong one, of one address (IPv6: of a /64).',
  },
  NICR_CONNECTIONS_PER_ADDRESS: {
    type: 'integer',
    default: '4096',
    min: 1,
    max: 1000000,
    description:
      'Most connections, sockets included, that one address may hold; trusted proxies are not counted.',
  },
  NICR_SOCKETS: {
    type: 'integer',
    default: '20000',
    min: 1,
    max: 1000000,
    description: 'Most websockets that one replica holds.',
  },
  NICR_BODY_BYTES: {
    type: 'integer',
    default: '1048576',
    min: 1024,
    max: 67108864,
    description: 'Largest body of a request.',
  },
  NICR_FRAME_BYTES: {
    type: 'integer',
    default: '262144',
    min: 1024,
    max: 67108864,
    description: 'Largest frame of a websocket; a larger one closes it with 1009.',
  },
  NICR_FRAMES_PER_SECOND: {
    type: 'integer',
    default: '200',
    min: 1,
    max: 1000000,
    description: 'Frames a second that one websocket may send on average, and twice as many at once.',
  },
  NICR_REPLICA: {
    type: 'string',
    description: 'Name of this server replica in its consumer group’s name; host name and port unless given.',
  },
  NICR_API_KEY: {
    type: 'string',
    secret: true,
    description:
      'Key that the commands send to the server; the running `nicr up` supplies its development key.',
  },
  NICR_DEV_KEY: {
    type: 'string',
    secret: true,
    description: 'Development key of the embedded default, instead of one made at the first start.',
  },
  NICR_METRICS_PORT: {
    type: 'integer',
    min: 0,
    max: 65535,
    description:
      'Port at which `nicr process` and `nicr retrain` answer `/metrics`, `/livez` and `/readyz`; none unless given.',
  },
  NICR_METRICS_HOST: {
    type: 'string',
    default: '127.0.0.1',
    description: 'Address for NICR_METRICS_PORT; 0.0.0.0 lets other machines ask.',
  },
  ...tracingSettings,
  LOG_LEVEL: {
    type: 'choice',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    description:
      'Least level that is logged, as JSON lines on stderr: info unless given, warn for `nicr up`.',
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settingTable
