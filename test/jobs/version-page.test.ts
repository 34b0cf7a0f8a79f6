import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readVersionPage } from '../../jobs/version-page.ts'
import { modelsDirsOf } from '../../pipelines/model-registry.ts'
import { committedVersion, copyVersion, editManifest } from '../support/model-versions.ts'

describe('the page of a version', () => {
  let dataDir: string
  let committed: string
  const read = (version: string) =>
    readVersionPage(
      { kind: 'niceness', version },
      { registry: { modelsDirs: modelsDirsOf(dataDir) }, dataDir },
    )
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'nicr-page-'))
    committed = await committedVersion('niceness')
    const models = join(dataDir, 'models')
    for (const [version, parent] of [
      ['91', committed],
      ['92', '91'],
      ['93', '91'],
      ['94', '95'],
      ['95', '94'],
    ]) {
      await copyVersion(models, 'niceness', version!)
      await editManifest(join(models, 'niceness', version!), { parent, dataHash: 'd'.repeat(64) })
    }
  })
  afterAll(() => rm(dataDir, { recursive: true }))

  it('tells where a version comes from, down to the committed one, and what came of it', async () => {
    expect(await read('92')).toMatchObject({
      origin: 'local',
      ancestors: ['91', committed],
      children: [],
      judgement: null,
      dataSet: null,
    })
    expect(await read('91')).toMatchObject({ ancestors: [committed], children: ['92', '93'] })
    const first = await read(committed)
    expect(first).toMatchObject({ origin: 'committed', ancestors: [], children: ['91'] })
    expect(first.card).toContain('# niceness')
    // Made by hand, and wrong: it ends all the same.
    expect((await read('94')).ancestors).toEqual(['95', '94'])
  })

  it('sums its data set up without a text or a name, and has the judgement that lies beside it', async () => {
    const folder = join(dataDir, 'data-sets', 'niceness', 'd'.repeat(64))
    await mkdir(folder, { recursive: true })
    const manifest = {
      hash: 'd'.repeat(64),
      rows: 10,
      rowsByRole: { LABEL: 4, WEAK: 1, REPLAY: 5 },
      labellers: [{ labeller: 'ada', labels: 4, reliability: 0.9 }],
      newTerms: ['glorp'],
    }
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
    const judgement = { passed: true, gates: [], comparison: { by: 'HELD_OUT', rows: 4, slices: [] } }
    await writeFile(join(dataDir, 'models', 'niceness', '92', 'judgement.json'), JSON.stringify(judgement))
    const page = await read('92')
    expect(page.dataSet).toEqual({
      hash: 'd'.repeat(64),
      rows: 10,
      rowsByRole: { LABEL: 4, WEAK: 1, REPLAY: 5 },
      labellers: 1,
    })
    expect(page.judgement).toEqual(judgement)
    expect(JSON.stringify(page)).not.toContain(dataDir)
  })

  it('says that there is no such version', async () => {
    await expect(read('99')).rejects.toMatchObject({ code: 'NICR_MODEL_NOT_FOUND' })
  })
})
