import { featureSettings } from '../../processors/text/features.ts'
import type { HeadsModel } from '../../processors/text/heads.ts'
import type { Link } from '../../processors/text/link.ts'

export const links: readonly Link[] = [
  { form: 'sigmoid' },
  { form: 'piecewise', knots: [-1, 0, 0.5], slopes: [5, -3, 8], min: 0, max: 10 },
]

/** Numbers that look random and are the same every time, from −1 to 1. */
export function waves(count: number, step: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * step + step))
}

/** Two tones, the second squashed; with several registers as many heads more. */
export function wavyModel(
  registers: number,
  link: Link,
  buckets: number = featureSettings.buckets,
): HeadsModel {
  const tones = 2
  const count = registers > 1 ? tones + registers : tones
  return {
    heads: Array.from({ length: count }, (_, i) => `head${i}`),
    tones,
    registers,
    weights: Int8Array.from({ length: buckets * count }, (_, i) => Math.round(127 * Math.sin(i * 12.9898))),
    scales: new Float32Array(count).fill(Math.fround(1 / 127)),
    biases: waves(count, 0.7),
    dense: waves(featureSettings.dense.length * count, 1.3),
    squashed: Float32Array.of(0, 1),
    experts: waves(tones * registers, 2.1),
    offsets: waves(registers, 0.9),
    link,
  }
}

/** Every model of one and of three registers, with both links. */
export const wavyModels = [1, 3].flatMap(registers =>
  links.map(link => ({ name: `${registers} registers, ${link.form}`, model: wavyModel(registers, link) })),
)
