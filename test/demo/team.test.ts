import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createAnnotators } from '../../demo/annotators.ts'
import type { Truth } from '../../demo/community/truth.ts'
import { saidOfTeam } from '../../demo/hire-team.ts'
import { startTeam, type Team } from '../../demo/team.ts'
import { until } from '../support/until.ts'

/** Simulated people ask and answer over HTTP, each with their own key, until they are told to stop. */

const truth: Truth = { niceness: 8, spam: false, toxic: false, surface: 8, slang: [] }
const people = createAnnotators(1, [
  ['ada', 'careful'],
  ['grace', 'average'],
]).map(annotator => ({ annotator, key: `key of ${annotator.name}` }))
const moderator = { annotator: createAnnotators(1, [['mod', 'careful']])[0]!, key: 'key of mod' }

let server: Server
let team: Team
afterEach(async () => {
  await team.stop()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

interface Asked {
  readonly key: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Three questions for each person, one of a content that nobody knows, and one disagreement; a key works from its second request on. */
async function serve(): Promise<{ readonly url: string; readonly labels: Asked[] }> {
  const labels: Asked[] = []
  const seen = new Set<string>()
  server = createServer(async (request, response) => {
    const key = request.headers.authorization!.replace('Bearer ', '')
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    if (!seen.has(key)) {
      seen.add(key)
      return answer(401, { code: 'NICR_KEY_UNKNOWN' })
    }
    if (request.method === 'POST') {
      labels.push({ key, body: JSON.parse(await textOf(request)) })
      return answer(202, { labels: [] })
    }
    const isDone = labels.some(label => label.key === key)
    const ids = isDone ? [] : request.url!.includes('disagreements') ? ['c9'] : ['c1', 'c2', 'unknown']
    const items = ids.map(contentId => ({ contentId, revision: 2, sampleId: `sample ${contentId}` }))
    answer(200, { guidelineVersion: 'v7', items })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, labels }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

it('answers what it is asked, as each of them would, and nothing that nobody knows', async () => {
  const { url, labels } = await serve()
  const failures: unknown[] = []
  team = startTeam(
    {
      url,
      people,
      moderator,
      kind: 'niceness',
      truthOf: id => (id === 'unknown' ? undefined : truth),
      speed: 1000,
    },
    error => failures.push(error),
  )
  await until('everybody has answered', () => team.answers >= 4 && team.decided >= 1)
  await team.stop()
  expect(failures).toEqual([])
  expect({ answers: team.answers, decided: team.decided }).toEqual({ answers: 4, decided: 1 })
  for (const { annotator, key } of people) {
    const own = labels.filter(label => label.key === key).map(({ body }) => body)
    expect(own).toEqual(
      ['c1', 'c2'].map(contentId => ({
        kind: 'niceness',
        sampleId: `sample ${contentId}`,
        contentId,
        revision: 2,
        guidelineVersion: 'v7',
        ...annotator.answer({ id: contentId, kind: 'niceness', truth }),
      })),
    )
  }
  const decided = labels.find(({ key }) => key === moderator.key)!.body
  expect(decided).toMatchObject({ contentId: 'c9', origin: 'adjudication' })
  expect(decided).not.toHaveProperty('sampleId')
})

it('is told of in a sentence', () => {
  const person = { answers: 5, checks: 4, checksRight: 3 }
  const figures = {
    alpha: 0.61,
    people: [
      { labeller: 'ada', ...person, reliability: 0.9 },
      { labeller: 'mallory', ...person, reliability: 0.1 },
    ],
  }
  expect(saidOfTeam({ answers: 10, decided: 2 }, figures)).toBe(
    '10 answers are given, 2 disagreements decided; agreement α 0.61; 6 of 8 hidden checks right; believed most: ada (0.90), least: mallory (0.10)',
  )
  expect(saidOfTeam({ answers: 0, decided: 0 }, { alpha: null, people: [] })).toBe(
    '0 answers are given, 0 disagreements decided',
  )
})
