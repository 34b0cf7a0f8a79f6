import { readFileSync } from 'node:fs'
import { Tensor } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { fuseActivations } from '../../../../pipelines/runtime/inference/onnx-fusion.ts'
import { ocrModelPath, openOnnxSession } from '../../../../pipelines/runtime/inference/onnx-session.ts'

const models = [
  ['ch_PP-OCRv4_det_infer.onnx', [1, 3, 64, 96]],
  ['ch_PP-OCRv4_rec_infer.onnx', [1, 3, 48, 96]],
] as const

it.each(models)('%s computes the same with fewer passes', async (name, dims) => {
  const model = readFileSync(ocrModelPath(name))
  const fused = fuseActivations(model)
  const scales = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1').split('whswish_b_').length
  const swishes = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1').split('p2o.Clip.').length
  expect(swishes(fused)).toBeLessThan(swishes(model) / 4)
  expect(scales(fused)).toBeLessThan(scales(model) / 4)
  const values = Float32Array.from({ length: dims.reduce<number>((a, b) => a * b, 1) }, (_, i) =>
    Math.sin(i * 0.37),
  )
  const [plain] = await run(model, values, dims)
  const [quick] = await run(fused, values, dims)
  expect(quick).toHaveLength(plain!.length)
  expect(furthest(plain!, quick!)).toBeLessThan(1e-4)
})

async function run(
  model: Uint8Array,
  values: Float32Array,
  dims: readonly number[],
): Promise<Float32Array[]> {
  const session = await openOnnxSession(model)
  const outputs = await session.run({ x: new Tensor('float32', values, dims) })
  await session.release()
  return session.outputNames.map(name => outputs[name]!.data as Float32Array)
}

function furthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

it('bytes that are no model stay as they are', () => {
  const bytes = Uint8Array.of(255, 255, 255)
  expect(fuseActivations(bytes)).toBe(bytes)
})
