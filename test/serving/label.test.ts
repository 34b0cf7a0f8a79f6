import { describe, expect, it } from 'vitest'
import { guidelineOf } from '../../pipelines/guidelines.ts'
import { kinds as declaredKinds, kindNamed } from '../../pipelines/kinds.ts'
import { NicrError } from '../../schemas/errors.ts'
import { pictureKind, withPictureKind } from '../support/picture-kind.ts'
import { serveHttp } from './http-server.ts'
import { aCheck, aTask, fakeLabels, peopleKeys } from './label-parts.ts'

/** Tagging over HTTP, with a store that lags behind as ClickHouse does. */

const people = {
  ada: ['label'],
  bob: ['label'],
  cyd: ['label'],
  mod: ['moderate'],
  out: ['read'],
} as const

async function serveTagging(given: Parameters<typeof fakeLabels>[0] = {}) {
  const labels = fakeLabels(given)
  const clock = { now: Date.now() }
  const server = await serveHttp({
    now: () => clock.now,
    parts: { keys: peopleKeys(people), labels: labels.store, publish: labels.publish },
  })
  const as = (name: keyof typeof people) => ({ 'x-api-key': `${name}-key` })
  const queueOf = async (name: keyof typeof people, limit = 50) => {
    clock.now += 2_000
    const answer = await server.get(`/v1/label/queue?kind=niceness&limit=${limit}`, as(name))
    expect(answer.statusCode).toBe(200)
    return answer.json() as {
      left: number
      items: { sampleId: string; contentId: string; text: string; revision: number }[]
    }
  }
  const say = (name: keyof typeof people, body: object) => {
    const headers: Record<string, string> = { authorization: `Bearer ${name}-key` }
    return server.post('/v1/labels', body, headers)
  }
  const label = (name: keyof typeof people, contentId: string, value: number, more: object = {}) =>
    say(name, { kind: 'niceness', contentId, value, origin: 'page', ...more })
  return { ...server, labels, clock, as, queueOf, say, label }
}

const tasks = (n: number, over: Parameters<typeof aTask>[1] = {}) =>
  Array.from({ length: n }, (_, i) => aTask(i, over))

describe('GET /v1/label/queue', () => {
  it('divides the questions among those who are here, each asked of as many as it lacks', async () => {
    const { queueOf } = await serveTagging({ tasks: tasks(45, { overlap: 1 }) })
    expect((await queueOf('ada')).items).toHaveLength(45)
    await queueOf('bob')
    await queueOf('cyd')
    const queues = [await queueOf('ada'), await queueOf('bob'), await queueOf('cyd')]
    const ids = queues.flatMap(({ items }) => items.map(({ contentId }) => contentId))
    expect(ids).toHaveLength(45)
    expect(new Set(ids).size).toBe(45)
    for (const { items, left } of queues) {
      expect(items.length).toBeGreaterThan(5)
      expect(left).toBe(items.length)
    }
  })

  it('shows texts and nothing that would sway or betray: no score, no source, no check, no id to compute', async () => {
    const { queueOf } = await serveTagging({
      tasks: tasks(400),
      checks: Array.from({ length: 50 }, (_, i) => aCheck(i)),
    })
    const { items } = await queueOf('ada')
    expect(items.some(({ contentId }) => contentId.startsWith('sure-'))).toBe(true)
    for (const item of items) {
      expect(Object.keys(item).sort()).toEqual(['contentId', 'language', 'revision', 'sampleId', 'text'])
      expect(item.sampleId).toMatch(/^[0-9a-f]{32}$/)
      expect(item.sampleId).not.toMatch(/^(0{20}|f{20})/)
    }
  })

  it('shows what the model says where it is asked to', async () => {
    const { get, as } = await serveTagging({ tasks: tasks(3) })
    const answer = await get('/v1/label/queue?kind=niceness&assist=true', as('ada'))
    expect(answer.json().items[0].model).toEqual({ value: 4.5, label: 'plain', model: '7' })
  })

  it('does not ask again what was just answered, however long the store takes to know', async () => {
    const { queueOf, label, labels } = await serveTagging({ tasks: tasks(6) })
    const [first] = (await queueOf('ada')).items
    expect((await label('ada', first!.contentId, 7)).statusCode).toBe(202)
    const again = await queueOf('ada')
    expect(again.items.map(({ contentId }) => contentId)).not.toContain(first!.contentId)
    expect((await queueOf('bob')).items.map(({ contentId }) => contentId)).toContain(first!.contentId)
    await label('bob', first!.contentId, 7)
    expect((await queueOf('cyd')).items.map(({ contentId }) => contentId)).not.toContain(first!.contentId)
    labels.sink()
    const stored = (await queueOf('ada')).items.map(({ contentId }) => contentId)
    expect(stored.length).toBeGreaterThan(0)
    expect(stored).not.toContain(first!.contentId)
  })

  it('leaves out what was deleted, and fills up with others', async () => {
    const { queueOf } = await serveTagging({
      tasks: tasks(20),
      texts: Object.fromEntries(tasks(8).map(({ contentId }) => [contentId, null])),
    })
    expect((await queueOf('ada', 6)).items).toHaveLength(6)
    expect((await queueOf('ada', 50)).items).toHaveLength(12)
  })

  it('is for those who label, of a kind there is, and says when ClickHouse is away', async () => {
    const { get, as } = await serveTagging()
    expect((await get('/v1/label/queue?kind=niceness', as('out'))).json().code).toBe('NICR_ROLE_MISSING')
    expect((await get('/v1/label/queue?kind=nothing', as('ada'))).json().code).toBe('NICR_KIND_UNKNOWN')
    const away = async () => {
      throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'it is away')
    }
    const without = await serveTagging({ over: { openTasks: away } })
    const answer = await without.get('/v1/label/queue?kind=niceness', without.as('ada'))
    expect(answer.json().code).toBe('NICR_CLICKHOUSE_UNAVAILABLE')
  })
})

