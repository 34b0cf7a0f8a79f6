import { describe, expect, it } from 'vitest'
import type { TraceParent } from '../../pipelines/runtime/traceparent.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { Publish } from '../../serving/ports.ts'
import { SAMPLED, SPAN_ID, TRACE_ID, tracingInMemory, UNSAMPLED } from '../support/traces.ts'
import { fakeServer, keyOf, typed } from './fake-parts.ts'
import { connect, serveLive } from './live-server.ts'

/** A server whose spans stay here, and which trace each record was published under. */
async function aServer(env: Readonly<Record<string, string>> = {}) {
  const { tracing, spans } = await tracingInMemory(env)
  const parents: (TraceParent | null | undefined)[] = []
  const publish: Publish = async (_topic, key, _record, parent) => {
    parents.push(parent)
    if (key === 'broken') throw new NicrError('NICR_KAFKA_UNAVAILABLE', 'it quotes a secret text')
    return { partition: 0, offset: 0 }
  }
  const { app } = await fakeServer({ parts: { tracing, publish } })
  const post = (id: string, headers: Readonly<Record<string, string>> = {}, key = keyOf('publish')) =>
    app.inject({
      method: 'POST',
      url: '/v1/content',
      headers: { authorization: `Bearer ${key}`, ...headers },
      payload: { id, author: 'ann', text: 'a secret text' },
    })
  return {
    post,
    app,
    parents,
    async spans() {
      await app.close()
      return spans()
    },
  }
}

describe('a POST', () => {
  it('goes on in the trace that its header names, and what it publishes too', async () => {
    const { post, parents, spans } = await aServer()
    expect((await post('content-1', { traceparent: SAMPLED })).statusCode).toBe(202)
    const seen = await spans()
    expect(seen).toEqual([
      {
        name: 'POST /v1/content',
        traceId: TRACE_ID,
        spanId: seen[0]!.spanId,
        parentId: SPAN_ID,
        failed: false,
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/v1/content',
          'http.response.status_code': 202,
          'url.scheme': 'http',
        },
      },
    ])
    expect(parents).toEqual([{ traceId: TRACE_ID, spanId: seen[0]!.spanId, sampled: true }])
  })

  it.each([
    ['label', '/v1/labels', { kind: 'niceness', contentId: 'a', value: 1 }],
    ['admin', '/v1/automation', { kind: 'niceness', paused: true }],
    ['admin', '/v1/retrain-requests', { kind: 'niceness' }],
    [
      'publish',
      '/v1alpha1/comments:suggestscore',
      {
        comment: { text: 'a secret text' },
        attributeScores: { TOXICITY: { summaryScore: { value: 0.05 } } },
        languages: ['en'],
      },
    ],
  ] as const)('carries its trace on, by %s at %s', async (role, url, payload) => {
    const { app, parents, spans } = await aServer()
    const headers = { 'x-api-key': keyOf(role), traceparent: SAMPLED }
    const answer = await app.inject({ method: 'POST', url, headers, payload })
    expect(answer.statusCode, answer.body).toBeLessThan(300)
    const [span] = await spans()
    // The first time somebody answers, who they are is published too, of its own accord.
    expect(parents[0]).toEqual({ traceId: TRACE_ID, spanId: span!.spanId, sampled: true })
  })

  it('begins a trace where its header names none', async () => {
    const { post, spans } = await aServer()
    await post('content-1')
    await post('content-2', { traceparent: 'nonsense' })
    const seen = await spans()
    expect(seen.map(({ parentId }) => parentId)).toEqual(['', ''])
    expect(new Set([TRACE_ID, ...seen.map(({ traceId }) => traceId)]).size).toBe(3)
  })

  it('leaves no trace where its sender keeps none, or the sampler of the server takes none', async () => {
    const theirs = await aServer()
    await theirs.post('content-1', { traceparent: UNSAMPLED })
    expect(theirs.parents).toEqual([null])
    expect(await theirs.spans()).toEqual([])
    const ours = await aServer({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' })
    await ours.post('content-1')
    expect(ours.parents).toEqual([null])
    expect(await ours.spans()).toEqual([])
  })

  it('leaves none without a key, nor does a read', async () => {
    const { post, app, spans } = await aServer()
    expect((await post('content-1', { traceparent: SAMPLED }, 'wrong')).statusCode).toBe(401)
    await app.inject({ url: '/livez', headers: { traceparent: SAMPLED } })
    expect(await spans()).toEqual([])
  })

  it('that fails says so, without what it was about', async () => {
    const { post, spans } = await aServer()
    expect((await post('broken', { traceparent: SAMPLED })).statusCode).toBe(503)
    const seen = await spans()
    expect(seen).toMatchObject([{ failed: true, attributes: { 'error.type': '503' } }])
    expect(JSON.stringify(seen)).not.toMatch(/secret|ann|broken|key/)
  })
})

describe('a draft', () => {
  it('that says which trace it belongs to has a span in it, and its outcome is published under it', async () => {
    const { tracing, spans } = await tracingInMemory()
    const parents: (TraceParent | null | undefined)[] = []
    const publish: Publish = async (_topic, _key, _record, parent) => {
      parents.push(parent)
      return { partition: 0, offset: 0 }
    }
    const { url } = await serveLive({ parts: { tracing, publish } })
    const client = await connect(url)
    for (const [seq, traceparent] of [SAMPLED, UNSAMPLED, 'nonsense', undefined].entries()) {
      client.send({ type: 'draft', id: 'draft-1', seq, text: `a secret text ${seq}`, traceparent })
      await client.next(typed('draft-score'))
    }
    client.send({ type: 'outcome', id: 'draft-1', outcome: 'DELETED', traceparent: SAMPLED })
    client.send({ type: 'outcome', id: 'draft-1', outcome: 'DELETED' })
    await expect.poll(() => parents).toEqual([{ traceId: TRACE_ID, spanId: SPAN_ID, sampled: true }, null])
    const seen = await spans()
    expect(seen).toMatchObject([{ name: 'score draft', traceId: TRACE_ID, parentId: SPAN_ID, failed: false }])
    expect(JSON.stringify(seen)).not.toMatch(/secret|draft-1/)
  })

  it('is scored where traces are off, whatever trace it names', async () => {
    const { url, parts } = await serveLive()
    const client = await connect(url)
    client.send({ type: 'draft', id: 'draft-1', seq: 0, text: 'thanks', traceparent: SAMPLED })
    await client.next(typed('draft-score'))
    expect(parts.logLines.filter(line => line.includes('"level":50'))).toEqual([])
  })
})
