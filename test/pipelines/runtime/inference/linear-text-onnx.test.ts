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
import { createFeatureReader } from '../../../../processors/text/features.ts'
import { predictText } from '../../../../processors/text/linear.ts'
import { sentences } from '../../../support/sentences.ts'

const read = createFeatureReader()
const textKinds = Object.values(kinds).filter(kind => kind.input === 'TEXT')

describe.each(textKinds)('the committed $kind', kind => {
  it('scores alike by onnxruntime and natively', async () => {
    const folder = await resolveModel(`${kind.kind}@champion`)
    const model = await readLinearTextModel(folder)
    const session = await openLinearTextSession(join(folder.path, 'model.onnx'))
    const inputs = [...sentences(), '', '👍', 'a'.repeat(1000)].map(read)
    const reference = await session.score(inputs)
    const gaps = inputs.map((input, i) => Math.abs(predictText(model, input).value - reference[i]!))
    await session.close()
    expect(inputs.length).toBeGreaterThan(300)
    expect(Math.max(...gaps)).toBeLessThan(1e-5)
    expect(new Set(reference).size).toBeGreaterThan(100)
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
