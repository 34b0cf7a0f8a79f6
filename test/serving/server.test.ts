import { describe, expect, it } from 'vitest'
import { serveHttp } from './http-server.ts'

describe('what describes the server', () => {
  it('is ready once every part and its own feed are', async () => {
    const { get, parts } = await serveHttp()
    expect((await get('/readyz')).json()).toMatchObject({ ready: false })
    expect((await get('/readyz')).statusCode).toBe(503)
    parts.scores.positioned()
    const answer = await get('/readyz')
    expect(answer.statusCode).toBe(200)
    expect(answer.json().parts.map((one: { part: string }) => one.part)).toEqual([
      'kafka',
      'score-feed',
      'server',
    ])
  })

  it('describes every endpoint in OpenAPI 3.1, with the schemas that validate', async () => {
    const { get } = await serveHttp()
    const document = (await get('/openapi.json')).json()
    expect(document.openapi).toBe('3.1.0')
    const operations = Object.entries(document.paths as Record<string, object>).flatMap(([path, one]) =>
      Object.keys(one).map(method => `${method} ${path}`),
    )
    expect(operations.sort()).toEqual([
      'get /$discovery/rest',
      'get /livez',
      'get /metrics',
      'get /readyz',
      'get /v1/models',
      'get /v1/scores/{contentId}',
      'post /sentiment-analysis',
      'post /v1/content',
      'post /v1/draft-outcomes',
      'post /v1/reports',
      'post /v1/score',
      'post /v1/tickets',
      'post /v1/votes',
      'post /v1alpha1/comments:analyze',
      'post /v1alpha1/comments:suggestscore',
    ])
    const vote = document.paths['/v1/votes'].post
    expect(vote.requestBody.content['application/json'].schema.required).toEqual([
      'contentId',
      'voter',
      'value',
    ])
    expect(vote['x-nicr-roles']).toEqual(['publish'])
  })

  it('counts requests by route, never by id', async () => {
    const { get } = await serveHttp()
    await get('/v1/scores/some-id')
    const metrics = (await get('/metrics')).body
    expect(metrics).toContain(
      'nicr_http_request_duration_seconds_count{method="GET",route="/v1/scores/:contentId",status="404"} 1',
    )
    expect(metrics).not.toContain('some-id')
  })

  it('serves the page with strict headers', async () => {
    const { get } = await serveHttp()
    const page = await get('/', {})
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(page.headers['x-content-type-options']).toBe('nosniff')
  })
})
