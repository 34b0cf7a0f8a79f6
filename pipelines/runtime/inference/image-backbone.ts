import { readFile } from 'node:fs/promises'
import type { Tensor } from 'onnxruntime-node'
import { DEEP_SIDE, type DeepView } from '../../../processors/images/image-features.ts'
import type { Raster } from '../../../processors/images/raster.ts'
import { resizeRaster } from '../../../processors/images/resize.ts'
import { exposeOutputs } from './expose-outputs.ts'
import { fuseActivations } from './onnx-fusion.ts'
import { ocrModelPath, openOnnxSession } from './onnx-session.ts'
import { detectorInput } from './text-detector.ts'

/** PP-OCRv4's text detector with layers of its backbone and its neck laid open. It is frozen: nothing here trains it. */
export interface ImageBackbone {
  /** @param image RGB or grey, any size; seen as a square */
  look(image: Raster): Promise<DeepView>
  close(): Promise<void>
}

const MODEL = 'ch_PP-OCRv4_det_infer.onnx'
/** Ends of the backbone's stages at a quarter to a thirty-second of the input, then what the neck makes of them all. */
const LEVELS = ['p2o.Add.43', 'p2o.Add.71', 'p2o.Add.147', 'p2o.Add.215', 'p2o.Concat.1']

export async function openImageBackbone(): Promise<ImageBackbone> {
  const model = exposeOutputs(await readFile(ocrModelPath(MODEL)), LEVELS)
  if (model === null) throw new Error(`${MODEL} is not an ONNX file`)
  const session = await openOnnxSession(fuseActivations(model))
  const [mapName] = session.outputNames
  return {
    async look(image) {
      const input = detectorInput(resizeRaster(image, DEEP_SIDE, DEEP_SIDE), DEEP_SIDE * DEEP_SIDE)
      const outputs = await session.run({ [session.inputNames[0]!]: input })
      const levelOf = (tensor: Tensor) => {
        const [, channels, height, width] = tensor.dims
        return { channels: channels!, width: width!, height: height!, data: tensor.data as Float32Array }
      }
      return {
        map: levelOf(outputs[mapName!]!),
        levels: LEVELS.map(name => levelOf(outputs[name]!)),
      }
    },
    close: () => session.release(),
  }
}
