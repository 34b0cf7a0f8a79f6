import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { serveHttp } from './http-server.ts'

describe('/openapi.json', () => {
  it('describes every endpoint in OpenAPI 3.1, with the schemas that validate', async () => {
    const { get } = await serveHttp()
    const document = (await get('/openapi.json')).json()
    expect(document.openapi).toBe('3.1.0')
    const operations = Object.entries(document.paths as Record<string, object>).flatMap(([path, one]) =>
      Object.keys(one).map(method => `${method} ${path}`),
    )
    expect(operations.sort()).toEqual([
      'get /$discovery/rest',
      'get /asyncapi.json',
      'get /livez',
      'get /metrics',
      'get /openapi.json',
      'get /readyz',
      'get /v1/drift',
      'get /v1/images',
      'get /v1/images/{sha256}',
      'get /v1/label/agreement',
      'get /v1/label/box-names',
      'get /v1/label/disagreements',
      'get /v1/label/guideline',
      'get /v1/label/progress',
      'get /v1/label/queue',
      'get /v1/label/read',
      'get /v1/loop',
      'get /v1/models',
      'get /v1/models/history',
      'get /v1/models/{kind}/{version}',
      'get /v1/scores/{contentId}',
      'post /sentiment-analysis',
      'post /v1/automation',
      'post /v1/content',
      'post /v1/draft-outcomes',
      'post /v1/images',
      'post /v1/labels',
      'post /v1/labels/{id}/withdraw',
      'post /v1/reports',
      'post /v1/retrain-requests',
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

  it('is valid OpenAPI 3.1', async () => {
    const { get } = await serveHttp()
    const validator = new Validator()
    const { valid, errors } = await validator.validate((await get('/openapi.json')).json())
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
    expect(validator.version).toBe('3.1')
  })

  it('says of each status which codes it can have', async () => {
    const { get } = await serveHttp()
    const { paths } = (await get('/openapi.json')).json()
    const { responses, security } = paths['/v1/content'].post
    expect(Object.keys(responses)).toEqual([
      ...['202', '400', '401', '403', '409', '413', '415', '422', '429', '500', '503', 'default'],
    ])
    expect(responses[422].description).toContain('`NICR_IDEMPOTENCY_CONFLICT`')
    expect(Object.keys(responses[422].content)).toEqual(['application/problem+json'])
    expect(security).toEqual([{ bearer: [] }, { apiKey: [] }])
    expect(responses[401].description).toContain('`NICR_TOKEN_INVALID`')
    expect(paths['/livez'].get.security).toEqual([])
    expect(Object.keys(paths['/metrics'].get.responses[200].content)).toEqual(['text/plain'])
  })

  it('says how a key may be shown: in the query on the routes of Perspective alone', async () => {
    const { get } = await serveHttp()
    const { paths, components } = (await get('/openapi.json')).json()
    const { bearer, queryKey } = components.securitySchemes
    expect(bearer.description).toContain('JWT')
    expect(queryKey).toMatchObject({ type: 'apiKey', in: 'query', name: 'key' })
    const taking = Object.entries(paths as Record<string, Record<string, { security: object[] }>>)
      .filter(([, methods]) =>
        Object.values(methods).some(({ security }) => security.some(one => 'queryKey' in one)),
      )
      .map(([path]) => path)
    expect(taking.sort()).toEqual(['/v1alpha1/comments:analyze', '/v1alpha1/comments:suggestscore'])
  })

  it('misses no route that answers: each is described here, a page or the socket', async () => {
    const { app, get } = await serveHttp()
    const { paths } = (await get('/openapi.json')).json()
    const addresses = routesOf(app.printRoutes({ commonPrefix: false }))
    expect(addresses).toContain('/v1/scores/:contentId')
    const undescribed = addresses
      .filter(url => !(url.replaceAll(/:(\w+)(?=\/|$)/g, '{$1}') in paths) && !(url in paths))
      .filter(url => !/^\/([a-z-]+\.(js|css|html|svg)(\.gz)?)?$/.test(url))
    expect(undescribed).toEqual(expect.arrayContaining(['/v1/live', '/drift', '/label', '/models']))
    expect(undescribed).toHaveLength(4)
  })

  it('has for each body an example that is taken', async () => {
    const { post, get } = await serveHttp()
    const { paths } = (await get('/openapi.json')).json()
    const bodies = Object.entries(paths as Record<string, Described>).filter(
      ([path, { post: one }]) => one?.requestBody !== undefined && path !== '/v1/images',
    )
    expect(bodies).toHaveLength(12)
    for (const [path, one] of bodies) {
      const answer = await post(path, one.post!.requestBody!.content['application/json'].example)
      expect([path, Math.floor(answer.statusCode / 100)]).toEqual([path, 2])
    }
  })
})

interface Described {
  readonly post?: {
    readonly requestBody?: { readonly content: { 'application/json': { example: unknown } } }
  }
}

/** fastify's own tree of routes, as addresses: a line is four columns deeper than the one it goes on from. */
function routesOf(tree: string): readonly string[] {
  const parts: string[] = []
  return tree.split('\n').flatMap(line => {
    const found = /^([│ ]*)[├└]── (\S+)(?: \((.+)\))?$/.exec(line)
    if (found === null || found[2] === '*') return []
    const depth = found[1]!.length / 4
    parts.splice(depth, parts.length, found[2]!)
    return found[3] === undefined ? [] : [parts.join('')]
  })
}
