import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKeyStore } from '../../serving/keys.ts'
import { runNicr } from '../support/run-nicr.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'nicr-cli-keys-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const nicr = (...parameters: string[]) => runNicr(['keys', ...parameters], { NICR_DATA_DIR: dataDir })
const store = () => openKeyStore({ keysFile: join(dataDir, 'keys.json'), devKey: null })

describe('nicr keys', () => {
  it('makes a key that is shown once and alone on stdout, lists it, and revokes it', async () => {
    const made = await nicr('create', '--role', 'read,publish', '--role', 'label', '--name', 'forum')
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('not shown again') })
    const key = made.stdout.trim()
    expect(key).toMatch(/^nicr_[\w-]{43}$/)
    expect(store().find(key)).toMatchObject({ name: 'forum', roles: ['read', 'publish', 'label'] })

    const listed = await nicr('list')
    expect(listed.stdout).toMatch(/^[0-9a-f]{12} {2}forum +read,publish,label +made 20\S+ by \S+\n$/)
    const asJson = await nicr('list', '--json')
    expect(JSON.parse(asJson.stdout)).toMatchObject({ keys: [{ name: 'forum', revokedAt: null }] })
    for (const { stdout } of [listed, asJson]) {
      expect(stdout).not.toContain(key)
      expect(stdout).not.toMatch(/[0-9a-f]{64}/)
    }
    expect(readFileSync(join(dataDir, 'keys.json'), 'utf8')).not.toContain(key)

    expect((await nicr('revoke', 'forum')).stdout).toMatch(/^forum \([0-9a-f]{12}\) is revoked\n$/)
    expect(store().find(key)).toBeUndefined()
    expect((await nicr('list')).stdout).toContain('REVOKED')
  })

  it.each<[wrong: string, parameters: string[], says: string]>([
    ['an unknown role', ['create', '--role', 'root', '--name', 'a'], 'the roles are publish, read, label'],
    ['no role', ['create', '--name', 'a'], '--role <role>'],
    ['no name', ['create', '--role', 'read'], '--name <name>'],
    ['an empty name', ['create', '--role', 'read', '--name', ' '], 'NICR_INPUT_INVALID'],
    ['a key that is not there', ['revoke', 'nobody'], 'nicr keys list'],
  ])('%s says what is wrong and exits with 1', async (_wrong, parameters, says) => {
    const { code, stdout, stderr } = await nicr(...parameters)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(says)
  })
})
