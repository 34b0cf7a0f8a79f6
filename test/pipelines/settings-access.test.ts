import { describe, expect, it } from 'vitest'
import { readConfig } from '../../pipelines/config.ts'
import { networksOf } from '../../pipelines/settings-access.ts'

describe('settings of access', () => {
  it.each<[wrong: string, env: Record<string, string>, says: string]>([
    ['a ticket secret that could be guessed', { NICR_TICKET_SECRET: 'short' }, 'at least 32 characters'],
    ['a key set alone', { NICR_JWKS_URL: 'https://a.example/jwks' }, 'NICR_JWT_ISSUER and NICR_JWT_AUDIENCE'],
    ['a shared secret', { NICR_JWT_ALGORITHMS: 'RS256,HS256' }, 'not HS256'],
    ['no signature', { NICR_JWT_ALGORITHMS: 'none' }, 'not none'],
    ['a proxy by name', { NICR_TRUSTED_PROXIES: 'proxy.example' }, 'not proxy.example'],
    ['a network too narrow', { NICR_TRUSTED_PROXIES: '10.0.0.0/33' }, 'not 10.0.0.0/33'],
    ['a network cut off', { NICR_TRUSTED_PROXIES: '10.0.0.0/' }, 'not 10.0.0.0/'],
  ])('%s is refused', (_wrong, env, says) => {
    expect(() => readConfig(env)).toThrow(says)
    if (env.NICR_TICKET_SECRET !== undefined)
      expect(() => readConfig(env)).not.toThrow(env.NICR_TICKET_SECRET)
  })

  it('let a burst be twice the rate of frames, and keep keys in the data directory unless told otherwise', () => {
    const { access } = readConfig({ NICR_FRAMES_PER_SECOND: '7', NICR_DATA_DIR: '/data' })
    expect(access).toMatchObject({
      keysFile: '/data/keys.json',
      jwt: null,
      limits: { framesPerSecondMax: 7, framesBurstMax: 14 },
    })
    expect(readConfig({ NICR_KEYS: '/run/secrets/keys.json' }).access.keysFile).toBe('/run/secrets/keys.json')
  })
})

describe('networks', () => {
  it('hold addresses of both families', () => {
    const networks = networksOf(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'])
    expect(networks.check('10.9.9.9')).toBe(true)
    expect(networks.check('192.0.2.7')).toBe(true)
    expect(networks.check('192.0.2.8')).toBe(false)
    expect(networks.check('2001:db8::1', 'ipv6')).toBe(true)
    expect(networks.check('::ffff:10.9.9.9', 'ipv6')).toBe(true)
  })
})
