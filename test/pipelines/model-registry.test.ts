import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import { committedModelsDir, listVersions, loadModel, resolveModel } from '../../pipelines/model-registry.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-models-'))
})
afterEach(() => rm(dir, { recursive: true }))

const copyTo = (version: string) =>
  cp(join(committedModelsDir, 'niceness', '1'), join(dir, 'niceness', version), { recursive: true })

async function editManifest(version: string, edit: Record<string, unknown>): Promise<void> {
  const path = join(dir, 'niceness', version, 'manifest.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  await writeFile(path, JSON.stringify({ ...manifest, ...edit }))
}

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
  it('takes the highest number for the champion, over all folders', async () => {
    for (const version of ['2', '10', 'draft', '007']) await copyTo(version)
    await editManifest('10', { version: '10' })
    const options = { modelsDirs: [committedModelsDir, dir] }
    expect((await listVersions('niceness', options)).map(one => one.version)).toEqual(['1', '2', '10'])
    expect((await resolveModel('niceness@champion', options)).path).toBe(join(dir, 'niceness', '10'))
    expect((await resolveModel('niceness@1', options)).path).toBe(join(committedModelsDir, 'niceness', '1'))
  })

  it.each([
    ['niceness@99', 'NICR_MODEL_NOT_FOUND', /versions there are: 1/],
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
    await editManifest('1', edit)
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