describe('who is here', () => {
  it('is written once a minute at most, with the kinds worked on, and only where there is a key', async () => {
    const { queueOf, labels, clock } = await serveTagging({ tasks: tasks(40, { overlap: 1 }) })
    for (let i = 0; i < 10; i++) await queueOf('ada')
    expect(labels.present).toEqual([
      {
        annotator: 'ada',
        queues: ['niceness'],
        active: true,
        seenAt: expect.any(Number),
        at: expect.any(Number),
      },
    ])
    clock.now += 60_000
    await queueOf('ada')
    expect(labels.present).toHaveLength(2)
    // Somebody without a key counts for nothing, one of another replica does.
    labels.present.push({ ...labels.present[0]!, annotator: 'nobody', seenAt: clock.now })
    expect((await queueOf('ada')).items).toHaveLength(40)
    labels.present.push({ ...labels.present[0]!, annotator: 'cyd', seenAt: clock.now })
    expect((await queueOf('ada')).items.length).toBeLessThan(35)
  })

  it('leaves the work to the others a while after somebody went', async () => {
    const { queueOf, clock } = await serveTagging({ tasks: tasks(40, { overlap: 1, waitsSince: 9e15 }) })
    await queueOf('bob')
    expect((await queueOf('ada')).items.length).toBeLessThan(35)
    clock.now += 15 * 60_000
    expect((await queueOf('ada')).items).toHaveLength(40)
  })
})

