import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import {
  committedModelsDir,
  listVersions,
  loadModel,
  resolveModel,
  surveyVersions,
} from '../../pipelines/model-registry.ts'
import { committedVersion, copyVersion, editManifest } from '../support/model-versions.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-models-'))
})
afterEach(() => rm(dir, { recursive: true }))

const copyTo = (version: string) => copyVersion(dir, 'niceness', version)

describe('the committed models', () => {
  it.each(Object.keys(kinds))('%s has a champion that loads and names its version', async kind => {
    const model = await loadModel(`${kind}@champion`)
    const { manifest } = await resolveModel(kind)
    expect(model.card).toEqual({ kind, version: manifest.version, settings: manifest.settings })
    expect(manifest.sources.every(source => source.licence !== '' && source.rows > 0)).toBe(true)
    await model.close()
  })
})

describe('resolveModel', () => {
  it('takes the highest committed number for the champion; others are found by their own', async () => {
    for (const version of ['2000', '3000', 'draft', '007']) await copyTo(version)
    const options = { modelsDirs: [committedModelsDir, dir] }
    const committed = await committedVersion('niceness')
    expect((await listVersions('niceness', options)).slice(-3).map(one => [one.version, one.origin])).toEqual(
      [
        [committed, 'committed'],
        ['2000', 'local'],
        ['3000', 'local'],
      ],
    )
    expect((await resolveModel('niceness@champion', options)).manifest.version).toBe(committed)
    expect((await resolveModel('niceness@2000', options)).path).toBe(join(dir, 'niceness', '2000'))
  })

  it('takes the live versions for the aliases where they are known', async () => {
    await copyTo('2000')
    const options = {
      modelsDirs: [committedModelsDir, dir],
      liveVersionOf: (_kind: string, alias: string) => (alias === 'champion' ? '2000' : null),
    }
    expect((await resolveModel('niceness', options)).manifest.version).toBe('2000')
    await expect(resolveModel('niceness@challenger', options)).rejects.toMatchObject({
      code: 'NICR_MODEL_NOT_FOUND',
    })
  })

  it('passes over a local version that has a committed one’s number', async () => {
    const committed = await committedVersion('niceness')
    await copyTo(committed)
    const { versions, shadowed } = await surveyVersions('niceness', { modelsDirs: [committedModelsDir, dir] })
    expect(versions.find(one => one.version === committed)?.origin).toBe('committed')
    expect(shadowed).toEqual([
      { version: committed, path: join(dir, 'niceness', committed), origin: 'local' },
    ])
  })

  it.each([
    ['niceness@99', 'NICR_MODEL_NOT_FOUND', /versions there are: \d/],
    ['niceness@../1', 'NICR_MODEL_NOT_FOUND', /no such model/],
    ['no-kind@1', 'NICR_KIND_UNKNOWN', /niceness, text-spam/],
    ['constructor', 'NICR_KIND_UNKNOWN', /constructor/],
  ])('refuses %s', async (reference, code, message) => {
    await expect(resolveModel(reference)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })
})

describe('loadModel', () => {
  const load = () => loadModel('niceness@1', { modelsDirs: [dir] })
  beforeEach(() => copyTo('1'))

  it('refuses a file that was changed', async () => {
    await writeFile(join(dir, 'niceness', '1', 'model.onnx'), 'x', { flag: 'a' })
    await expect(load()).rejects.toMatchObject({ code: 'NICR_MODEL_DIGEST_MISMATCH' })
  })

  it.each([
    ['another kind', { kind: 'text-spam' }, /folder says niceness/],
    ['another version', { version: '2' }, /folder says 1/],
    ['no digest', { digest: undefined }, /digest/],
    ['settings that are no numbers', { settings: { threshold: 'high' } }, /settings/],
    ['a family unknown here', { family: 'forest' }, /forest/],
    ['features of another time', { features: { buckets: 8 } }, /other features/],
  ])('refuses a manifest with %s', async (_name, edit, message) => {
    await editManifest(join(dir, 'niceness', '1'), edit)
    await expect(load()).rejects.toMatchObject({
      code: 'NICR_MODEL_INVALID',
      message: expect.stringMatching(message),
    })
  })

  it('refuses a folder without its files', async () => {
    await rm(join(dir, 'niceness', '1', 'model.onnx'))
    await expect(load()).rejects.toMatchObject({ code: 'NICR_MODEL_INVALID' })
    await truncate(join(dir, 'niceness', '1', 'manifest.json'), 10)
    await expect(load()).rejects.toMatchObject({ code: 'NICR_MODEL_INVALID' })
  })
})
