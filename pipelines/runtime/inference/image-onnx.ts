import {
  CENTRE_STEP,
  DEVIATIONS_MAX,
  FAMILIAR_HALF,
  type ImageNet,
  NEARNESS,
  UNFAMILIAR,
} from '../../../processors/images/image-net.ts'
import { onnxBytes, onnxCast, onnxFloats, onnxModel, onnxNode, onnxValue, tensorsOf } from './onnx-tensors.ts'
import type { Field } from './protobuf.ts'

/**
 * The family `image-features` as an ONNX graph, and back:
 *
 *   features float [rows, features] ─ Sub(means) ─ Mul(scales) ─ Clip = inputs
 *   inputs ─ MatMul(centres, 8 bits) ─ Mul(double) ─ Sub(narrowed squares of inputs) ─ Sub(squares of centres) ─ Exp = likeness
 *   likeness ─ Pow(nearness) ─ MatMul(ones) = near; near ─ Div(near + half) = familiar
 *   likeness ─ MatMul(outputs) ─ Add(bias) ─ Sub(unfamiliar) ─ Mul(familiar) ─ Add(unfamiliar) ─┐
 *   inputs ─ MatMul(linear) ─────────────────────────────────────────────────────────────────── Add ─ Add(offset) ─ Sigmoid = score [rows, 1]
 */
export function encodeImageNet(net: ImageNet, name: string): Uint8Array {
  const features = net.means.length
  const count = net.outputs.length
  const nodes = [
    onnxNode('Sub', ['features', 'means'], 'centred'),
    onnxNode('Mul', ['centred', 'scales'], 'scaled'),
    onnxNode('Clip', ['scaled', 'low', 'high'], 'inputs'),
    // Not DequantizeLinear: onnxruntime would put it and MatMul together as a product of bytes, and round the inputs too.
    onnxCast('centres', 'steps'),
    onnxNode('Mul', ['steps', 'step'], 'known'),
    onnxNode('MatMul', ['inputs', 'known'], 'products'),
    onnxNode('Mul', ['products', 'double'], 'doubled'),
    onnxNode('Mul', ['inputs', 'inputs'], 'squared'),
    onnxNode('MatMul', ['squared', 'narrowness'], 'squares'),
    onnxNode('Sub', ['doubled', 'squares'], 'less'),
    onnxNode('Sub', ['less', 'squaresOfCentres'], 'exponent'),
    onnxNode('Exp', ['exponent'], 'likeness'),
    onnxNode('MatMul', ['likeness', 'outputs'], 'ofCentres'),
    onnxNode('Add', ['ofCentres', 'bias'], 'looks'),
    onnxNode('Sub', ['looks', 'unfamiliar'], 'above'),
    onnxNode('Pow', ['likeness', 'nearness'], 'powers'),
    onnxNode('MatMul', ['powers', 'ones'], 'near'),
    onnxNode('Add', ['near', 'half'], 'nearAndHalf'),
    onnxNode('Div', ['near', 'nearAndHalf'], 'familiar'),
    onnxNode('Mul', ['above', 'familiar'], 'familiarLooks'),
    onnxNode('Add', ['familiarLooks', 'unfamiliar'], 'ofLooks'),
    onnxNode('MatMul', ['inputs', 'linear'], 'ofInputs'),
    onnxNode('Add', ['ofLooks', 'ofInputs'], 'both'),
    onnxNode('Add', ['both', 'offset'], 'margin'),
    onnxNode('Sigmoid', ['margin'], 'score'),
  ]
  const tensors = [
    onnxFloats('means', [features], net.means),
    onnxFloats('scales', [features], net.scales),
    onnxFloats('low', [], [-DEVIATIONS_MAX]),
    onnxFloats('high', [], [DEVIATIONS_MAX]),
    onnxBytes('centres', [features, count], net.centres),
    onnxFloats('step', [], [CENTRE_STEP]),
    onnxFloats('double', [], [2 * net.narrowness]),
    onnxFloats('narrowness', [features, 1], new Float32Array(features).fill(net.narrowness)),
    onnxFloats('squaresOfCentres', [count], narrowedSquares(net)),
    onnxFloats('outputs', [count, 1], net.outputs),
    onnxFloats('bias', [], [net.bias]),
    onnxFloats('nearness', [], [NEARNESS]),
    onnxFloats('ones', [count, 1], new Float32Array(count).fill(1)),
    onnxFloats('half', [], [FAMILIAR_HALF]),
    onnxFloats('unfamiliar', [], [UNFAMILIAR]),
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

function narrowedSquares({ centres, outputs, narrowness }: ImageNet): Float32Array {
  const squares = new Float64Array(outputs.length)
  for (let at = 0; at < centres.length; at++) squares[at % outputs.length]! += centres[at]! ** 2
  return Float32Array.from(squares, square => narrowness * CENTRE_STEP * CENTRE_STEP * square)
}

/** The network in the bytes; or what is wrong with them, in words. */
export function decodeImageNet(bytes: Uint8Array): ImageNet | string {
  const tensors = tensorsOf(bytes)
  if (tensors === null) return 'is not an ONNX file'
  const { floats, bytes: whole } = tensors
  const [means, scales, linear] = [floats.get('means'), floats.get('scales'), floats.get('linear')]
  const [outputs, centres] = [floats.get('outputs'), whole.get('centres')]
  const [narrowness, bias, offset] = ['narrowness', 'bias', 'offset'].map(name => floats.get(name)?.[0])
  if (!means || !scales || !linear || !outputs || !centres)
    return 'lacks a tensor of means, scales, centres, outputs or linear'
  if (narrowness === undefined || bias === undefined || offset === undefined)
    return 'lacks narrowness, bias or offset'
  const fits = scales.length === means.length && linear.length === means.length
  if (!fits || centres.length !== means.length * outputs.length) return 'has tensors that do not fit'
  const all = [means, scales, outputs, linear, [narrowness, bias, offset]]
  if (!all.every(tensor => [...tensor].every(Number.isFinite)))
    return 'has a weight that is not a finite number'
  return { means, scales, centres, narrowness, outputs, bias, linear, offset }
}
