import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { NicrError } from '../schemas/errors.ts'
import type { EncoderRun } from './runtime/inference/encoder/encoder-run.ts'
import type { Setting, Value } from './setting.ts'
import { type SettingName, settingTable } from './settings.ts'
import { type AccessConfig, accessOf, accessProblems } from './settings-access.ts'
import { type ImagesConfig, imageProblems, imagesOf } from './settings-images.ts'
import { type TracingConfig, tracingOf, tracingProblems } from './settings-tracing.ts'

/** The configuration, read once from the environment, validated whole, frozen, and passed down. */
export interface Config {
  readonly kafka: {
    /** null: `nicr up` starts its own broker. */
    readonly brokers: readonly string[] | null
    readonly ssl: boolean
    readonly sslCa: string | null
    readonly sasl: {
      readonly mechanism: SaslMechanism
      readonly username: string
      readonly password: string
    } | null
  }
  readonly registry: {
    readonly url: string | null
    readonly username: string | null
    readonly password: string | null
  }
  readonly clickhouse: {
    readonly url: string | null
    readonly username: string
    readonly password: string
    readonly database: string
  }
  readonly dataDir: string
  readonly server: {
    readonly host: string
    readonly port: number
    readonly allowedOrigins: readonly string[]
    readonly replica: string | null
  }
  /** Where processes without a server answer for their metrics and readiness; null: nowhere. */
  readonly monitor: { readonly host: string; readonly port: number } | null
  readonly access: AccessConfig
  readonly embedded: {
    readonly kafkaPort: number
    readonly registryPort: number
    readonly clickhousePort: number
    readonly devKey: string | null
  }
  readonly topics: {
    readonly prefix: string
    /** null: not stated, so 12, or 4 in the embedded default. */
    readonly partitions: number | null
    readonly replication: number
    readonly retentionMs: number
  }
  readonly delivery: Delivery
  readonly batch: { readonly recordsMax: number; readonly bytesMax: number }
  readonly deadLettersInARowMax: number
  readonly textLengthMax: number
  readonly images: ImagesConfig
  readonly encoders: EncoderRun
  /** Where models are downloaded from. */
  readonly hub: { readonly endpoint: string; readonly token: string | null }
  /** How long an encoder may take for a draft. */
  readonly draftDeadlineMs: number
  readonly retrainDryRun: boolean
  readonly apiKey: string | null
  /** null: nothing is traced. */
  readonly tracing: TracingConfig | null
  /** null: not stated. */
  readonly logLevel: string | null
  /** Whether `npm start` or `npm run demo` runs this process, which then ends with it. */
  readonly startedByNpm: boolean
}

export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512'
export type Delivery = 'exactly-once' | 'at-least-once'

const NPM_SCRIPTS: readonly (string | undefined)[] = ['start', 'demo']

/**
 * Reads the configuration from `env`. Empty values count as not given.
 * @throws NicrError NICR_CONFIG_INVALID that names every problem at once
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems = unknownNames(env)
  const values = {} as Record<SettingName, Value>
  for (const [name, setting] of Object.entries(settingTable) as [SettingName, Setting][]) {
    const raw = rawValue(env, name, setting, problems)
    values[name] = raw === undefined ? null : parseSetting(name, setting, raw, problems)
  }
  if (
    values.KAFKA_SASL_MECHANISM !== null &&
    (values.KAFKA_SASL_USERNAME === null || values.KAFKA_SASL_PASSWORD === null)
  )
    problems.push('KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD')
  if (values.NICR_TOPIC_PREFIX !== null && !/^[a-zA-Z0-9._-]*$/.test(values.NICR_TOPIC_PREFIX as string))
    problems.push('NICR_TOPIC_PREFIX may hold letters, digits, dots, dashes and underscores')
  problems.push(...accessProblems(values), ...imageProblems(values), ...tracingProblems(values))
  if (problems.length > 0) throw new NicrError('NICR_CONFIG_INVALID', problems.join('\n'))
  return toConfig(values, NPM_SCRIPTS.includes(env['npm_lifecycle_event']))
}

/** Every setting with the value that holds, for people; secrets are not shown. */
export function shownSettings(
  env: Readonly<Record<string, string | undefined>>,
): [name: string, value: string][] {
  return Object.entries(settingTable).map(([name, setting]: [string, Setting]) => {
    const value = env[name] ?? ''
    if (setting.secret === true)
      return [name, value !== '' || env[`${name}_FILE`] !== undefined ? '(hidden)' : '']
    const shown = value === '' ? (setting.default ?? '') : value
    return [name, setting.type === 'url' ? withoutPassword(shown) : shown]
  })
}

/** URLs may carry a password of their own. */
function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^/@:]*):[^/@]*@/, '$1:(hidden)@')
}

/** `30d`, `12h`, `15m`, `30s` or `500ms`, in ms; null if it is none of these. */
function parseDurationMs(text: string): number | null {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  if (match === null) return null
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[
    match[2] as 'ms' | 's' | 'm' | 'h' | 'd'
  ]
  return Number(match[1]) * unitMs
}

/** Names that start like ours but are not in the table are most likely misspelt, so they stop the start. */
function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const ours = Object.keys(env).filter(name => name.startsWith('NICR_') && !name.startsWith('NICR_TEST_'))
  return ours
    .filter(name => !(name in settingTable || isFileForm(name)))
    .map(
      name =>
        `${name} is not a setting. \`nicr config check\` shows those there are, docs/operations/settings.md explains them`,
    )
}

function isFileForm(name: string): boolean {
  const setting: Setting | undefined = settingTable[name.replace(/_FILE$/, '') as SettingName]
  return name.endsWith('_FILE') && setting?.secret === true
}