describe('POST /v1/labels', () => {
  it('writes who said what, by which guideline and how fast; said again it is the same label', async () => {
    const { queueOf, label, labels, get, as } = await serveTagging({ tasks: tasks(2) })
    const [first] = (await queueOf('ada')).items
    const { version } = (await get('/v1/label/guideline?kind=niceness', as('ada'))).json()
    expect(version).toBe(guidelineOf(kindNamed('niceness'))!.version)
    const more = { sampleId: first!.sampleId, seconds: 1.5, guidelineVersion: version, modelShown: true }
    const answer = await label('ada', first!.contentId, 7, more)
    expect(answer.json()).toEqual({
      labels: [{ id: expect.any(String), kind: 'niceness', contentId: first!.contentId, value: 7 }],
    })
    await label('ada', first!.contentId, 8, more)
    await label('bob', first!.contentId, 8, more)
    const [one, again, other] = labels.published
    expect(one).toMatchObject({
      sampleId: aTask(Number(first!.contentId.slice(-1))).sampleId,
      value: 7,
      labeller: 'ada',
      origin: 'page',
      seconds: 1.5,
      guidelineVersion: version,
      modelShown: true,
      withdrawn: false,
    })
    expect(again!.id).toBe(one!.id)
    expect(other!.id).not.toBe(one!.id)
  })

  it('takes several, and names of classes', async () => {
    const { say, labels } = await serveTagging()
    const answer = await say('ada', {
      labels: [
        { kind: 'text-spam', contentId: 'a', label: 'spam' },
        { kind: 'text-spam', contentId: 'b', label: 'ham' },
        { kind: 'toxicity', contentId: 'a', value: 1 },
      ],
    })
    expect(answer.statusCode).toBe(202)
    expect(labels.published.map(({ value, origin }) => [value, origin])).toEqual([
      [1, 'api'],
      [0, 'api'],
      [1, 'api'],
    ])
  })

  it.each([
    [{ kind: 'niceness', contentId: 'a', value: 11 }, 'not a number from 0 to 10'],
    [{ kind: 'text-spam', contentId: 'a', value: 0.5 }, 'none of 0, 1'],
    [{ kind: 'text-spam', contentId: 'a', label: 'odd' }, 'body/label'],
    [{ kind: 'niceness', contentId: 'a' }, 'give value, or label'],
    [{ kind: 'niceness', contentId: 'a', value: 1, label: 'kind' }, 'give value, or label'],
    [{ kind: 'niceness', value: 1 }, 'body/contentId'],
    [{ value: 1, contentId: 'a' }, 'body/kind'],
    [
      {
        labels: [
          { kind: 'niceness', contentId: 'a', value: 1 },
          { kind: 'niceness', contentId: 'b', value: -1 },
        ],
      },
      'body/labels/1/value',
    ],
    [{ labels: [{ kind: 'niceness', contentId: 'a', value: 1 }], kind: 'niceness' }, 'not both'],
  ])('refuses %j and writes nothing of it', async (body, said) => {
    const { say, labels } = await serveTagging()
    const answer = await say('ada', body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'NICR_BODY_INVALID', detail: expect.stringContaining(said) })
    expect(labels.published).toEqual([])
  })

  it('lets moderators decide, and nobody else', async () => {
    const { label, labels, queueOf } = await serveTagging({ tasks: tasks(1) })
    expect((await label('ada', 'content-0', 2, { origin: 'adjudication' })).json().code).toBe(
      'NICR_ROLE_MISSING',
    )
    expect((await label('mod', 'content-0', 2)).json().code).toBe('NICR_ROLE_MISSING')
    expect((await queueOf('ada')).items).toHaveLength(1)
    expect((await label('mod', 'content-0', 2, { origin: 'adjudication' })).statusCode).toBe(202)
    expect((await queueOf('ada')).items).toHaveLength(0)
    expect(labels.published).toHaveLength(1)
  })
})

describe('POST /v1/labels/:id/withdraw', () => {
  it('takes one’s own label back, and the question comes again', async () => {
    const { label, labels, post, queueOf } = await serveTagging({ tasks: tasks(3) })
    const { id } = (await label('ada', 'content-1', 2)).json().labels[0]
    expect((await queueOf('ada')).items).toHaveLength(2)
    const asBob = await post(`/v1/labels/${id}/withdraw`, {}, { authorization: 'Bearer bob-key' })
    expect(asBob.json().code).toBe('NICR_LABEL_NOT_FOUND')
    const headers = { authorization: 'Bearer ada-key' }
    expect((await post(`/v1/labels/${id}/withdraw`, {}, headers)).statusCode).toBe(202)
    expect(labels.published.at(-1)).toMatchObject({ id, withdrawn: true, value: 2 })
    expect((await queueOf('ada')).items).toHaveLength(3)
    expect((await post(`/v1/labels/${id}/withdraw`, {}, headers)).json().code).toBe('NICR_LABEL_NOT_FOUND')
  })

  it('finds one of another replica, which moderators may take back too', async () => {
    const { labels, label, post } = await serveTagging({ tasks: tasks(1) })
    await label('ada', 'content-0', 2)
    const stored = labels.published.map(one => ({ ...one, id: 'elsewhere' }))
    labels.published.push(...stored)
    labels.sink()
    const answer = await post('/v1/labels/elsewhere/withdraw', {}, { authorization: 'Bearer mod-key' })
    expect(answer.statusCode).toBe(202)
    expect(labels.published.at(-1)).toMatchObject({ id: 'elsewhere', withdrawn: true, labeller: 'ada' })
  })
})

