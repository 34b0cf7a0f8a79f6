import { decodeMessage, encodeMessage, type Field } from './protobuf.ts'

/**
 * Rewrites an ONNX graph so that onnxruntime passes over the pictures' layers less often; what it computes stays the same but
 * for rounding. The PP-OCR networks follow each convolution by a learned scale and shift (MobileOne, Vasu et al. 2022) and a
 * hard swish (Howard et al. 2019), exported as six passes over all values: the first two are folded into the convolution,
 * and the other four become two.
 */

/** Fields of ONNX's messages (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
const MODEL_GRAPH = 7
const GRAPH_NODE = 1
const NODE = { input: 1, output: 2, operator: 4, attribute: 5 } as const
const ATTRIBUTE = { name: 1, float: 2, tensor: 5, type: 20 } as const
const TENSOR = { dims: 1, type: 2, raw: 9 } as const
const FLOAT = 1
const FLOAT_ATTRIBUTE = 1
const TENSOR_ATTRIBUTE = 4

interface Node {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly Uint8Array[]
}

interface Constant {
  readonly dims: readonly number[]
  readonly values: Float32Array
}

interface Graph {
  readonly nodes: readonly Node[]
  /** The nodes that read a value. */
  readonly readers: ReadonlyMap<string, readonly Node[]>
  readonly makers: ReadonlyMap<string, Node>
}

/** @returns the model's bytes; those given where nothing is found to be fused */
export function fuseActivations(model: Uint8Array): Uint8Array {
  const graphBytes = decodeMessage(model)?.get(MODEL_GRAPH)?.[0] as Uint8Array | undefined
  const graph = graphBytes === undefined ? null : decodeMessage(graphBytes)
  if (graph === null) return model
  const nodes = (graph.get(GRAPH_NODE) ?? []).map(bytes => nodeOf(bytes as Uint8Array))
  const fused = withoutUnread(fuseSwishes(foldScales(nodes)))
  const rest = [...graph].filter(([number]) => number !== GRAPH_NODE)
  const bytes = encodeMessage([
    ...fused.map((node): Field => [GRAPH_NODE, bytesOf(node)]),
    ...rest.flatMap(([number, values]) => values.map((value): Field => [number, value])),
  ])
  const fields = [...decodeMessage(model)!].flatMap(([number, values]) =>
    values.map((value): Field => [number, number === MODEL_GRAPH ? bytes : value]),
  )
  return encodeMessage(fields)
}

/** Convolution × scale + shift → convolution, where nothing else reads what is between. */
function foldScales(nodes: readonly Node[]): Node[] {
  const graph = graphOf(nodes)
  const replaced = new Map<Node, readonly Node[]>()
  for (const conv of nodes) {
    if (conv.operator !== 'Conv') continue
    const scale = onlyReader(graph, conv, 'Mul')
    const shift = scale === null ? null : onlyReader(graph, scale, 'Add')
    if (scale === null || shift === null) continue
    const [by, plus] = [numberBeside(graph, scale, conv), numberBeside(graph, shift, scale)]
    const weight = constantOf(graph, conv.inputs[1])
    const bias = conv.inputs[2] === undefined ? undefined : constantOf(graph, conv.inputs[2])
    if (by === null || plus === null || weight === null || bias === null) continue
    const channels = weight.dims[0]!
    const biases = bias?.values ?? new Float32Array(channels)
    const output = shift.outputs[0]!
    replaced.set(conv, [])
    replaced.set(scale, [])
    replaced.set(shift, [
      constantNode(`${output}.weight`, { dims: weight.dims, values: weight.values.map(value => value * by) }),
      constantNode(`${output}.bias`, { dims: [channels], values: biases.map(value => value * by + plus) }),
      { ...conv, inputs: [conv.inputs[0]!, `${output}.weight`, `${output}.bias`], outputs: [output] },
    ])
  }
  return nodes.flatMap(node => replaced.get(node) ?? [node])
}

/** x · clip(x + 3, 0, 6) / 6 → x · HardSigmoid(x). */
function fuseSwishes(nodes: readonly Node[]): Node[] {
  const graph = graphOf(nodes)
  const replaced = new Map<Node, readonly Node[]>()
  for (const divide of nodes) {
    if (divide.operator !== 'Div' || constantOf(graph, divide.inputs[1])?.values[0] !== 6) continue
    const times = graph.makers.get(divide.inputs[0]!)
    const clip = times?.inputs.map(name => graph.makers.get(name)).find(node => node?.operator === 'Clip')
    const add = clip && graph.makers.get(clip.inputs[0]!)
    if (times?.operator !== 'Mul' || clip === undefined || add?.operator !== 'Add') continue
    const x = times.inputs.find(name => name !== clip.outputs[0])
    const isSwish =
      x !== undefined && add.inputs.includes(x) && numberBeside(graph, add, { outputs: [x] }) === 3
    const isPrivate = [add, clip, times].every(node => graph.readers.get(node.outputs[0]!)?.length === 1)
    if (!isSwish || !isPrivate) continue
    const gate = `${divide.outputs[0]}.gate`
    const attributes = [floatAttribute('alpha', 1 / 6), floatAttribute('beta', 0.5)]
    for (const node of [add, clip, times]) replaced.set(node, [])
    replaced.set(divide, [
      { operator: 'HardSigmoid', inputs: [x], outputs: [gate], attributes },
      { operator: 'Mul', inputs: [x, gate], outputs: divide.outputs, attributes: [] },
    ])
  }
  return nodes.flatMap(node => replaced.get(node) ?? [node])
}

/** Constants of what was fused away. */
function withoutUnread(nodes: readonly Node[]): Node[] {
  const { readers } = graphOf(nodes)
  return nodes.filter(({ operator, outputs }) => operator !== 'Constant' || readers.has(outputs[0]!))
}

function graphOf(nodes: readonly Node[]): Graph {
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

function onlyReader({ readers }: Graph, { outputs }: Node, operator: string): Node | null {
  const [reader, ...others] = readers.get(outputs[0]!) ?? []
  return reader?.operator === operator && others.length === 0 ? reader : null
}

/** The number that a node combines another's output with; null where it is none, or not the same for all values. */
function numberBeside(graph: Graph, node: Node, other: Pick<Node, 'outputs'>): number | null {
  const name = node.inputs.find(input => input !== other.outputs[0])
  const values = constantOf(graph, name)?.values
  return values?.length === 1 ? values[0]! : null
}

function constantOf({ makers }: Graph, name: string | undefined): Constant | null {
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

function constantNode(output: string, { dims, values }: Constant): Node {
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

function floatAttribute(name: string, value: number): Uint8Array {
  return encodeMessage([
    [ATTRIBUTE.name, name],
    [ATTRIBUTE.float, { float32: value }],
    [ATTRIBUTE.type, FLOAT_ATTRIBUTE],
  ])
}

function nodeOf(bytes: Uint8Array): Node {
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

function bytesOf({ operator, inputs, outputs, attributes }: Node): Uint8Array {
  return encodeMessage([
    ...inputs.map((name): Field => [NODE.input, name]),
    ...outputs.map((name): Field => [NODE.output, name]),
    [NODE.operator, operator],
    ...attributes.map((attribute): Field => [NODE.attribute, attribute]),
  ])
}
