import { describe, expect, it } from 'vitest'
import { readConfig, shownSettings } from '../../pipelines/config.ts'

const tracingOf = (env: Readonly<Record<string, string>>) => readConfig(env).tracing
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }

describe('traces', () => {
  it.each<[env: Readonly<Record<string, string>>]>([
    [{}],
    [{ OTEL_SERVICE_NAME: 'named', OTEL_TRACES_SAMPLER: 'always_on' }],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  ])('are off with %o', env => {
    expect(tracingOf(env)).toBeNull()
  })

  it('are sent where the endpoint says, or to the collector of this machine', () => {
    expect(tracingOf(ENDPOINT)?.url).toBe('http://collector:4318/v1/traces')
    expect(tracingOf({ OTEL_TRACES_EXPORTER: 'otlp' })?.url).toBe('http://127.0.0.1:4318/v1/traces')
    const own = { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/api/otlp' }
    expect(tracingOf(own)?.url).toBe('https://traces.example/api/otlp')
  })

  it('say whose they are: the service name first, then the attributes, else nicr', () => {
    const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,deployment.environment.name=the%20test' }
    expect(tracingOf({ ...ENDPOINT, ...attributes })?.resource).toEqual({
      'service.name': 'a',
      'deployment.environment.name': 'the test',
    })
    expect(tracingOf({ ...ENDPOINT, ...attributes, OTEL_SERVICE_NAME: 'b' })?.resource['service.name']).toBe(
      'b',
    )
    expect(tracingOf(ENDPOINT)?.resource).toEqual({ 'service.name': 'nicr' })
  })

  it('go by the sampler and its share', () => {
    expect(tracingOf(ENDPOINT)).toMatchObject({ sampler: 'parentbased_always_on', protocol: 'http/protobuf' })
    const share = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' }
    expect(tracingOf({ ...ENDPOINT, ...share })).toMatchObject({ sampler: 'traceidratio', share: 0.01 })
  })

  it('refuse what cannot be, and keep the headers to themselves', () => {
    const wrong = {
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'hunter2',
    }
    let said = ''
    try {
      readConfig(wrong)
    } catch (error) {
      said = (error as Error).message
    }
    expect(said).toContain('OTEL_TRACES_SAMPLER takes always_on or')
    expect(said).toContain('OTEL_TRACES_SAMPLER_ARG takes a number from 0 to 1, not 1.5')
    expect(said).toContain('OTEL_EXPORTER_OTLP_PROTOCOL takes http/protobuf or http/json, not grpc')
    expect(said).toContain('OTEL_EXPORTER_OTLP_HEADERS takes name=value')
    expect(said).not.toContain('hunter2')
    const headers = { ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=hunter2, tenant=a%2Cb' }
    expect(tracingOf(headers)?.headers).toEqual({ 'api-key': 'hunter2', tenant: 'a,b' })
    expect(String(shownSettings(headers))).not.toContain('hunter2')
  })
})
