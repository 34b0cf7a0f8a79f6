import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import type { RecordOf } from '../../schemas/topics.ts'
import { defaultLimits } from '../../serving/limits.ts'
import type { DriftHistory, PublishedTopic, ServerParts } from '../../serving/ports.ts'
import { createScoreFeed } from '../../serving/score-feed.ts'
import { createFakeLog, type FakeOptions, fakeServer, scoresOfContent } from './fake-parts.ts'

export interface Published {
  readonly topic: PublishedTopic
  readonly key: string
  readonly record: Readonly<Record<string, unknown>>
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** What a test holds back until it opens it. */
export function gate() {
  let open = () => {}
  const passed = new Promise<void>(resolve => {
    open = resolve
  })
  return { passed, open: () => open() }
}

/** A server for browsers over fakes, whose published content is scored at once; closed after the test. */
export async function servePage({
  port = 0,
  env,
  drift,
  parts = {},
}: { readonly port?: number; readonly drift?: DriftHistory; readonly parts?: Partial<ServerParts> } & Pick<
  FakeOptions,
  'env'
> = {}) {
  const scores = createScoreFeed({ now: Date.now, limits: defaultLimits })
  scores.positioned()
  const log = createFakeLog(scores)
  const published: Published[] = []
  const { app } = await fakeServer({
    ...(env === undefined ? {} : { env }),
    parts: {
      ...(drift === undefined ? {} : { drift }),
      scores,
      publish: async (topic, key, record) => {
        published.push({ topic, key, record: record as unknown as Published['record'] })
        if (topic === 'content')
          log.append(...(await scoresOfContent(record as RecordOf<'content'>, Date.now())))
        return { partition: 0, offset: published.length - 1 }
      },
      ...parts,
    },
  })
  await app.listen({ port, host: '127.0.0.1' })
  const close = () => app.close()
  closers.push(close)
  const taken = (app.server.address() as AddressInfo).port
  return {
    app,
    log,
    published,
    /** Records of one topic, in order. */
    recordsOf: (topic: PublishedTopic) =>
      published.filter(one => one.topic === topic).map(({ record }) => record),
    port: taken,
    origin: `http://127.0.0.1:${taken}`,
    close,
  }
}
