import type { Raster } from './raster.ts'
import type { ReadText } from './seen-image.ts'

/** Reads the text in a picture. One contract, two engines and the policy that spends their time where it pays. */
export interface TextReader {
  readonly name: string
  /**
   * @param image RGB or grey; any size within the limits of decoding
   * @param budget wall-clock bound in ms: past it what was read so far is answered, with `complete: false`, as
   *   where the smallest lines of a dense page are left out
   */
  read(image: Raster, budget: { readonly timeoutMs: number }): Promise<ReadText>
  /** Frees the engine. */
  close(): Promise<void>
}
