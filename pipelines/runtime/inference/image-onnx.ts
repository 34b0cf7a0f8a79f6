import { DEVIATIONS_MAX, type ImageNet } from '../../../processors/images/image-net.ts'
import { floatsOf, onnxFloats, onnxModel, onnxNode, onnxValue } from './onnx-tensors.ts'
import type { Field } from './protobuf.ts'

/**
 * The family `image-features` as an ONNX graph, and back:
 *
 *   features float [rows, features] ─ Sub(means) ─ Mul(scales) ─ Clip = inputs
 *   inputs ─ MatMul(hidden) ─ Add(thresholds) ─ Relu ─ MatMul(outputs) ─┐
 *   inputs ─ MatMul(linear) ─────────────────────────────────────────── Add ─ Add(offset) ─ Sigmoid = score [rows, 1]
 */
export function encodeImageNet(net: ImageNet, name: string): Uint8Array {
  const features = net.means.length
  const units = net.thresholds.length
  const nodes = [
    onnxNode('Sub', ['features', 'means'], 'centred'),
    onnxNode('Mul', ['centred', 'scales'], 'scaled'),
    onnxNode('Clip', ['scaled', 'low', 'high'], 'inputs'),
    onnxNode('MatMul', ['inputs', 'hidden'], 'sums'),
    onnxNode('Add', ['sums', 'thresholds'], 'raised'),
    onnxNode('Relu', ['raised'], 'units'),
    onnxNode('MatMul', ['units', 'outputs'], 'ofUnits'),
    onnxNode('MatMul', ['inputs', 'linear'], 'ofInputs'),
    onnxNode('Add', ['ofUnits', 'ofInputs'], 'both'),
    onnxNode('Add', ['both', 'offset'], 'margin'),
    onnxNode('Sigmoid', ['margin'], 'score'),
  ]
  const tensors = [
    onnxFloats('means', [features], net.means),
    onnxFloats('scales', [features], net.scales),
    onnxFloats('low', [], [-DEVIATIONS_MAX]),
    onnxFloats('high', [], [DEVIATIONS_MAX]),
    onnxFloats('hidden', [features, units], net.hidden),
    onnxFloats('thresholds', [units], net.thresholds),
    onnxFloats('outputs', [units, 1], net.outputs),
    onnxFloats('linear', [features, 1], net.linear),
    onnxFloats('offset', [], [net.offset]),
  ]
  return onnxModel([
    ...nodes.map((node): Field => [1, node]),
    [2, name],
    ...tensors.map((tensor): Field => [5, tensor]),
    [11, onnxValue('features', ['rows', features])],
    [12, onnxValue('score', ['rows', 1])],
  ])
}

/** The network in the bytes; or what is wrong with them, in words. */
export function decodeImageNet(bytes: Uint8Array): ImageNet | string {
  const tensors = floatsOf(bytes)
  if (tensors === null) return 'is not an ONNX file'
  const [means, scales, hidden] = [tensors.get('means'), tensors.get('scales'), tensors.get('hidden')]
  const [thresholds, outputs, linear] = [
    tensors.get('thresholds'),
    tensors.get('outputs'),
    tensors.get('linear'),
  ]
  const offset = tensors.get('offset')?.[0]
  if (!means || !scales || !hidden || !thresholds || !outputs || !linear || offset === undefined)
    return 'lacks a tensor of means, scales, hidden, thresholds, outputs, linear or offset'
  const fits =
    scales.length === means.length && linear.length === means.length && outputs.length === thresholds.length
  if (!fits || hidden.length !== means.length * thresholds.length) return 'has tensors that do not fit'
  const all = [means, scales, hidden, thresholds, outputs, linear]
  if (!Number.isFinite(offset) || !all.every(tensor => tensor.every(Number.isFinite)))
    return 'has a weight that is not a finite number'
  return { means, scales, hidden, thresholds, outputs, linear, offset }
}
