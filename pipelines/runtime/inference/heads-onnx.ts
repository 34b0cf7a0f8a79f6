import type { HeadsModel } from '../../../processors/text/heads.ts'
import type { Link } from '../../../processors/text/link.ts'
import { INT64, onnxFloats, onnxValue } from './onnx-tensors.ts'
import { decodeMessage, encodeMessage, type Field } from './protobuf.ts'

/**
 * The family `hashed-heads` as an ONNX graph (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), and back:
 *
 *   indices int64 [rows, width] ─ Gather(weights) ─ Cast ─┐
 *   values float [rows, width] ─ Unsqueeze ────────────── Mul ─ ReduceSum ─ Mul(scales) ─ Add(biases) ─┐
 *   dense float [rows, signals] ─ MatMul(denseWeights) ─────────────────────────────────────────────── Add = margins
 *   margins ─ Slice = m ─ Mul(0.5) ─ Tanh ─ Sub(m) ─ Mul(squashed) ─ Add(m) = tones
 *   tones ─ MatMul(experts) ─ Add(offsets) ─┐
 *   margins ─ Slice ─ Softmax ───────────── Mul ─ ReduceSum = margin [rows, 1]     (several registers)
 *   sigmoid:   margin ─ Sigmoid = score
 *   piecewise: margin ─ Sub(knots) ─ Relu ─ Mul(slopes) ─ ReduceSum ─ Add(min) ─ Clip(min, max) = score
 *
 * Rows shorter than `width` are filled up with values of 0. Weights are int8 in units of their head's scale; everything
 * else is float. The names of the heads are in the metadata.
 */
const IR_VERSION = 8
const OPSET_VERSION = 13

const FLOAT = 1
const INT8 = 3

const HEADS_KEY = 'heads'

/** The bytes of `model.onnx`: the same for the same model. */
export function encodeHeadsModel(model: HeadsModel, name: string): Uint8Array {
  const link = model.link.form === 'sigmoid' ? sigmoidGraph() : piecewiseGraph(model.link)
  const mixture = model.registers > 1 ? mixtureGraph(model) : singleGraph
  const count = model.heads.length
  const signals = model.dense.length / count
  const graph: Field[] = [
    ...[...marginNodes, ...mixture.nodes, ...link.nodes].map((node): Field => [1, node]),
    [2, name],
    [5, tensorOf('weights', INT8, [model.weights.length / count, count], bytesOf(model.weights))],
    [5, onnxFloats('scales', [count], model.scales)],
    [5, onnxFloats('biases', [count], model.biases)],
    [5, onnxFloats('denseWeights', [signals, count], model.dense)],
    [5, onnxFloats('squashed', [model.tones], model.squashed)],
    [5, onnxFloats('half', [], [0.5])],
    [5, onnxFloats('experts', [model.tones, model.registers], transposed(model.experts, model.tones))],
    [5, onnxFloats('offsets', [model.registers], model.offsets)],
    [5, int64Tensor('columns', [1])],
    [5, int64Tensor('last', [2])],
    ...[...mixture.initializers, ...link.initializers].map((tensor): Field => [5, tensor]),
    [11, onnxValue('indices', ['rows', 'width'], INT64)],
    [11, onnxValue('values', ['rows', 'width'])],
    [11, onnxValue('dense', ['rows', signals])],
    [12, onnxValue('score', ['rows', 1])],
  ]
  const opset = encodeMessage([
    [1, ''],
    [2, OPSET_VERSION],
  ])
  const heads = encodeMessage([
    [1, HEADS_KEY],
    [2, JSON.stringify(model.heads)],
  ])
  return encodeMessage([
    [1, IR_VERSION],
    [2, 'nicr'],
    [7, encodeMessage(graph)],
    [8, opset],
    [14, heads],
  ])
}

