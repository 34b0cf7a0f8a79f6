import { InferenceSession, Tensor } from 'onnxruntime-node'
import { CHAR_BUCKETS_FROM } from '../../../processors/text/hashing.ts'
import { WORD_VALUE } from '../../../processors/text/head-sums.ts'
import { countWords, featureUnit } from '../../../processors/text/heads.ts'
import type { TextInput } from '../../../processors/text/text-input.ts'

/** A model of hashed heads run by onnxruntime: the reference that the native evaluation is held to. */
export interface HeadsSession {
  /** One value a text, in order. */
  score(inputs: readonly TextInput[]): Promise<Float32Array>
  close(): Promise<void>
}

/** Opens `model.onnx` in an onnxruntime session on one thread. */
export async function openHeadsSession(onnxPath: string): Promise<HeadsSession> {
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
  const signals = inputs[0]!.dense.length
  const indices = new BigInt64Array(inputs.length * width)
  const values = new Float32Array(inputs.length * width)
  const dense = new Float32Array(inputs.length * signals)
  inputs.forEach((input, row) => {
    const words = countWords(input)
    const unit = featureUnit(words, input.buckets.length - words)
    input.buckets.forEach((bucket, column) => {
      indices[row * width + column] = BigInt(bucket)
      values[row * width + column] = bucket < CHAR_BUCKETS_FROM ? WORD_VALUE * unit : unit
    })
    dense.set(input.dense, row * signals)
  })
  const shape = [inputs.length, width]
  return {
    indices: new Tensor('int64', indices, shape),
    values: new Tensor('float32', values, shape),
    dense: new Tensor('float32', dense, [inputs.length, signals]),
  }
}
