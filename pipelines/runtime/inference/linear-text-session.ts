import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { TextInput } from '../../../processors/text/features.ts'
import { featureValue } from '../../../processors/text/linear.ts'

/** A hashed linear model run by onnxruntime: the reference that the native evaluation is held to. */
export interface LinearTextSession {
  /** One value a text, in order. */
  score(inputs: readonly TextInput[]): Promise<Float32Array>
  close(): Promise<void>
}

/** Opens `model.onnx` in an onnxruntime session on one thread. */
export async function openLinearTextSession(onnxPath: string): Promise<LinearTextSession> {
  const session = await InferenceSession.create(onnxPath, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  return {
    async score(inputs) {
      if (inputs.length === 0) return new Float32Array(0)
      const outputs = await session.run(feedsOf(inputs))
      return outputs['score']!.data as Float32Array
    },
    close: () => session.release(),
  }
}

function feedsOf(inputs: readonly TextInput[]): Record<string, Tensor> {
  const width = Math.max(1, ...inputs.map(input => input.buckets.length))
  const indices = new BigInt64Array(inputs.length * width)
  const values = new Float32Array(inputs.length * width)
  inputs.forEach(({ buckets }, row) => {
    const value = featureValue(buckets.length)
    buckets.forEach((bucket, column) => {
      indices[row * width + column] = BigInt(bucket)
      values[row * width + column] = value
    })
  })
  const shape = [inputs.length, width]
  return { indices: new Tensor('int64', indices, shape), values: new Tensor('float32', values, shape) }
}
