import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { imageSpam } from '../../pipelines/image-spam.ts'
import { NicrError } from '../../schemas/errors.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { drawPictures } from './drawn/draw-pictures.ts'
import type { ImageManifest } from './image-model-card.ts'
import { trainImageModel } from './train-image-model.ts'

/**
 * Makes the model of pictures that ships with Nicr from the public set, whose pictures stay where they are, and pictures drawn
 * for it:
 *
 *   npm run build && node dist/jobs/images/train-first-image-model.js --data ../shared/data [--out models]
 *
 * With `--draw FOLDER` it only draws them, or others by `--seed`: `nicr evaluate --kind image-spam --image-field file` and
 * `nicr train` take them.
 */
const VERSION = '1'
const SEED = 1
const DRAWN = 700

/** Trains into `<outDir>/image-spam/1/`. @throws NicrError as `trainImageModel` */
async function trainFirstImageModel(dataDir: string, outDir: string): Promise<ImageManifest> {
  const drawn = await mkdtemp(join(tmpdir(), 'nicr-drawn-'))
  try {
    const files = [
      {
        path: join(dataDir, 'image-spam', 'manifest.jsonl.gz'),
        name: 'image-spam (Image Spam Hunter, its challenge sets, memes)',
        licence: 'none stated: research images, memes of unknown owners',
      },
      {
        path: await drawPictures(drawn, DRAWN, SEED),
        name: 'Pictures drawn for Nicr',
        licence: 'Apache-2.0',
      },
    ]
    return await trainImageModel({
      kind: imageSpam,
      version: VERSION,
      seed: SEED,
      files,
      imageField: 'file',
      outDir: join(outDir, imageSpam.kind, VERSION),
    })
  } finally {
    await rm(drawn, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { data: text, out: text, draw: text, seed: text } })
  try {
    if (values.draw === undefined) {
      const { settings, metrics } = await trainFirstImageModel(
        values.data ?? '../shared/data',
        values.out ?? packagePath('models'),
      )
      console.log(JSON.stringify({ ...settings, ...metrics }))
    } else console.log(await drawPictures(values.draw, DRAWN, Number(values.seed ?? SEED)))
  } catch (error) {
    if (!(error instanceof NicrError)) throw error
    console.error(`${error.code}: ${error.message}`)
    process.exitCode = 1
  }
}
