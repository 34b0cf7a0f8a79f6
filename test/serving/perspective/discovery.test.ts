import type { AddressInfo } from 'node:net'
import { Discovery } from 'googleapis-common'
import { describe, expect, it } from 'vitest'
import { fakeServer, keyOf } from '../fake-parts.ts'
import { servePerspective, toxicityOf, UNKIND } from '../perspective-server.ts'

describe('the discovery document', () => {
  it('names the address it was asked at, behind TLS too', async () => {
    const { app } = await servePerspective()
    const url = '/$discovery/rest?version=v1alpha1'
    const answer = await app.inject({ url, headers: { host: 'nicr.example:8080' } })
    expect(answer.json()).toMatchObject({
      kind: 'discovery#restDescription',
      id: 'commentanalyzer:v1alpha1',
      rootUrl: 'http://nicr.example:8080/',
      servicePath: '',
    })
    expect(answer.headers['cache-control']).toBe('no-store')
    const behindTls = { host: 'nicr.example', 'x-forwarded-proto': 'https, http' }
    expect((await app.inject({ url, headers: behindTls })).json().rootUrl).toBe('https://nicr.example/')
    expect((await app.inject({ url, headers: { host: 'a b' } })).statusCode).toBe(400)
  })

  it('describes both methods and every field, by types of its own', async () => {
    const { app } = await servePerspective()
    const { resources, schemas } = (await app.inject({ url: '/$discovery/rest' })).json()
    const { analyze, suggestscore } = resources.comments.methods
    expect([analyze.path, suggestscore.path]).toEqual([
      'v1alpha1/comments:analyze',
      'v1alpha1/comments:suggestscore',
    ])
    expect(schemas[analyze.request.$ref].properties).toMatchObject({
      comment: { $ref: 'TextEntry' },
      languages: { type: 'array', items: { type: 'string' } },
      requestedAttributes: { type: 'object', additionalProperties: { $ref: 'AttributeParameters' } },
      doNotStore: { type: 'boolean' },
    })
    const named = JSON.stringify({ resources, schemas }).matchAll(/"\$ref":"(\w+)"/g)
    expect([...named].filter(([, name]) => !(name! in schemas))).toEqual([])
  })

  it('is 404 for another version', async () => {
    const { app } = await servePerspective()
    const answer = await app.inject({ url: '/$discovery/rest?version=v1' })
    expect(answer.json().error).toMatchObject({ code: 404, status: 'NOT_FOUND' })
  })

  it('leads Google’s own client here, which then scores, suggests and reads errors', async () => {
    const { app, parts } = await fakeServer()
    try {
      await app.listen({ port: 0, host: '127.0.0.1' })
      const { port } = app.server.address() as AddressInfo
      const makeClient = await new Discovery({}).discoverAPI(
        `http://127.0.0.1:${port}/$discovery/rest?version=v1alpha1`,
      )
      // Its methods are made from the document, so no type knows them.
      const { comments } = makeClient(
        { auth: keyOf('publish') },
        { _options: {} },
      ) as unknown as DiscoveredClient
      const scored = await comments.analyze({ requestBody: toxicityOf(UNKIND, { clientToken: 'google' }) })
      expect(scored.data).toMatchObject({
        clientToken: 'google',
        attributeScores: { TOXICITY: { summaryScore: { value: 0.97 } } },
      })
      const attributeScores = { TOXICITY: { summaryScore: { value: 0 } } }
      await comments.suggestscore({
        requestBody: { comment: { text: UNKIND }, attributeScores, clientToken: 'c' },
      })
      expect(parts.published).toMatchObject([{ topic: 'reports', record: { contentId: 'c', expected: 0 } }])
      await expect(
        comments.analyze({ requestBody: { ...toxicityOf(UNKIND), requestedAttributes: { THREAT: {} } } }),
      ).rejects.toMatchObject({ status: 400, message: 'Unknown requested attribute: THREAT' })
    } finally {
      await app.close()
    }
  })
})

interface DiscoveredClient {
  readonly comments: Readonly<
    Record<
      'analyze' | 'suggestscore',
      (given: { readonly requestBody: object }) => Promise<{ readonly data: object }>
    >
  >
}
