import { decodeMessage, encodeMessage, type Field } from './protobuf.ts'

/** Fields of ONNX's messages (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
const NODE = { input: 1, output: 2, operator: 4, attribute: 5 } as const
const ATTRIBUTE = { name: 1, float: 2, tensor: 5, ints: 8, type: 20 } as const
const TENSOR = { dims: 1, type: 2, raw: 9 } as const
const FLOAT = 1
const FLOAT_ATTRIBUTE = 1
const TENSOR_ATTRIBUTE = 4

export interface Node {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly Uint8Array[]
}

export interface Constant {
  readonly dims: readonly number[]
  readonly values: Float32Array
}

export interface Graph {
  readonly nodes: readonly Node[]
  /** The nodes that read a value. */
  readonly readers: ReadonlyMap<string, readonly Node[]>
  readonly makers: ReadonlyMap<string, Node>
}

export function graphOf(nodes: readonly Node[]): Graph {
  const readers = new Map<string, Node[]>()
  const makers = new Map<string, Node>()
  for (const node of nodes) {
    for (const name of node.outputs) makers.set(name, node)
    for (const name of node.inputs) {
      const list = readers.get(name)
      if (list === undefined) readers.set(name, [node])
      else list.push(node)
    }
  }
  return { nodes, readers, makers }
}

export function constantOf({ makers }: Graph, name: string | undefined): Constant | null {
  const node = name === undefined ? undefined : makers.get(name)
  if (node?.operator !== 'Constant') return null
  const tensor = decodeMessage(node.attributes[0]!)?.get(ATTRIBUTE.tensor)?.[0]
  const fields = tensor instanceof Uint8Array ? decodeMessage(tensor) : null
  const raw = fields?.get(TENSOR.raw)?.[0]
  if (!(raw instanceof Uint8Array) || fields?.get(TENSOR.type)?.[0] !== FLOAT) return null
  const dims = (fields.get(TENSOR.dims) ?? []).filter(dim => typeof dim === 'number')
  const values = new Float32Array(Uint8Array.from(raw).buffer)
  return dims.reduce((product, dim) => product * dim, 1) === values.length ? { dims, values } : null
}

export function constantNode(output: string, { dims, values }: Constant): Node {
  const tensor = encodeMessage([
    ...dims.map((dim): Field => [TENSOR.dims, dim]),
    [TENSOR.type, FLOAT],
    [TENSOR.raw, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)],
  ])
  const attribute = encodeMessage([
    [ATTRIBUTE.name, 'value'],
    [ATTRIBUTE.tensor, tensor],
    [ATTRIBUTE.type, TENSOR_ATTRIBUTE],
  ])
  return { operator: 'Constant', inputs: [], outputs: [output], attributes: [attribute] }
}

export function floatAttribute(name: string, value: number): Uint8Array {
  return encodeMessage([
    [ATTRIBUTE.name, name],
    [ATTRIBUTE.float, { float32: value }],
    [ATTRIBUTE.type, FLOAT_ATTRIBUTE],
  ])
}

/** Whole numbers of an attribute; none where the node lacks it. */
export function intsOf({ attributes }: Node, name: string): readonly number[] {
  const fields = attributes.map(bytes => decodeMessage(bytes)!)
  const attribute = fields.find(
    field => Buffer.from(field.get(ATTRIBUTE.name)![0] as Uint8Array).toString() === name,
  )
  return (attribute?.get(ATTRIBUTE.ints) ?? []) as readonly number[]
}

export function nodeOf(bytes: Uint8Array): Node {
  const fields = decodeMessage(bytes)!
  const list = (number: number) => (fields.get(number) ?? []) as readonly Uint8Array[]
  const names = (number: number) => list(number).map(name => Buffer.from(name).toString())
  return {
    operator: names(NODE.operator)[0] ?? '',
    inputs: names(NODE.input),
    outputs: names(NODE.output),
    attributes: list(NODE.attribute),
  }
}

export function bytesOf({ operator, inputs, outputs, attributes }: Node): Uint8Array {
  return encodeMessage([
    ...inputs.map((name): Field => [NODE.input, name]),
    ...outputs.map((name): Field => [NODE.output, name]),
    [NODE.operator, operator],
    ...attributes.map((attribute): Field => [NODE.attribute, attribute]),
  ])
}