/** The model in the bytes, as rounded as it was stored; or what is wrong with them, in words. */
export function decodeHeadsModel(bytes: Uint8Array): HeadsModel | string {
  const file = decodeMessage(bytes)
  const graph = file?.get(7)?.[0]
  const fields = graph instanceof Uint8Array ? decodeMessage(graph) : null
  if (file === null || fields === null) return 'is not an ONNX file'
  const heads = decodeHeads(file.get(14) ?? [])
  if (heads === null) return 'does not name its heads'
  const tensors = new Map<string, Float32Array>()
  let weights: Int8Array | null = null
  for (const value of fields.get(5) ?? []) {
    const tensor = decodeTensor(value)
    if (tensor?.name === 'weights' && tensor.data instanceof Int8Array) weights = tensor.data
    else if (tensor?.data instanceof Float32Array) tensors.set(tensor.name, tensor.data)
  }
  const [scales, biases, dense] = [tensors.get('scales'), tensors.get('biases'), tensors.get('denseWeights')]
  const [byTone, offsets] = [tensors.get('experts'), tensors.get('offsets')]
  const squashed = tensors.get('squashed')
  if (weights === null || !scales || !biases || !dense || !byTone || !offsets || !squashed)
    return 'lacks a tensor of weights, scales, biases, denseWeights, squashed, experts or offsets'
  const registers = offsets.length
  const tones = registers > 1 ? heads.length - registers : heads.length
  if (tones < 1 || registers < 1 || byTone.length !== tones * registers) return 'has experts that do not fit'
  if (squashed.length !== tones || !squashed.every(one => one === 0 || one === 1))
    return 'does not say 0 or 1 of each tone whether it is squashed'
  if (scales.length !== heads.length || biases.length !== heads.length)
    return 'has another number of scales or biases than heads'
  if (weights.length % heads.length !== 0 || dense.length % heads.length !== 0)
    return 'has weights that do not fit its heads'
  if (![scales, biases, dense, byTone, offsets].every(tensor => tensor.every(Number.isFinite)))
    return 'has a weight that is not a finite number'
  const link = decodeLink(tensors)
  if (typeof link === 'string') return link
  const experts = transposed(byTone, registers)
  return { heads, tones, registers, weights, scales, biases, dense, squashed, experts, offsets, link }
}

function decodeHeads(properties: readonly (number | Uint8Array)[]): string[] | null {
  for (const property of properties) {
    const fields = property instanceof Uint8Array ? decodeMessage(property) : null
    const [key, value] = [fields?.get(1)?.[0], fields?.get(2)?.[0]]
    if (!(key instanceof Uint8Array && value instanceof Uint8Array)) continue
    if (Buffer.from(key).toString('utf8') !== HEADS_KEY) continue
    try {
      const names: unknown = JSON.parse(Buffer.from(value).toString('utf8'))
      return Array.isArray(names) && names.every(name => typeof name === 'string') ? names : null
    } catch {
      return null
    }
  }
  return null
}

function decodeLink(tensors: ReadonlyMap<string, Float32Array>): Link | string {
  const knots = tensors.get('knots')
  if (knots === undefined) return { form: 'sigmoid' }
  const slopes = tensors.get('slopes')
  const min = tensors.get('min')?.[0]
  const max = tensors.get('max')?.[0]
  if (slopes?.length !== knots.length || min === undefined || max === undefined)
    return 'has knots without their slopes'
  if (![...knots, ...slopes, min, max].every(Number.isFinite)) return 'has a knot that is not a finite number'
  return { form: 'piecewise', knots: [...knots], slopes: [...slopes], min, max }
}

const marginNodes = [
  node('Gather', ['weights', 'indices'], 'gathered'),
  node('Cast', ['gathered'], 'steps', [
    encodeMessage([
      [1, 'to'],
      [3, FLOAT],
      [20, 2],
    ]),
  ]),
  node('Unsqueeze', ['values', 'last'], 'column'),
  node('Mul', ['steps', 'column'], 'parts'),
  node('ReduceSum', ['parts', 'columns'], 'sums', [keepDimensions(false)]),
  node('Mul', ['sums', 'scales'], 'ofFeatures'),
  node('Add', ['ofFeatures', 'biases'], 'biased'),
  node('MatMul', ['dense', 'denseWeights'], 'ofSignals'),
  node('Add', ['biased', 'ofSignals'], 'margins'),
]

/** From the margins of tones to what is mixed of them. */
function toneNodes(margins: string): Uint8Array[] {
  return [
    node('Mul', [margins, 'half'], 'halved'),
    node('Tanh', ['halved'], 'squash'),
    node('Sub', ['squash', margins], 'squashing'),
    node('Mul', ['squashing', 'squashed'], 'squashedOnly'),
    node('Add', [margins, 'squashedOnly'], 'toneValues'),
  ]
}

