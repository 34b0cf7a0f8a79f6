import { expect, it } from 'vitest'
import { editDistance } from '../../bench/edit-distance.ts'
import { fontSets, makeTextPictures } from '../../bench/text-pictures.ts'
import { decodeImage } from '../../pipelines/images/decode-image.ts'
import { openPolicyReader } from '../../pipelines/runtime/inference/policy-reader.ts'

/** Each effect three times. */
const PICTURES = 24
const CER_MAX = 0.12

it(`text done over as spammers do is read with fewer than ${100 * CER_MAX}% of its letters wrong`, async () => {
  const reader = await openPolicyReader()
  let edits = 0
  let letters = 0
  for await (const { text, file } of makeTextPictures(PICTURES, { fonts: fontSets.judge, seed: 5 })) {
    const { frames } = await decodeImage(file)
    const read = await reader.read(frames[0]!, { timeoutMs: 60_000 })
    edits += editDistance(text, read.text.replaceAll('\n', ' '))
    letters += text.length
  }
  await reader.close()
  expect(edits / letters).toBeLessThan(CER_MAX)
})

it('the same seed makes the same pictures', async () => {
  const make = async () => {
    const files: string[] = []
    for await (const { file } of makeTextPictures(8, { fonts: fontSets.choose, seed: 3 }))
      files.push(file.toString('base64'))
    return files
  }
  expect(await make()).toEqual(await make())
})
