import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kinds } from '../../../../pipelines/kinds.ts'
import { resolveModel } from '../../../../pipelines/model-registry.ts'
import { readHeadsModel } from '../../../../pipelines/runtime/inference/heads-model.ts'
import { decodeHeadsModel, encodeHeadsModel } from '../../../../pipelines/runtime/inference/heads-onnx.ts'
import { openHeadsSession } from '../../../../pipelines/runtime/inference/heads-session.ts'
import { createFeatureReader } from '../../../../processors/text/features.ts'
import { type HeadsModel, valueOfText as scoreOf } from '../../../../processors/text/heads.ts'
import { links, wavyModel, wavyModels } from '../../../support/heads-models.ts'
import { sentences } from '../../../support/sentences.ts'

const read = createFeatureReader()
const textKinds = Object.values(kinds).filter(kind => kind.input === 'TEXT')

/** The largest gap between onnxruntime's score and the native one, over many texts. */
async function largestGap(model: HeadsModel, onnxPath: string): Promise<number> {
  const session = await openHeadsSession(onnxPath)
  const inputs = [...sentences(), '', '👍', 'a'.repeat(1000)].map(read)
  const reference = await session.score(inputs)
  await session.close()
  expect(new Set(reference).size).toBeGreaterThan(50)
  return Math.max(...inputs.map((input, i) => Math.abs(scoreOf(model, input) - reference[i]!)))
}

describe('onnxruntime and the native evaluation score alike', () => {
  it.each(textKinds)('with the committed $kind', async kind => {
    const folder = await resolveModel(`${kind.kind}@champion`)
    const width = kind.scale.max - kind.scale.min
    const gap = await largestGap(await readHeadsModel(folder), join(folder.path, 'model.onnx'))
    expect(gap).toBeLessThan(1e-4 * width)
  })

  it.each(wavyModels)('with a model just written ($name)', async ({ model }) => {
    const dir = await mkdtemp(join(tmpdir(), 'nicr-onnx-'))
    const bytes = encodeHeadsModel(model, 'test')
    await writeFile(join(dir, 'model.onnx'), bytes)
    const width = model.link.form === 'sigmoid' ? 1 : model.link.max
    expect(await largestGap(model, join(dir, 'model.onnx'))).toBeLessThan(1e-4 * width)
    await rm(dir, { recursive: true })
  })
})

describe('encodeHeadsModel', () => {
  const small = [1, 3].flatMap(registers => links.map(link => wavyModel(registers, link, 64)))

  it('is read back as it was written, and gives the same bytes again', () => {
    for (const model of small) {
      const bytes = encodeHeadsModel(model, 'test')
      expect(decodeHeadsModel(bytes)).toEqual(model)
      expect(encodeHeadsModel(model, 'test')).toEqual(bytes)
    }
  })

  it('says what is wrong with bytes that are no model', () => {
    const model = small[3]!
    const bytes = encodeHeadsModel(model, 'test')
    expect(decodeHeadsModel(new Uint8Array(0))).toBe('is not an ONNX file')
    expect(decodeHeadsModel(Buffer.from('hello, world'))).toBeTypeOf('string')
    // Behind the graph and the opset lie the names of the heads, without which nothing is read.
    for (let length = 0; length < bytes.length - 1; length += 5)
      expect(decodeHeadsModel(bytes.subarray(0, length))).toBeTypeOf('string')
    const notFinite = encodeHeadsModel({ ...model, biases: model.biases.map(() => Number.NaN) }, 'test')
    expect(decodeHeadsModel(notFinite)).toBe('has a weight that is not a finite number')
  })
})