const singleGraph: GraphPart = {
  nodes: [
    ...toneNodes('margins'),
    node('MatMul', ['toneValues', 'experts'], 'trusted'),
    node('Add', ['trusted', 'offsets'], 'margin'),
  ],
  initializers: [],
}

function mixtureGraph({ tones, heads }: HeadsModel): GraphPart {
  return {
    nodes: [
      node('Slice', ['margins', 'zero', 'tones', 'columns'], 'toneMargins'),
      ...toneNodes('toneMargins'),
      node('Slice', ['margins', 'tones', 'heads', 'columns'], 'registerMargins'),
      node('Softmax', ['registerMargins'], 'shares'),
      node('MatMul', ['toneValues', 'experts'], 'trusted'),
      node('Add', ['trusted', 'offsets'], 'byRegister'),
      node('Mul', ['byRegister', 'shares'], 'shared'),
      node('ReduceSum', ['shared', 'columns'], 'margin', [keepDimensions(true)]),
    ],
    initializers: [
      int64Tensor('zero', [0]),
      int64Tensor('tones', [tones]),
      int64Tensor('heads', [heads.length]),
    ],
  }
}

/** `[a][b]` in rows of `width` as `[b][a]`. */
function transposed(matrix: Float32Array, width: number): Float32Array {
  const height = matrix.length / width
  return Float32Array.from(matrix, (_, at) => matrix[(at % height) * width + Math.floor(at / height)]!)
}

function bytesOf(data: Int8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function keepDimensions(keep: boolean): Uint8Array {
  return encodeMessage([
    [1, 'keepdims'],
    [3, keep ? 1 : 0],
    [20, 2],
  ])
}

interface GraphPart {
  readonly nodes: readonly Uint8Array[]
  readonly initializers: readonly Uint8Array[]
}

function sigmoidGraph(): GraphPart {
  return { nodes: [node('Sigmoid', ['margin'], 'score')], initializers: [] }
}

function piecewiseGraph(link: Extract<Link, { form: 'piecewise' }>): GraphPart {
  return {
    nodes: [
      node('Sub', ['margin', 'knots'], 'distances'),
      node('Relu', ['distances'], 'above'),
      node('Mul', ['above', 'slopes'], 'rises'),
      node('ReduceSum', ['rises', 'columns'], 'rise'),
      node('Add', ['rise', 'min'], 'unbounded'),
      node('Clip', ['unbounded', 'min', 'max'], 'score'),
    ],
    initializers: [
      onnxFloats('knots', [link.knots.length], link.knots),
      onnxFloats('slopes', [link.slopes.length], link.slopes),
      onnxFloats('min', [], [link.min]),
      onnxFloats('max', [], [link.max]),
    ],
  }
}

function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[] = [],
) {
  return encodeMessage([
    ...inputs.map((input): Field => [1, input]),
    [2, output],
    [3, output],
    [4, operator],
    ...attributes.map((attribute): Field => [5, attribute]),
  ])
}

function tensorOf(name: string, type: number, dims: readonly number[], raw: Uint8Array): Uint8Array {
  return encodeMessage([...dims.map((dim): Field => [1, dim]), [2, type], [8, name], [9, raw]])
}

function int64Tensor(name: string, data: readonly number[]): Uint8Array {
  const raw = Buffer.alloc(8 * data.length)
  data.forEach((value, i) => {
    raw.writeBigInt64LE(BigInt(value), 8 * i)
  })
  return tensorOf(name, INT64, [data.length], raw)
}

function decodeTensor(
  value: number | Uint8Array,
): { readonly name: string; readonly data: Float32Array | Int8Array } | null {
  const fields = value instanceof Uint8Array ? decodeMessage(value) : null
  const name = fields?.get(8)?.[0]
  const raw = fields?.get(9)?.[0]
  if (!(name instanceof Uint8Array && raw instanceof Uint8Array)) return null
  const named = (data: Float32Array | Int8Array) => ({ name: Buffer.from(name).toString('utf8'), data })
  const type = fields?.get(2)?.[0]
  // A copy of its own, so that the weights do not keep the whole file in memory.
  if (type === INT8) return named(Int8Array.from(new Int8Array(raw.buffer, raw.byteOffset, raw.byteLength)))
  if (type !== FLOAT) return null
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const data = new Float32Array(Math.floor(raw.byteLength / 4))
  for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(4 * i, true)
  return named(data)
}