describe('figures', () => {
  it('of progress count what was answered and what is left', async () => {
    const { get, as, label, labels, clock } = await serveTagging({ tasks: tasks(4) })
    await label('ada', 'content-1', 2)
    labels.sink()
    await label('ada', 'content-2', 2)
    clock.now += 2_000
    const { name, moderates, kinds } = (await get('/v1/label/progress', as('ada'))).json()
    expect([name, moderates]).toEqual(['ada', false])
    expect(kinds.map((one: { kind: string }) => one.kind)).toEqual(Object.keys(declaredKinds))
    expect(kinds[0]).toMatchObject({ done: 2, left: 2, open: 4, people: 1, objective: 'GRADED', max: 10 })
    expect(kinds[1]).toMatchObject({ done: 0, left: 0, labels: ['ham', 'spam'] })
    expect((await get('/v1/label/progress', as('mod'))).json().moderates).toBe(true)
  })

  it('of agreement are one’s own, and everybody’s for moderators', async () => {
    const person = (labeller: string) => ({
      labeller,
      answers: 3,
      seconds: 2,
      checks: 4,
      checksRight: 3,
      lastAt: 5,
    })
    const over = {
      answersOfContents: async () => [
        { labellers: ['ada', 'bob'], values: [1, 2] },
        { labellers: ['bob', 'ada'], values: [9, 8] },
      ],
      people: async () => [person('ada'), person('bob')],
    }
    const { get, as } = await serveTagging({ over })
    const own = (await get('/v1/label/agreement?kind=niceness', as('ada'))).json()
    expect(own.people).toEqual([
      { ...person('ada'), accuracy: 0.75, alpha: expect.any(Number), reliability: expect.any(Number) },
    ])
    expect([own.compared, own.pairs]).toEqual([2, []])
    const all = (await get('/v1/label/agreement?kind=niceness', as('mod'))).json()
    expect(all.people).toHaveLength(2)
    expect(all.pairs).toEqual([{ one: 'ada', other: 'bob', compared: 2, kappa: expect.any(Number) }])
    expect(all.alpha).toBeGreaterThan(0.9)
  })

  it('of disagreements are the moderators’, with the text and who said what', async () => {
    const over = {
      disagreements: async () => [
        { contentId: 'content-1', revision: 0, labellers: ['ada', 'bob'], values: [1, 9] },
      ],
    }
    const { get, as } = await serveTagging({ over })
    expect((await get('/v1/label/disagreements?kind=niceness', as('ada'))).json().code).toBe(
      'NICR_ROLE_MISSING',
    )
    expect((await get('/v1/label/disagreements?kind=niceness', as('mod'))).json().items).toEqual([
      {
        contentId: 'content-1',
        revision: 0,
        text: 'text of content-1',
        language: null,
        answers: [
          { labeller: 'ada', value: 1 },
          { labeller: 'bob', value: 9 },
        ],
      },
    ])
  })
})

