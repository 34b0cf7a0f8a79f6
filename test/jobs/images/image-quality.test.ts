import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { fitImageNet } from '../../../jobs/images/fit-image-net.ts'
import { decodeImage } from '../../../pipelines/images/decode-image.ts'
import { wordsJudge } from '../../../pipelines/images/read-words.ts'
import { openImageSight } from '../../../pipelines/images/see-image.ts'
import { loadModel, resolveModel } from '../../../pipelines/model-registry.ts'
import { loadImageModel } from '../../../pipelines/runtime/inference/image-model.ts'
import { openTextDetector } from '../../../pipelines/runtime/inference/text-detector.ts'
import { textSpam } from '../../../pipelines/text-spam.ts'
import { weighEvidence } from '../../../processors/images/image-evidence.ts'
import { imageFeatures, TEXT_PIXELS } from '../../../processors/images/image-features.ts'
import { imageMargin } from '../../../processors/images/image-net.ts'
import { aSeenImage } from '../../support/seen-images.ts'

const publicSet = join(import.meta.dirname, '../../../../shared/data/image-spam')
const canRun = existsSync(join(publicSet, 'manifest.jsonl.gz'))

interface Row {
  readonly file: string
  readonly label: 'spam' | 'ham'
  readonly kind: string
  readonly group: string
}

/** The first `each` pictures of every kind. */
function rowsOf(each: number): readonly Row[] {
  const lines = gunzipSync(readFileSync(join(publicSet, 'manifest.jsonl.gz')))
    .toString()
    .trim()
    .split('\n')
  const counts = new Map<string, number>()
  return lines
    .map(line => JSON.parse(line) as Row)
    .filter(({ kind }) => {
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      return count <= each
    })
}

describe.skipIf(!canRun)('on the public pictures', { timeout: 120_000 }, () => {
  it('learns from 150 to tell 75 others of other groups', async () => {
    const detector = await openTextDetector()
    const pictures = []
    for (const row of rowsOf(45)) {
      const image = (await decodeImage(readFileSync(join(publicSet, row.file)))).frames[0]!
      const features = imageFeatures(image, await detector.detect(image, TEXT_PIXELS))
      pictures.push({ features, target: row.label === 'spam' ? 1 : 0, weight: 1, group: row.group })
    }
    await detector.close()
    const groups = [...new Set(pictures.map(({ group }) => group))]
    const isHeldOut = ({ group }: { group: string }) => groups.indexOf(group) % 3 === 0
    const net = fitImageNet(
      pictures.filter(one => !isHeldOut(one)),
      1,
    )
    const held = pictures.filter(isHeldOut)
    const of = (target: number) =>
      held.filter(one => one.target === target).map(one => imageMargin(net, one.features))
    const [ham, spam] = [of(0), of(1)]
    let above = 0
    for (const one of spam) for (const other of ham) above += one > other ? 1 : 0
    expect(above / (spam.length * ham.length)).toBeGreaterThan(0.85)
  })
})

it('judges drawn pictures, like none that it was trained on, by what is written in them', {
  timeout: 60_000,
}, async () => {
  const folder = join(import.meta.dirname, '../../../examples/images')
  const image = await loadImageModel(await resolveModel('image-spam@champion'))
  const text = await loadModel('text-spam@champion')
  const words = wordsJudge(textSpam, () => text)
  const sight = await openImageSight()
  const wrong: string[] = []
  for (const file of readdirSync(folder).filter(name => name.endsWith('.png'))) {
    const opened = await sight.open(readFileSync(join(folder, file)), file)
    const { facts } = await opened.see({ timeoutMs: 20_000 })
    const verdict = facts.reading.text === '' ? null : await words(facts.reading.text)
    const seen = aSeenImage({ ...facts, words: verdict })
    const [{ probabilities }] = image.predict([{ images: [seen] }]) as [{ probabilities: number[] }]
    const { value } = weighEvidence(probabilities[0]!, seen)
    if (value >= image.card.settings['threshold']! !== file.startsWith('spam-'))
      wrong.push(`${file} ${value}`)
  }
  await sight.close()
  expect(wrong).toEqual([])
})
