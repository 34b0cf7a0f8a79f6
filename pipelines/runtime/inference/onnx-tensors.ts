import { decodeMessage, encodeMessage, type Field } from './protobuf.ts'

/** Pieces of ONNX's messages (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that writers of graphs share. */

const FLOAT = 1
const INT8 = 3
export const INT64 = 7
const INT_ATTRIBUTE = 2

export function onnxNode(operator: string, inputs: readonly string[], output: string): Uint8Array {
  return encodeMessage([...inputs.map((input): Field => [1, input]), [2, output], [3, output], [4, operator]])
}

/** The input as floats. */
export function onnxCast(input: string, output: string): Uint8Array {
  const to = encodeMessage([
    [1, 'to'],
    [3, FLOAT],
    [20, INT_ATTRIBUTE],
  ])
  return encodeMessage([
    [1, input],
    [2, output],
    [3, output],
    [4, 'Cast'],
    [5, to],
  ])
}

export function onnxFloats(name: string, dims: readonly number[], values: ArrayLike<number>): Uint8Array {
  const raw = Buffer.alloc(4 * values.length)
  for (let i = 0; i < values.length; i++) raw.writeFloatLE(values[i]!, 4 * i)
  return encodeMessage([...dims.map((dim): Field => [1, dim]), [2, FLOAT], [8, name], [9, raw]])
}

export function onnxBytes(name: string, dims: readonly number[], values: Int8Array): Uint8Array {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return encodeMessage([...dims.map((dim): Field => [1, dim]), [2, INT8], [8, name], [9, raw]])
}

/** An input or output, of floats unless stated; a dimension with a name may have any size. */
export function onnxValue(name: string, dims: readonly (string | number)[], type = FLOAT): Uint8Array {
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

export function onnxModel(graph: readonly Field[], opset = 13): Uint8Array {
  const operators = encodeMessage([
    [1, ''],
    [2, opset],
  ])
  return encodeMessage([
    [1, 8],
    [2, 'nicr'],
    [7, encodeMessage(graph)],
    [8, operators],
  ])
}

/** Initializers by name, of floats and of signed bytes. */
export interface OnnxTensors {
  readonly floats: ReadonlyMap<string, Float32Array>
  readonly bytes: ReadonlyMap<string, Int8Array>
}

/** null where the bytes are no ONNX file. */
export function tensorsOf(model: Uint8Array): OnnxTensors | null {
  const graph = decodeMessage(model)?.get(7)?.[0]
  const fields = graph instanceof Uint8Array ? decodeMessage(graph) : null
  if (fields === null) return null
  const floats = new Map<string, Float32Array>()
  const bytes = new Map<string, Int8Array>()
  for (const value of fields.get(5) ?? []) {
    const tensor = value instanceof Uint8Array ? decodeMessage(value) : null
    const [name, raw] = [tensor?.get(8)?.[0], tensor?.get(9)?.[0]]
    if (!(name instanceof Uint8Array && raw instanceof Uint8Array)) continue
    const called = Buffer.from(name).toString('utf8')
    if (tensor?.get(2)?.[0] === INT8) bytes.set(called, Int8Array.from(raw))
    else floats.set(called, littleEndianFloats(raw))
  }
  return { floats, bytes }
}

function littleEndianFloats(raw: Uint8Array): Float32Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  return Float32Array.from({ length: Math.floor(raw.byteLength / 4) }, (_, i) => view.getFloat32(4 * i, true))
}
