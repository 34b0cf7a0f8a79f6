import type { LinearTextModel, Link } from '../../../processors/text/linear.ts'
import { fromFloat16Bits, toFloat16Bits } from './float16.ts'
import { decodeMessage, encodeMessage, type Field } from './protobuf.ts'

/**
 * The hashed linear family as an ONNX graph (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), and back:
 *
 *   indices int64 [rows, width] ─ Gather(weights) ─ Cast ─┐
 *   values float [rows, width] ───────────────────────── Mul ─ ReduceSum ─ Add(bias) = margin [rows, 1]
 *   sigmoid:   margin ─ Sigmoid = score
 *   piecewise: margin ─ Sub(knots) ─ Relu ─ Mul(slopes) ─ ReduceSum ─ Add(min) ─ Clip(min, max) = score
 *
 * Rows shorter than `width` are filled up with values of 0. Weights are half precision; everything else is float.
 */
const IR_VERSION = 8
const OPSET_VERSION = 13

const FLOAT = 1
const INT64 = 7
const FLOAT16 = 10

/** The bytes of `model.onnx`: the same for the same model. */
export function encodeLinearTextModel(model: LinearTextModel, name: string): Uint8Array {
  const { nodes, initializers } = model.link.form === 'sigmoid' ? sigmoidGraph() : piecewiseGraph(model.link)
  const graph: Field[] = [
    ...[...marginNodes, ...nodes].map((node): Field => [1, node]),
    [2, name],
    [5, float16Tensor('weights', model.weights)],
    [5, floatTensor('bias', [1], [model.bias])],
    [5, int64Tensor('columns', [1])],
    ...initializers.map((tensor): Field => [5, tensor]),
    [11, valueInfo('indices', INT64, ['rows', 'width'])],
    [11, valueInfo('values', FLOAT, ['rows', 'width'])],
    [12, valueInfo('score', FLOAT, ['rows', 1])],
  ]
  const opset = encodeMessage([
    [1, ''],
    [2, OPSET_VERSION],
  ])
  return encodeMessage([
    [1, IR_VERSION],
    [2, 'nicr'],
    [7, encodeMessage(graph)],
    [8, opset],
  ])
}

/** The model in the bytes, as rounded as it was stored; or what is wrong with them, in words. */
export function decodeLinearTextModel(bytes: Uint8Array): LinearTextModel | string {
  const graph = decodeMessage(bytes)?.get(7)?.[0]
  const fields = graph instanceof Uint8Array ? decodeMessage(graph) : null
  if (fields === null) return 'is not an ONNX file'
  const tensors = new Map<string, Float32Array>()
  for (const value of fields.get(5) ?? []) {
    const tensor = decodeTensor(value)
    if (tensor !== null) tensors.set(tensor.name, tensor.data)
  }
  const weights = tensors.get('weights')
  const bias = tensors.get('bias')?.[0]
  if (weights === undefined || bias === undefined) return 'lacks the tensors weights and bias'
  if (!(Number.isFinite(bias) && weights.every(Number.isFinite)))
    return 'has a weight that is not a finite number'
  const link = decodeLink(tensors)
  return typeof link === 'string' ? link : { weights, bias, link }
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
  node('Cast', ['gathered'], 'weight', [
    encodeMessage([
      [1, 'to'],
      [3, FLOAT],
      [20, 2],
    ]),
  ]),
  node('Mul', ['weight', 'values'], 'parts'),
  node('ReduceSum', ['parts', 'columns'], 'sum'),
  node('Add', ['sum', 'bias'], 'margin'),
]

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
      floatTensor('knots', [link.knots.length], link.knots),
      floatTensor('slopes', [link.slopes.length], link.slopes),
      floatTensor('min', [], [link.min]),
      floatTensor('max', [], [link.max]),
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

function valueInfo(name: string, type: number, dims: readonly (string | number)[]): Uint8Array {
  const shape = encodeMessage(
    dims.map((dim): Field => [1, encodeMessage([typeof dim === 'number' ? [1, dim] : [2, dim]])]),
  )
  const tensor = encodeMessage([
    [1, type],
    [2, shape],
  ])
  return encodeMessage([
    [1, name],
    [2, encodeMessage([[1, tensor]])],
  ])
}

function tensorOf(name: string, type: number, dims: readonly number[], raw: Uint8Array): Uint8Array {
  return encodeMessage([...dims.map((dim): Field => [1, dim]), [2, type], [8, name], [9, raw]])
}

function floatTensor(name: string, dims: readonly number[], data: readonly number[]): Uint8Array {
  const raw = Buffer.alloc(4 * data.length)
  data.forEach((value, i) => {
    raw.writeFloatLE(value, 4 * i)
  })
  return tensorOf(name, FLOAT, dims, raw)
}

function float16Tensor(name: string, data: Float32Array): Uint8Array {
  const raw = Buffer.alloc(2 * data.length)
  data.forEach((value, i) => {
    raw.writeUInt16LE(toFloat16Bits(value), 2 * i)
  })
  return tensorOf(name, FLOAT16, [data.length], raw)
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
): { readonly name: string; readonly data: Float32Array } | null {
  const fields = value instanceof Uint8Array ? decodeMessage(value) : null
  const name = fields?.get(8)?.[0]
  const raw = fields?.get(9)?.[0]
  if (!(name instanceof Uint8Array && raw instanceof Uint8Array)) return null
  const type = fields?.get(2)?.[0]
  if (type !== FLOAT && type !== FLOAT16) return null
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const size = type === FLOAT ? 4 : 2
  const data = new Float32Array(Math.floor(raw.byteLength / size))
  for (let i = 0; i < data.length; i++)
    data[i] = type === FLOAT ? view.getFloat32(4 * i, true) : fromFloat16Bits(view.getUint16(2 * i, true))
  return { name: Buffer.from(name).toString('utf8'), data }
}
