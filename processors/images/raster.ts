/**
 * A picture as pixels: rows from the top, pixels from the left, the channels of a pixel beside each other. 8 bits a channel, sRGB,
 * turned as it is shown (EXIF), transparent parts on white. What works on pictures takes this and knows no file format.
 */
export interface Raster {
  /** Pixels. */
  readonly width: number
  /** Pixels. */
  readonly height: number
  /** 1: grey (Rec. 709 luma of sRGB); 3: red, green, blue. */
  readonly channels: 1 | 3
  /** width × height × channels bytes. */
  readonly data: Uint8Array
}

/** A rectangle of a picture in fractions of its width and height as it is shown, so that it holds at any size. */
export interface Box {
  /** Left edge, from 0 (left) to 1. */
  readonly x: number
  /** Upper edge, from 0 (top) to 1. */
  readonly y: number
  readonly width: number
  readonly height: number
}
