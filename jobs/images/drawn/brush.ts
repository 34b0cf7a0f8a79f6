import { createRandom } from '../../random.ts'

/** Seeded choices of a drawing, and pieces of SVG. */
export interface Brush {
  chance(share: number): boolean
  between(from: number, to: number): number
  /** Both ends included. */
  whole(from: number, to: number): number
  one<T>(list: readonly T[]): T
}

export function createBrush(seed: number): Brush {
  const random = createRandom(seed)
  const between = (from: number, to: number) => from + random() * (to - from)
  return {
    chance: share => random() < share,
    between,
    whole: (from, to) => Math.floor(between(from, to + 1)),
    one: list => list[Math.floor(random() * list.length)]!,
  }
}

/** Colours that go together. */
export interface Palette {
  readonly paper: string
  readonly ink: string
  readonly faint: string
  readonly accent: string
  readonly card: string
}

/** Most screens and sheets are light, some are dark, a few all of one colour. */
export function paletteOf({ between, chance, one }: Brush): Palette {
  const hue = between(0, 360)
  const accent = hsl(hue, between(40, 85), between(38, 60))
  if (chance(0.25))
    return {
      paper: hsl(hue, between(0, 30), between(5, 18)),
      ink: hsl(hue, 10, between(78, 98)),
      faint: hsl(hue, 8, 45),
      accent,
      card: hsl(hue, between(0, 25), between(19, 28)),
    }
  if (chance(0.15))
    return {
      paper: hsl(hue, between(35, 80), between(35, 60)),
      ink: one(['#fff', '#ffe', hsl(hue, 30, 95)]),
      faint: hsl(hue, 30, 75),
      accent: hsl(hue + 150, 70, 60),
      card: hsl(hue, 50, 30),
    }
  return {
    paper: chance(0.4) ? '#fff' : hsl(hue, between(0, 40), between(90, 99)),
    ink: hsl(hue, between(0, 40), between(5, 30)),
    faint: hsl(hue, between(0, 20), between(55, 82)),
    accent,
    card: chance(0.5) ? '#fff' : hsl(hue, between(5, 50), between(82, 93)),
  }
}

const FONTS = [
  'DejaVu Sans',
  'DejaVu Serif',
  'DejaVu Sans Mono',
  'DejaVu Sans Condensed',
  'DejaVu Sans Light',
  'DejaVu Serif Condensed',
  'DejaVu Math TeX Gyre',
] as const
export const MONO = 'DejaVu Sans Mono'

/** A font as one picture uses it. */
export function fontOf({ one, between, chance }: Brush): string {
  const spacing = chance(0.3) ? ` letter-spacing="${between(-0.03, 0.08).toFixed(3)}em"` : ''
  return `font-family="${one(FONTS)}"${spacing}${chance(0.1) ? ' font-style="italic"' : ''}`
}

export interface TextStyle {
  readonly x: number
  readonly y: number
  readonly size: number
  readonly ink: string
  /** Attributes; see `fontOf`. */
  readonly font: string
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly isBold?: boolean
  readonly more?: string
}

export function text(
  words: string,
  { x, y, size, ink, font, anchor = 'start', isBold = false, more = '' }: TextStyle,
): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${ink}" text-anchor="${anchor}" ${font}${isBold ? ' font-weight="700"' : ''} xml:space="preserve" ${more}>${escaped}</text>`
}

/** Of a letter over the font's size, with room to spare. */
const ADVANCE = 0.68

/** The largest size up to `most` at which the words fit in a width. */
export function fitting(words: string, width: number, most: number): number {
  return Math.min(most, width / (ADVANCE * Math.max(1, words.length)))
}

export function rect(x: number, y: number, w: number, h: number, fill: string, more = ''): string {
  return `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}" ${more}/>`
}

export function path(d: string, stroke: string, width: number, more = ''): string {
  return `<path d="${d}" stroke="${stroke}" stroke-width="${width}" fill="none" ${more}/>`
}

export function hsl(hue: number, saturation: number, light: number): string {
  return `hsl(${Math.round(hue) % 360},${Math.round(saturation)}%,${Math.round(light)}%)`
}

export function times(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join('')
}

/** A background that runs from one colour into another. */
export function gradient({ between, chance }: Brush, w: number, h: number): string {
  const hue = between(0, 360)
  const [from, to] = [
    hsl(hue, between(50, 95), between(40, 75)),
    hsl(hue + between(20, 140), 80, between(20, 60)),
  ]
  const kind = chance(0.3) ? 'radialGradient' : 'linearGradient'
  const way = kind === 'linearGradient' ? ` x2="${between(0, 1)}" y2="1"` : ''
  return `<defs><${kind} id="g"${way}><stop stop-color="${from}"/><stop offset="1" stop-color="${to}"/></${kind}></defs>${rect(0, 0, w, h, 'url(#g)')}`
}
