import { expect, expectTypeOf, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ClientFrame, ScoreFrame, ServerFrame } from '../../client/index.ts'
import type { ClientFrame as DeclaredFrame } from '../../serving/live-frames.ts'
import { scoreRecord } from '../serving/fake-parts.ts'
import { connect, follow, serveLive } from '../serving/live-server.ts'

/** The client's types of frames are written by hand, without a validator; here they meet the server's declarations. */

type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]: Immutable<T[Field]> }
    : T

it('names the frames a client sends as the server declares them', () => {
  expectTypeOf<Immutable<DeclaredFrame>>().toExtend<ClientFrame>()
  expectTypeOf<ClientFrame>().toExtend<Immutable<DeclaredFrame>>()
})

type Fields<Type extends ServerFrame['type']> = readonly (keyof Extract<ServerFrame, { type: Type }>)[]

const reason = {
  start: 0,
  end: 6,
  weight: 2,
  source: 'TEXT' as const,
  image: null,
  box: null,
  text: 'thanks',
}

const inImage = {
  ...{ start: null, end: null, weight: 3, text: 'FREE C0INS' },
  source: 'IMAGE' as const,
  image: 'blob:1',
  box: { x: 0.1, y: 0.2, width: 0.5, height: 0.1 },
}

it('names every field that the server sends', async () => {
  const { url, log } = await serveLive()
  const client = await connect(url)
  expect(client.socket).toBeInstanceOf(WebSocket)
  await follow(client, { all: true })
  log.append(
    scoreRecord({ contentId: 'a', reasons: [{ ...reason, without: 5 }] }),
    scoreRecord({ contentId: 'a', revision: 1, status: 'CLEARED' }),
    scoreRecord({ contentId: 'b', kind: 'image-spam', reasons: [{ ...inImage, without: null }] }),
  )
  client.send({ type: 'draft', id: 'd', seq: 1, text: 'thanks' })
  client.send({ type: 'nonsense' })
  await client.next(({ type }) => type === 'error')
  await client.next(({ type }) => type === 'draft-score')
  const fields: { readonly [Type in ServerFrame['type']]: Fields<Type> } = {
    score: [
      ...([
        'type',
        'contentId',
        'revision',
        'kind',
        'status',
        'value',
        'label',
        'probability',
        'reasons',
      ] as const),
      ...(['model', 'author', 'language', 'eventAt', 'scoredAt', 'cursor'] as const),
    ],
    cleared: ['type', 'contentId', 'revision', 'eventAt', 'cursor'],
    'draft-score': [
      ...(['type', 'id', 'seq', 'niceness', 'spam', 'label', 'status', 'reasons', 'model'] as const),
      ...(['decidedBy', 'language'] as const),
    ],
    error: ['type', 'code', 'detail'],
    subscribed: ['type', 'cursor'],
  }
  for (const [type, names] of Object.entries(fields)) {
    const frame = client.frames.find(one => one.type === type)
    expect(Object.keys(frame ?? {}).sort(), type).toEqual([...names].sort())
  }
  const [shown] = client.frames.find(({ type }) => type === 'score')!['reasons'] as object[]
  const named: (keyof Extract<ServerFrame, { type: 'score' }>['reasons'][number])[] = [
    ...(['start', 'end', 'weight', 'source', 'text', 'without'] as const),
  ]
  expect(Object.keys(shown!)).toEqual(named)
  const ofImage = await client.next(({ type, kind }) => type === 'score' && kind === 'image-spam')
  const [seen] = ofImage['reasons'] as ScoreFrame['reasons']
  expect(Object.keys(seen!)).toEqual([...named, 'image', 'box'] satisfies typeof named)
  expect(seen).toMatchObject({ image: 'blob:1', box: inImage.box })
})
