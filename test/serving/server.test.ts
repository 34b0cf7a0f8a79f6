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
    // Previews of pictures, and nothing else, come from the page's memory.
    expect(policy.split(';').filter(rule => rule.includes('blob:'))).toEqual(["img-src 'self' blob:"])
    expect(page.headers['x-content-type-options']).toBe('nosniff')
  })
})