describe('labels of pictures', () => {
  const picture = `blob:${'a'.repeat(64)}`
  const other = 'https://pictures.example/1.png'
  const box = { image: picture, x: 0.5, y: 0.25, width: 0.5, height: 0.1, name: ' glimt ' }

  async function servePictures(over: NonNullable<Parameters<typeof fakeLabels>[0]>['over'] = {}) {
    const labels = fakeLabels({
      kind: pictureKind.kind,
      tasks: tasks(3),
      images: { 'content-0': [picture, other], 'content-1': [other] },
      over,
    })
    const server = await serveHttp({
      parts: {
        keys: peopleKeys(people),
        labels: labels.store,
        publish: labels.publish,
        kinds: withPictureKind,
      },
    })
    const as = (name: keyof typeof people) => ({ 'x-api-key': `${name}-key` })
    const say = (boxes: unknown, more: object = {}) =>
      server.post(
        '/v1/labels',
        { kind: pictureKind.kind, contentId: 'content-0', value: 1, boxes, ...more },
        { authorization: 'Bearer ada-key' },
      )
    return { ...server, labels, as, say }
  }

  it('name the pictures of a question by their refs', async () => {
    const { get, as } = await servePictures()
    const queue = (await get(`/v1/label/queue?kind=${pictureKind.kind}`, as('ada'))).json()
    const first = queue.items.find(({ contentId }: { contentId: string }) => contentId === 'content-0')
    expect(first.images).toEqual([picture, other])
    const { kinds } = (await get('/v1/label/progress', as('ada'))).json()
    expect(kinds.find(({ kind }: { kind: string }) => kind === pictureKind.kind).input).toBe('IMAGE')
  })

  it('keep boxes around logos, in fractions, with their names', async () => {
    const { say, labels } = await servePictures()
    expect((await say([box, { ...box, x: 0, name: undefined }])).statusCode).toBe(202)
    expect(labels.published[0]!.boxes).toEqual([
      { ...box, name: 'glimt' },
      { ...box, x: 0, name: null },
    ])
  })

  it.each([
    ['that leaves its picture', { ...box, x: 0.51 }, 'boxes/0: it leaves the image'],
    ['that begins outside', { ...box, x: -0.1 }, 'boxes/0/x'],
    ['without an area', { ...box, width: 0 }, 'boxes/0: width and height'],
    ['on a picture of something else', { ...box, image: `blob:${'b'.repeat(64)}` }, 'has no such image'],
    ['without a picture', { ...box, image: undefined }, 'boxes/0/image'],
  ])('refuse a box %s', async (_, bad, said) => {
    const { say, labels } = await servePictures()
    const answer = await say([bad])
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'NICR_BODY_INVALID', detail: expect.stringContaining(said) })
    expect(labels.published).toEqual([])
  })

  it('refuse more boxes than anybody draws, and any for a kind that reads text', async () => {
    const { say } = await servePictures()
    expect((await say(Array.from({ length: 51 }, () => box))).json().code).toBe('NICR_BODY_INVALID')
    const text = await say([box], { kind: 'text-spam' })
    expect(text.json()).toMatchObject({
      code: 'NICR_BODY_INVALID',
      detail: expect.stringContaining('reads no images'),
    })
  })

  it('say that boxes cannot be checked while ClickHouse is away, and take answers without any', async () => {
    const contentsOf = async () => {
      throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'it is away')
    }
    const { say } = await servePictures({ contentsOf })
    expect((await say([box])).json().code).toBe('NICR_CLICKHOUSE_UNAVAILABLE')
    expect((await say([])).statusCode).toBe(202)
  })

  it('tell what the model read to those who answered, and to nobody before', async () => {
    const read = [{ image: picture, text: 'cheap', box: null }]
    const { get, as, say } = await servePictures({ readIn: async () => new Map([['content-0', read]]) })
    const path = `/v1/label/read?kind=${pictureKind.kind}&contentId=content-0`
    expect((await get(path, as('ada'))).json().code).toBe('NICR_LABEL_NOT_FOUND')
    await say([])
    expect((await get(path, as('ada'))).json().read).toEqual(read)
    expect((await get(path, as('bob'))).json().code).toBe('NICR_LABEL_NOT_FOUND')
    const assisted = await get(`/v1/label/queue?kind=${pictureKind.kind}&assist=true`, as('bob'))
    expect(
      assisted.json().items.find((one: { contentId: string }) => one.contentId === 'content-0').model.read,
    ).toEqual(read)
  })

  it('offer the names that were given', async () => {
    const { get, as, say, labels } = await servePictures()
    await say([box])
    labels.sink()
    expect((await get(`/v1/label/box-names?kind=${pictureKind.kind}`, as('bob'))).json().names).toEqual([
      'glimt',
    ])
  })
})
