import { Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { calibrated, fitImageNet, type ImageExample } from '../../../jobs/images/fit-image-net.ts'
import { createRandom } from '../../../jobs/random.ts'
import { decodeImageNet, encodeImageNet } from '../../../pipelines/runtime/inference/image-onnx.ts'
import { openOnnxSession } from '../../../pipelines/runtime/inference/onnx-session.ts'
import { type ImageNet, imageMargin, looksMargin, UNFAMILIAR } from '../../../processors/images/image-net.ts'

const WIDTH = 12

/** Spam lies in a ring around ham, so that no line parts them. */
function ring(count: number, seed: number): ImageExample[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, i) => {
    const target = i % 2
    const angle = 2 * Math.PI * random()
    const radius = target === 1 ? 2 + random() : random()
    const features = Float32Array.from({ length: WIDTH }, (_unused, k) =>
      k === 0 ? radius * Math.cos(angle) : k === 1 ? 50 + 10 * radius * Math.sin(angle) : random(),
    )
    return { features, target, weight: 1 }
  })
}

function rightShare(net: ImageNet, examples: readonly ImageExample[]): number {
  const right = examples.filter(({ features, target }) => looksMargin(net, features) > 0 === (target === 1))
  return right.length / examples.length
}

describe('fitImageNet', () => {
  it('parts what no line parts, in pictures that it has not seen', () => {
    expect(rightShare(fitImageNet(ring(400, 1), 1), ring(400, 2))).toBeGreaterThan(0.95)
  })

  it('learns from a part of many, drawn by the seed', () => {
    const many = ring(600, 3)
    const net = fitImageNet(many, 1, 400)
    expect(net.outputs).toHaveLength(400)
    expect(rightShare(net, ring(200, 4))).toBeGreaterThan(0.85)
    expect(fitImageNet(many, 2, 400).centres).not.toEqual(net.centres)
  })

  it('lets both classes count alike, whatever their numbers', () => {
    const few = ring(400, 5).filter(({ target }, i) => target === 0 || i % 20 === 1)
    const spam = ring(200, 6).filter(({ target }) => target === 1)
    expect(rightShare(fitImageNet(few, 1), spam)).toBeGreaterThan(0.85)
  })

  it('makes nothing of what is like no known picture', () => {
    const net = calibrated(fitImageNet(ring(200, 10), 1), { slope: 3, offset: 1 })
    const strange = new Float32Array(WIDTH).fill(1e6)
    expect(imageMargin(net, strange)).toBeCloseTo(UNFAMILIAR, 1)
    expect(Math.abs(imageMargin(net, ring(1, 11)[0]!.features) - UNFAMILIAR)).toBeGreaterThan(0.5)
  })

  it('makes the same bytes of the same examples and seed', () => {
    const [one, other] = [1, 1].map(seed => encodeImageNet(fitImageNet(ring(100, 7), seed), 'test'))
    expect(Buffer.from(one!).equals(Buffer.from(other!))).toBe(true)
  })
})

describe('onnxruntime and the native evaluation', () => {
  it('score alike, far out too, by what is read back of the same file', async () => {
    const bytes = encodeImageNet(calibrated(fitImageNet(ring(200, 8), 1), { slope: 3, offset: -0.5 }), 'test')
    const net = decodeImageNet(bytes)
    if (typeof net === 'string') throw new Error(net)
    const rows = [
      ...ring(60, 9).map(({ features }) => features),
      new Float32Array(WIDTH),
      new Float32Array(WIDTH).fill(1e6),
      new Float32Array(WIDTH).fill(-1e6),
    ]
    const session = await openOnnxSession(bytes)
    const input = new Tensor('float32', Float32Array.from(rows.flatMap(row => [...row])), [
      rows.length,
      WIDTH,
    ])
    const { score } = await session.run({ features: input })
    await session.release()
    const scores = [...(score!.data as Float32Array)]
    expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(0.5)
    for (const [i, row] of rows.entries())
      expect(scores[i]).toBeCloseTo(1 / (1 + Math.exp(-imageMargin(net, row))), 3)
  })
})
