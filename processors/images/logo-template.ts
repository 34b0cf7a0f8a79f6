import type { Box, Raster } from './raster.ts'
import type { LogoMatch } from './seen-image.ts'

/** Packing of `logoTemplate`'s answer, as entries of the bank name it. */
export const LOGO_FORMAT = 'logo-edges/1'

/** Why a marked box makes no template: it holds too few pixels, or too few edges. */
export type LogoProblem = 'TOO_SMALL' | 'TOO_PLAIN'

/** A logo that the bank knows. */
export interface LogoEntry {
  readonly id: string
  readonly name: string
  readonly weight: number
  /** Of `logoTemplate`. */
  readonly template: Uint8Array
}

export interface LogoBank {
  readonly size: number
  /** Logos found, surest first. @param budget operations (points compared) after which the search ends early */
  find(image: Raster, budget?: { readonly operationsMax: number }): LogoMatch[]
}

/** Packs the edges of a marked logo. */
export type LogoTemplate = (image: Raster, box: Box) => Uint8Array | LogoProblem
