import { Tensor } from 'onnxruntime-node'
import type { Raster } from '../../../processors/images/raster.ts'
import { resizeRaster } from '../../../processors/images/resize.ts'
import type { TextMap } from '../../../processors/images/text-regions.ts'
import { openOcrModel } from './onnx-session.ts'

/** PP-OCRv4's detector of text lines. */
export interface TextDetector {
  /**
   * @param pixels that the picture is scaled down to at most; the time taken is in proportion
   * @returns a map of the whole picture, at the scale it was looked at
   */
  detect(image: Raster, pixels: number): Promise<TextMap>
  close(): Promise<void>
}

const MODEL = 'ch_PP-OCRv4_det_infer.onnx'
/** The network halves its input five times. */
const STRIDE = 32
/** By channel, as the model was trained: on pictures in the order blue, green, red. */
const MEANS = [0.485, 0.456, 0.406]
const DEVIATIONS = [0.229, 0.224, 0.225]

export async function openTextDetector(): Promise<TextDetector> {
  const session = await openOcrModel(MODEL)
  return {
    async detect(image, pixels) {
      const input = detectorInput(image, pixels)
      const outputs = await session.run({ [session.inputNames[0]!]: input })
      const data = outputs[session.outputNames[0]!]!.data as Float32Array
      return { width: input.dims[3]!, height: input.dims[2]!, data }
    },
    close: () => session.release(),
  }
}

/** 1 × 3 × height × width, sides in whole strides. */
function detectorInput(image: Raster, pixels: number): Tensor {
  const scale = Math.min(1, Math.sqrt(pixels / (image.width * image.height)))
  const side = (length: number) => STRIDE * Math.max(1, Math.round((length * scale) / STRIDE))
  return planes(resizeRaster(image, side(image.width), side(image.height)), MEANS, DEVIATIONS)
}

/** The picture as blue, green and red planes, each value less the mean, in deviations. */
export function planes(
  { width, height, channels, data }: Raster,
  means: readonly number[],
  deviations: readonly number[],
): Tensor {
  const size = width * height
  const values = new Float32Array(3 * size)
  for (let plane = 0; plane < 3; plane++) {
    const scale = 1 / (255 * deviations[plane]!)
    const shift = means[plane]! / deviations[plane]!
    const from = channels === 1 ? 0 : 2 - plane
    for (let i = 0; i < size; i++) values[plane * size + i] = data[i * channels + from]! * scale - shift
  }
  return new Tensor('float32', values, [1, 3, height, width])
}
