import {
  bytesOf,
  constantNode,
  constantOf,
  floatAttribute,
  type Graph,
  graphOf,
  intsOf,
  type Node,
  nodeOf,
} from './onnx-nodes.ts'
import { decodeMessage, encodeMessage, type Field } from './protobuf.ts'

/**
 * Rewrites an ONNX graph so that onnxruntime passes over the pictures' layers less often; what it computes stays the same but
 * for rounding. The PP-OCR networks follow each convolution by a learned scale and shift (MobileOne, Vasu et al. 2022), a hard
 * swish (Howard et al. 2019) and a second scale and shift (PP-LCNetV3), exported as eight passes over all values. The first
 * two are folded into the convolution, the swish's four become two, and the last two are folded into the convolution after
 * them, or become one that onnxruntime does in its blocked layout instead of turning the layer to plain rows and back.
 */

/** Fields of ONNX's messages (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
const MODEL_GRAPH = 7
const GRAPH_NODE = 1
const GRAPH_OUTPUT = 12
const OUTPUT_NAME = 1

/** @returns the model's bytes; those given where nothing is found to be fused */
export function fuseActivations(model: Uint8Array): Uint8Array {
  const graphBytes = decodeMessage(model)?.get(MODEL_GRAPH)?.[0] as Uint8Array | undefined
  const graph = graphBytes === undefined ? null : decodeMessage(graphBytes)
  if (graph === null) return model
  const nodes = (graph.get(GRAPH_NODE) ?? []).map(bytes => nodeOf(bytes as Uint8Array))
  const outputs = (graph.get(GRAPH_OUTPUT) ?? []).map(bytes => decodeMessage(bytes as Uint8Array)!)
  const read = outputs.map(output => Buffer.from(output.get(OUTPUT_NAME)![0] as Uint8Array).toString())
  // What the model answers counts as read, so that it is not fused away.
  const answer: Node = { operator: '', inputs: read, outputs: [], attributes: [] }
  const steps = [foldScales, fuseSwishes, foldShifts, fuseGates]
  const fused = withoutUnread(steps.reduce((list, step) => step(list), [...nodes, answer])).filter(
    ({ outputs }) => outputs.length > 0,
  )
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

/** Scale and shift → into the convolutions that read them, or one batch normalisation where their padding forbids it. */
function foldShifts(nodes: readonly Node[]): Node[] {
  const graph = graphOf(nodes)
  const replaced = new Map<Node, readonly Node[]>()
  for (const scale of nodes) {
    const shift = scale.operator === 'Mul' ? onlyReader(graph, scale, 'Add') : null
    const x = scale.inputs.find(name => constantOf(graph, name) === null)
    if (shift === null || x === undefined) continue
    const by = numberBeside(graph, scale, { outputs: [x] })
    const plus = numberBeside(graph, shift, scale)
    if (by === null || plus === null) continue
    const convs = graph.readers.get(shift.outputs[0]!) ?? []
    const folded = convs.map(conv => withShiftedInput(graph, conv, { x, by, plus }))
    const channels = channelsOf(graph, x)
    if (folded.every(list => list !== null)) {
      replaced.set(shift, [])
      for (const [i, list] of folded.entries()) replaced.set(convs[i]!, list)
    } else if (channels !== null) replaced.set(shift, normalisation(x, shift.outputs[0]!, channels, by, plus))
    else continue
    replaced.set(scale, [])
  }
  return nodes.flatMap(node => replaced.get(node) ?? [node])
}

/** A convolution of x · by + plus, as one of x; null where it pads, with zeros that are not scaled and shifted. */
function withShiftedInput(
  graph: Graph,
  conv: Node,
  { x, by, plus }: { readonly x: string; readonly by: number; readonly plus: number },
): Node[] | null {
  if (conv.operator !== 'Conv' || intsOf(conv, 'pads').some(pad => pad !== 0)) return null
  const weight = constantOf(graph, conv.inputs[1])
  const bias = conv.inputs[2] === undefined ? undefined : constantOf(graph, conv.inputs[2])
  if (weight === null || bias === null) return null
  const channels = weight.dims[0]!
  const each = weight.values.length / channels
  const biases = Float32Array.from({ length: channels }, (_, channel) => {
    const own = weight.values.subarray(channel * each, (channel + 1) * each)
    return (bias?.values[channel] ?? 0) + plus * own.reduce((sum, value) => sum + value, 0)
  })
  const names = [`${conv.outputs[0]}.scaled`, `${conv.outputs[0]}.shifted`] as const
  return [
    constantNode(names[0], { dims: weight.dims, values: weight.values.map(value => value * by) }),
    constantNode(names[1], { dims: [channels], values: biases }),
    { ...conv, inputs: [x, ...names] },
  ]
}

function normalisation(x: string, output: string, channels: number, by: number, plus: number): Node[] {
  const parts = { scale: by, shift: plus, mean: 0, variance: 1 }
  const constants = Object.entries(parts).map(([part, value]) =>
    constantNode(`${output}.${part}`, { dims: [channels], values: new Float32Array(channels).fill(value) }),
  )
  const inputs = [x, ...constants.flatMap(({ outputs }) => outputs)]
  const attributes = [floatAttribute('epsilon', 0)]
  return [...constants, { operator: 'BatchNormalization', inputs, outputs: [output], attributes }]
}

/** Of what convolutions make and passes over it keep; null where it is not known. */
function channelsOf(graph: Graph, name: string): number | null {
  const maker = graph.makers.get(name)
  if (maker?.operator === 'Conv') return constantOf(graph, maker.inputs[1])?.dims[0] ?? null
  return maker?.operator === 'Mul' ? channelsOf(graph, maker.inputs[0]!) : null
}

/** x + x · gate → x · (gate + 1): the gate has one value a channel (squeeze and excitation, Hu et al. 2018). */
function fuseGates(nodes: readonly Node[]): Node[] {
  const graph = graphOf(nodes)
  const replaced = new Map<Node, readonly Node[]>()
  for (const times of nodes) {
    const add = times.operator === 'Mul' ? onlyReader(graph, times, 'Add') : null
    const x = times.inputs.find(name => add?.inputs.includes(name))
    const gate = times.inputs.find(name => name !== x)
    if (add === null || x === undefined || gate === undefined) continue
    if (graph.makers.get(gate)?.operator !== 'HardSigmoid') continue
    const [one, more] = [`${gate}.one`, `${gate}.more`]
    replaced.set(times, [])
    replaced.set(add, [
      constantNode(one, { dims: [1], values: Float32Array.of(1) }),
      { operator: 'Add', inputs: [gate, one], outputs: [more], attributes: [] },
      { operator: 'Mul', inputs: [x, more], outputs: add.outputs, attributes: [] },
    ])
  }
  return nodes.flatMap(node => replaced.get(node) ?? [node])
}

/** Constants of what was fused away. */
function withoutUnread(nodes: readonly Node[]): Node[] {
  const { readers } = graphOf(nodes)
  return nodes.filter(({ operator, outputs }) => operator !== 'Constant' || readers.has(outputs[0]!))
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
