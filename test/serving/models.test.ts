import { describe, expect, it } from 'vitest'
import type { KindModels } from '../../serving/ports.ts'
import { serveHttp } from './http-server.ts'

const niceness: KindModels = {
  kind: 'niceness',
  version: '3',
  promoted: '4',
  challenger: '5',
  since: 1_790_000_000_000,
  previous: '3',
  languages: ['en', 'de'],
  metrics: { auc: 0.9 },
  versions: [
    {
      version: '3',
      origin: 'local',
      path: '/srv/secret/niceness/3',
      aliases: ['champion'],
      parent: '2',
      digest: 'ab',
      languages: ['en', 'de'],
      metrics: { auc: 0.9 },
      problem: null,
    },
  ],
}

describe('GET /v1/models', () => {
  it('tells what scores here, what was promoted, and every version, but not where it lies', async () => {
    const { get } = await serveHttp({ parts: { models: async () => [niceness] } })
    const answer = await get('/v1/models')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      models: [
        {
          kind: 'niceness',
          version: '3',
          alias: 'champion',
          promoted: '4',
          challenger: '5',
          since: 1_790_000_000_000,
          previous: '3',
          languages: ['en', 'de'],
          metrics: { auc: 0.9 },
          versions: [
            {
              version: '3',
              origin: 'local',
              aliases: ['champion'],
              parent: '2',
              digest: 'ab',
              languages: ['en', 'de'],
              metrics: { auc: 0.9 },
            },
          ],
        },
      ],
    })
    expect(answer.body).not.toContain('secret')
  })
})
