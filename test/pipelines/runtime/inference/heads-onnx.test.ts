import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kinds } from '../../../../pipelines/kinds.ts'
import { resolveModel } from '../../../../pipelines/model-registry.ts'
import { readLinearTextModel } from '../../../../pipelines/runtime/inference/linear-text-model.ts'
import {
  decodeLinearTextModel,
  encodeLinearTextModel,
} from '../../../../pipelines/runtime/inference/linear-text-onnx.ts'
import { openLinearTextSession } from '../../../../pipelines/runtime/inference/linear-text-session.ts'
import { createFeatureReader, featureSettings } from '../../../../processors/text/features.ts'
import { type LinearTextModel, predictText } from '../../../../processors/text/linear.ts'
import { sentences } from '../../../support/sentences.ts'

const read = createFeatureReader()
const textKinds = Object.values(kinds).filter(kind => kind.input === 'TEXT')

/** The largest gap between onnxruntime's score and the native one, over many texts. */
async function largestGap(model: LinearTextModel, onnxPath: string): Promise<number> {
  const session = await openLinearTextSession(onnxPath)
  const inputs = [...sentences(), '', '👍', 'a'.repeat(1000)].map(read)
  const reference = await session.score(inputs)
  await session.close()
  expect(new Set(reference).size).toBeGreaterThan(100)
  return Math.max(...inputs.map((input, i) => Math.abs(predictText(model, input).value - reference[i]!)))
}

describe('onnxruntime and the native evaluation score alike', () => {
  it.each(textKinds)('with the committed $kind', async kind => {
    const folder = await resolveModel(`${kind.kind}@champion`)
    expect(await largestGap(await readLinearTextModel(folder), join(folder.path, 'model.onnx'))).toBeLessThan(
      1e-5,
    )
  })

  it.each([
    { form: 'sigmoid' } as const,
    { form: 'piecewise', knots: [-1, 0, 0.5], slopes: [5, -3, 8], min: 0, max: 10 } as const,
  ])('with a model just written ($form)', async link => {
    const dir = await mkdtemp(join(tmpdir(), 'nicr-onnx-'))
    const weights = Float32Array.from(
      { length: featureSettings.buckets },
      (_, i) => Math.sin(i * 12.9898) / 2,
    )
    const bytes = encodeLinearTextModel({ weights, bias: 0.25, link }, 'test')
    await writeFile(join(dir, 'model.onnx'), bytes)
    const model = decodeLinearTextModel(bytes)
    if (typeof model === 'string') throw new Error(model)
    expect(await largestGap(model, join(dir, 'model.onnx'))).toBeLessThan(1e-5)
    await rm(dir, { recursive: true })
  })
})

describe('encodeLinearTextModel', () => {
  const weights = Float32Array.from({ length: 64 }, (_, i) => Math.fround((i - 32) / 16))
  const link = { form: 'piecewise', knots: [-1, 0.25], slopes: [2, -0.5], min: 0, max: 10 } as const

  it('is read back as it was written', () => {
    for (const model of [
      { weights, bias: 0.5, link },
      { weights, bias: -2, link: { form: 'sigmoid' } as const },
    ])
      expect(decodeLinearTextModel(encodeLinearTextModel(model, 'test'))).toEqual(model)
  })

  it('says what is wrong with bytes that are no model', () => {
    const bytes = encodeLinearTextModel({ weights, bias: 0.5, link }, 'test')
    expect(decodeLinearTextModel(new Uint8Array(0))).toBe('is not an ONNX file')
    expect(decodeLinearTextModel(Buffer.from('hello, world'))).toBeTypeOf('string')
    for (let length = 0; length < bytes.length - 9; length += 5)
      expect(decodeLinearTextModel(bytes.subarray(0, length))).toBeTypeOf('string')
    const notFinite = encodeLinearTextModel({ weights, bias: Number.NaN, link }, 'test')
    expect(decodeLinearTextModel(notFinite)).toBe('has a weight that is not a finite number')
  })
})
