import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { openSightFor } from '../../cli/file-sight.ts'
import { type SeenPictures, scorePicturesBy, seeSuites } from '../../jobs/picture-suites.ts'
import { runSuites, type Suite, suitesOf } from '../../jobs/suites.ts'
import { readConfig } from '../../pipelines/config.ts'
import { imageSpam } from '../../pipelines/image-spam.ts'
import { loadModelFolder, resolveModel } from '../../pipelines/model-registry.ts'
import { NicrError } from '../../schemas/errors.ts'
import { taughtPictureSet } from '../support/taught-pictures.ts'

describe('the committed suite of pictures', () => {
  let suites: readonly Suite[]
  let seen: SeenPictures
  beforeAll(async () => {
    suites = await suitesOf('image-spam')
    const sight = await openSightFor(imageSpam, readConfig({}))
    const look = sight!.from('/')
    seen = await seeSuites(suites, path => look({ ref: path }))
    await sight!.close()
  }, 120_000)

  it('holds harmless pictures and spam of many sorts, all of them there', () => {
    const [{ name, texts }] = suites as [Suite]
    expect(name).toBe('pictures')
    expect(texts.length).toBeGreaterThanOrEqual(60)
    expect(texts.filter(path => !existsSync(path))).toEqual([])
    expect(new Set(texts.map(path => seen.get(path)!.sha256)).size).toBe(texts.length)
  })

  it('is read: the champion catches the spam and passes what is harmless', async () => {
    const model = await loadModelFolder(await resolveModel('image-spam@champion', {}))
    const { pictures } = await runSuites(imageSpam, suites, scorePicturesBy(imageSpam, model, seen))
    expect(pictures).toMatchObject({ n: suites[0]!.texts.length, unscored: 0 })
    expect(pictures!.figures['spam']).toBeGreaterThanOrEqual(0.95)
    expect(pictures!.figures['ham']).toBeGreaterThanOrEqual(0.95)
    for (const sort of ['chat', 'receipt', 'curve', 'code', 'landscape'])
      expect(pictures!.figures[sort], sort).toBe(1)
  })
})

describe('looking at suites', () => {
  it('fails with the code and the path of a picture that cannot be looked at: none may be missing', async () => {
    const suite = { name: 'pictures', texts: ['/nowhere/a.webp'] } as unknown as Suite
    const failed = { status: 'FAILED', code: 'NICR_FILE_UNREADABLE', detail: 'no such file' } as const
    const looking = seeSuites([suite], async () => failed)
    await expect(looking).rejects.toThrow(NicrError)
    await expect(looking).rejects.toMatchObject({ code: 'NICR_FILE_UNREADABLE' })
    await expect(looking).rejects.toThrow('/nowhere/a.webp')
  })

  it('leaves out what a bank knows of a picture, and calls one that was not seen unscored', async () => {
    const logo = { entry: 'e', name: '', box: { x: 0, y: 0, width: 1, height: 1 }, confidence: 1, weight: 1 }
    const [known] = [...taughtPictureSet(1, { labels: 1, replay: 0 }).seen.values()]
    const suite = { name: 'pictures', texts: ['/a.webp'] } as unknown as Suite
    const seen = await seeSuites([suite], async () => ({
      status: 'SEEN',
      seen: { ...known!, logos: [logo], copyOf: { entry: 'e', name: '', similarity: 1, weight: 1 } },
    }))
    expect(seen.get('/a.webp')).toMatchObject({ logos: [], copyOf: null })
    const model = await loadModelFolder(await resolveModel('image-spam@champion', {}))
    const scores = await scorePicturesBy(imageSpam, model, seen)(['/a.webp', '/b.webp'])
    expect(scores).toEqual([expect.objectContaining({ label: expect.any(String) }), null])
  })
})
