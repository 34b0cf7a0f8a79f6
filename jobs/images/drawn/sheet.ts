import { type Brush, type Palette, rect } from './brush.ts'
import type { Sayings } from './sayings.ts'

/** A picture that is drawn, `w` × `h` pixels. */
export interface Sheet {
  readonly w: number
  readonly h: number
  readonly brush: Brush
  readonly palette: Palette
  readonly say: Sayings
}

/** The inner part of an SVG. */
export type Layout = (sheet: Sheet) => string

/** The ground of a sheet. */
export const paperOf = ({ w, h, palette }: Sheet) => rect(0, 0, w, h, palette.paper)
