import type { Setting, Value } from './setting.ts'

/** Where traces go and which are kept, by the variables that OpenTelemetry gives every program. */
export interface TracingConfig {
  /** Takes spans: the whole URL. */
  readonly url: string
  readonly protocol: 'http/protobuf' | 'http/json'
  /** Sent with every export; secret. */
  readonly headers: Readonly<Record<string, string>>
  readonly sampler: TraceSampler
  /** Share of traces that begin here and are kept, 0 to 1, where the sampler goes by a share. */
  readonly share: number
  /** Says of every span whose it is. */
  readonly resource: Readonly<Record<string, string>>
}

export type TraceSampler = (typeof samplers)[number]

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

/**
 * The part of the table of settings. Names and meanings are OpenTelemetry's.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    type: 'url',
    description:
      'Where traces are sent, to `/v1/traces` under it: an OpenTelemetry collector, such as `http://127.0.0.1:4318`. Nothing is traced unless this is given, or OTEL_TRACES_EXPORTER says `otlp`.',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    type: 'url',
    description: 'The whole URL that takes traces, where it is another.',
  },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    type: 'choice',
    choices: ['http/protobuf', 'http/json'],
    default: 'http/protobuf',
    description: 'How traces are written.',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    type: 'string',
    secret: true,
    description:
      'Headers that are sent with traces, `name=value` with commas between: a key of whoever takes them.',
  },
  OTEL_TRACES_EXPORTER: {
    type: 'choice',
    choices: ['otlp', 'none'],
    description: '`otlp` sends traces to `http://127.0.0.1:4318` unless told otherwise; `none` sends none.',
  },
  OTEL_TRACES_SAMPLER: {
    type: 'choice',
    choices: samplers,
    default: 'parentbased_always_on',
    description:
      'Which traces are kept. With `parentbased_…` whoever began a trace decides, and only for those that begin here what follows the `_`.',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    type: 'string',
    default: '1',
    description: 'Share of traces that is kept, 0 to 1, by the samplers that end in `traceidratio`.',
  },
  OTEL_SERVICE_NAME: { type: 'string', description: 'Name of this process in traces: `nicr` unless given.' },
  OTEL_RESOURCE_ATTRIBUTES: {
    type: 'string',
    description: 'What else traces say of this process, `name=value` with commas between.',
  },
  OTEL_SDK_DISABLED: {
    type: 'boolean',
    default: 'false',
    description: 'Turns traces off, whatever the others say.',
  },
} as const satisfies Record<string, Setting>

type Values = Readonly<Record<keyof typeof tracingSettings, Value>>

const COLLECTOR = 'http://127.0.0.1:4318'

/** What does not hold among the settings of traces. */
export function tracingProblems(v: Values): string[] {
  const problems: string[] = []
  const share = v.OTEL_TRACES_SAMPLER_ARG as string
  if (!(Number(share) >= 0 && Number(share) <= 1))
    problems.push(`OTEL_TRACES_SAMPLER_ARG takes a number from 0 to 1, not ${share}`)
  // The headers are a secret, so they are not quoted.
  if (pairsOf(v.OTEL_EXPORTER_OTLP_HEADERS) === null)
    problems.push('OTEL_EXPORTER_OTLP_HEADERS takes name=value with commas between, percent-encoded')
  if (pairsOf(v.OTEL_RESOURCE_ATTRIBUTES) === null)
    problems.push('OTEL_RESOURCE_ATTRIBUTES takes name=value with commas between, percent-encoded')
  return problems
}

/** The part of the configuration; null: nothing is traced. */
export function tracingOf(v: Values): TracingConfig | null {
  const base = v.OTEL_EXPORTER_OTLP_ENDPOINT as string | null
  const own = v.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT as string | null
  const exporter = v.OTEL_TRACES_EXPORTER as 'otlp' | 'none' | null
  if (v.OTEL_SDK_DISABLED === true || exporter === 'none') return null
  if (exporter === null && base === null && own === null) return null
  const resource = pairsOf(v.OTEL_RESOURCE_ATTRIBUTES) ?? {}
  return {
    url: own ?? `${base ?? COLLECTOR}/v1/traces`,
    protocol: v.OTEL_EXPORTER_OTLP_PROTOCOL as TracingConfig['protocol'],
    headers: pairsOf(v.OTEL_EXPORTER_OTLP_HEADERS) ?? {},
    sampler: v.OTEL_TRACES_SAMPLER as TraceSampler,
    share: Number(v.OTEL_TRACES_SAMPLER_ARG),
    resource: {
      ...resource,
      'service.name': (v.OTEL_SERVICE_NAME as string | null) ?? resource['service.name'] ?? 'nicr',
    },
  }
}

/** `name=value,name=value`, values percent-encoded; null if it is not. */
function pairsOf(value: Value): Record<string, string> | null {
  const pairs: Record<string, string> = {}
  for (const part of ((value as string | null) ?? '').split(',')) {
    if (part.trim() === '') continue
    const cut = part.indexOf('=')
    if (cut <= 0) return null
    try {
      pairs[part.slice(0, cut).trim()] = decodeURIComponent(part.slice(cut + 1).trim())
    } catch {
      return null
    }
  }
  return pairs
}