function rawValue(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  setting: Setting,
  problems: string[],
): string | undefined {
  const file = setting.secret === true ? env[`${name}_FILE`] : undefined
  if (file !== undefined && file !== '') {
    try {
      return readFileSync(file, 'utf8').trimEnd()
    } catch {
      problems.push(`${name}_FILE names ${file}, which cannot be read`)
      return undefined
    }
  }
  const value = env[name]
  return value === undefined || value === '' ? setting.default : value
}

function parseSetting(name: string, setting: Setting, raw: string, problems: string[]): Value {
  switch (setting.type) {
    case 'string':
      return raw
    case 'list':
      return raw
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== '')
    case 'boolean':
      if (raw !== 'true' && raw !== 'false') problems.push(`${name} takes true or false, not ${raw}`)
      return raw === 'true'
    case 'choice':
      if (!setting.choices?.includes(raw))
        problems.push(`${name} takes ${setting.choices?.join(' or ')}, not ${raw}`)
      return raw
    case 'url':
      if (!URL.canParse(raw) || !/^https?:/.test(raw))
        problems.push(`${name} takes an http or https URL, not ${raw}`)
      return raw.replace(/\/$/, '')
    case 'duration': {
      const ms = parseDurationMs(raw)
      if (ms === null) problems.push(`${name} takes a duration such as 30d, 12h or 90s, not ${raw}`)
      return ms
    }
    case 'integer': {
      const value = Number(raw)
      const min = setting.min ?? Number.MIN_SAFE_INTEGER
      const max = setting.max ?? Number.MAX_SAFE_INTEGER
      if (!Number.isInteger(value) || value < min || value > max)
        problems.push(`${name} takes a whole number from ${min} to ${max}, not ${raw}`)
      return value
    }
    default:
      return setting.type satisfies never
  }
}

function monitorOf({
  NICR_METRICS_PORT: port,
  NICR_METRICS_HOST: host,
}: Record<SettingName, Value>): Config['monitor'] {
  return port === null ? null : { host: (host as string | null) ?? '127.0.0.1', port: port as number }
}

function saslOf(v: Record<SettingName, Value>): Config['kafka']['sasl'] {
  const mechanism = v.KAFKA_SASL_MECHANISM as SaslMechanism | null
  if (mechanism === null) return null
  const text = (name: SettingName) => (v[name] as string | null) ?? ''
  return { mechanism, username: text('KAFKA_SASL_USERNAME'), password: text('KAFKA_SASL_PASSWORD') }
}

function toConfig(v: Record<SettingName, Value>, startedByNpm: boolean): Config {
  const text = (name: SettingName) => v[name] as string | null
  const count = (name: SettingName) => v[name] as number
  const list = (name: SettingName) => v[name] as readonly string[] | null
  return Object.freeze({
    kafka: {
      brokers: list('KAFKA_BROKERS'),
      ssl: v.KAFKA_SSL === true,
      sslCa: text('KAFKA_SSL_CA'),
      sasl: saslOf(v),
    },
    registry: {
      url: text('SCHEMA_REGISTRY_URL'),
      username: text('SCHEMA_REGISTRY_USERNAME'),
      password: text('SCHEMA_REGISTRY_PASSWORD'),
    },
    clickhouse: {
      url: text('CLICKHOUSE_URL'),
      username: text('CLICKHOUSE_USERNAME') ?? 'default',
      password: text('CLICKHOUSE_PASSWORD') ?? '',
      database: text('CLICKHOUSE_DATABASE') ?? 'nicr',
    },
    dataDir: resolve(text('NICR_DATA_DIR') ?? '.nicr'),
    server: {
      host: text('NICR_HOST') ?? '127.0.0.1',
      port: count('NICR_PORT'),
      allowedOrigins: list('NICR_ALLOWED_ORIGINS') ?? [],
      replica: text('NICR_REPLICA'),
    },
    monitor: monitorOf(v),
    access: accessOf(v, resolve(text('NICR_DATA_DIR') ?? '.nicr')),
    embedded: {
      kafkaPort: count('NICR_KAFKA_PORT'),
      registryPort: count('NICR_REGISTRY_PORT'),
      clickhousePort: count('NICR_CLICKHOUSE_PORT'),
      devKey: text('NICR_DEV_KEY'),
    },
    topics: {
      prefix: text('NICR_TOPIC_PREFIX') ?? 'nicr.',
      partitions: v.NICR_PARTITIONS as number | null,
      replication: count('NICR_REPLICATION'),
      retentionMs: count('NICR_RETENTION'),
    },
    delivery: v.NICR_DELIVERY as Delivery,
    batch: { recordsMax: count('NICR_BATCH_RECORDS'), bytesMax: count('NICR_BATCH_BYTES') },
    deadLettersInARowMax: count('NICR_DEAD_LETTERS_IN_A_ROW'),
    textLengthMax: count('NICR_TEXT_LENGTH'),
    encoders: {
      processes: count('NICR_ENCODER_PROCESSES'),
      provider: v.NICR_ENCODER_PROVIDER as EncoderRun['provider'],
      threads: count('NICR_ENCODER_THREADS'),
      occlusions: count('NICR_ENCODER_OCCLUSIONS'),
    },
    hub: { endpoint: text('HF_ENDPOINT') ?? '', token: text('HF_TOKEN') },
    draftDeadlineMs: count('NICR_DRAFT_DEADLINE'),
    images: imagesOf(v, resolve(text('NICR_DATA_DIR') ?? '.nicr')),
    retrainDryRun: v.NICR_RETRAIN_DRY_RUN === true,
    apiKey: text('NICR_API_KEY'),
    tracing: tracingOf(v),
    logLevel: text('LOG_LEVEL'),
    startedByNpm,
  })
}
