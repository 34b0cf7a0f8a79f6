import { decodeMessage, encodeMessage, type Field } from './protobuf.ts'

/** Fields of ONNX's messages (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
const MODEL_GRAPH = 7
const GRAPH_OUTPUT = 12
const FLOAT = 1

/**
 * The model with more of its inner values as outputs, floats of any shape, after those that it has.
 * @returns null where the bytes are no model
 */
export function exposeOutputs(model: Uint8Array, names: readonly string[]): Uint8Array | null {
  const fields = decodeMessage(model)
  const graph = fields?.get(MODEL_GRAPH)?.[0]
  if (fields === null || !(graph instanceof Uint8Array)) return null
  const outputs = names.map((name): Field => [GRAPH_OUTPUT, outputOf(name)])
  // Fields of one message may lie in several pieces, which readers join.
  const exposed = Buffer.concat([graph, encodeMessage(outputs)])
  return encodeMessage(
    [...fields].flatMap(([number, values]) =>
      values.map((value): Field => [number, number === MODEL_GRAPH ? exposed : value]),
    ),
  )
}

function outputOf(name: string): Uint8Array {
  const tensor = encodeMessage([[1, FLOAT]])
  return encodeMessage([
    [1, name],
    [2, encodeMessage([[1, tensor]])],
  ])
}
