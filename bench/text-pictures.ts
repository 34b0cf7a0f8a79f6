import sharp from 'sharp'
import { createRandom } from '../jobs/random.ts'
import { sentences } from './text-sentences.ts'

/** What is done to the text of a picture, as spammers do it. */
const textEffects = [
  'plain',
  'rotated',
  'lined',
  'gradient',
  'inverted',
  'faint',
  'jittered',
  'watermarked',
] as const
export type TextEffect = (typeof textEffects)[number]

export interface TextPicture {
  readonly effect: TextEffect
  /** What it says, one space between words. */
  readonly text: string
  /** PNG or JPEG. */
  readonly file: Buffer
}

/** Fonts apart: what is chosen on one set is judged on the other. */
export const fontSets: Readonly<Record<'choose' | 'judge', readonly string[]>> = {
  choose: ['DejaVu Sans', 'DejaVu Serif', 'DejaVu Sans:bold', 'DejaVu Sans Mono'],
  judge: [
    'DejaVu Sans Condensed',
    'DejaVu Serif:bold',
    'DejaVu Sans:oblique',
    'DejaVu Serif Condensed:oblique',
  ],
}

export interface TextPictureOptions {
  /** Of the system, each `Family` or `Family:bold`, `Family:oblique`. */
  readonly fonts: readonly string[]
  readonly seed: number
}

const FONT_MIN = 14
const FONT_MAX = 60
const WIDTH_MIN = 320
const WIDTH_MAX = 1100
const LINE_SPACING = 1.5
/** Of a letter over the font's size, on average with room to spare: lines are broken by it. */
const ADVANCE = 0.66
/** Of every letter of a monospaced font. */
const MONO_ADVANCE = 0.602
const TILT_MAX = 25

/** Pictures of sentences, the effects in turn; the same seed gives the same pictures on the same fonts. */
export async function* makeTextPictures(
  count: number,
  options: TextPictureOptions,
): AsyncGenerator<TextPicture> {
  const random = createRandom(options.seed)
  for (let i = 0; i < count; i++)
    yield await makeTextPicture(textEffects[i % textEffects.length]!, options.fonts, random)
}

/** A JPEG of hills, a sky and round things, with grain as of a camera, and without text. */
export async function makeScene(seed: number): Promise<Buffer> {
  const random = createRandom(seed)
  const [width, height] = [
    WIDTH_MIN + Math.floor(random() * (WIDTH_MAX - WIDTH_MIN)),
    300 + Math.floor(random() * 500),
  ]
  const colour = () => `hsl(${Math.floor(random() * 360)}, ${30 + random() * 40}%, ${25 + random() * 50}%)`
  const shapes = Array.from({ length: 12 }, () => {
    const [x, y, r] = [random() * width, random() * height, random() * 0.3 * width]
    return random() < 0.5
      ? `<ellipse cx="${x}" cy="${y}" rx="${r}" ry="${r * (0.3 + random())}" fill="${colour()}"/>`
      : `<path d="M${x} ${height} Q${x + r} ${y} ${x + 2 * r} ${height}" fill="${colour()}"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${colour()}"/>${shapes.join('')}</svg>`
  const { data, info } = await sharp(Buffer.from(svg))
    .blur(1.5)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const grained = data.map(value => Math.max(0, Math.min(255, value + (random() - 0.5) * 24)))
  return sharp(grained, { raw: { width: info.width, height: info.height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer()
}

interface Page {
  readonly width: number
  readonly height: number
  readonly lines: readonly string[]
  readonly size: number
  readonly left: number
  readonly font: string
  readonly ink: string
  readonly paper: string
  /** Elements under and over the text. */
  readonly under: string
  readonly over: string
}

async function makeTextPicture(
  effect: TextEffect,
  fonts: readonly string[],
  random: () => number,
): Promise<TextPicture> {
  const between = (from: number, to: number) => from + random() * (to - from)
  const sentence = sentences[Math.floor(random() * sentences.length)]!
  const text = random() < 0.15 ? sentence.toUpperCase() : sentence
  const size = Math.round(FONT_MIN * (FONT_MAX / FONT_MIN) ** random())
  const width = Math.round(Math.max(between(WIDTH_MIN, WIDTH_MAX), size * ADVANCE * 16))
  const left = Math.round(between(0.3, 1.2) * size) + 8
  const lines = brokenInto(text, Math.floor((width - 2 * left) / (size * ADVANCE)))
  const height = Math.round(lines.length * size * LINE_SPACING + 2 * left + between(0, 0.5 * width))
  const font = fonts[Math.floor(random() * fonts.length)]!
  const plain = { width, height, lines, size, left, font, ...inks(random), under: '', over: '' }
  const page = withEffect(effect, plain, random)
  const drawn = effect === 'jittered' ? jitteredText(page, random) : lineText(page)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${page.paper}"/>${page.under}${drawn}${page.over}</svg>`
  const angle = effect === 'rotated' ? between(3, TILT_MAX) * (random() < 0.5 ? -1 : 1) : 0
  const image = sharp(
    await sharp(Buffer.from(svg)).rotate(angle, { background: page.paper }).png().toBuffer(),
  )
  const quality = Math.round(between(35, 95))
  const file = await (random() < 0.3 ? image.png() : image.flatten().jpeg({ quality })).toBuffer()
  return { effect, text, file }
}

function brokenInto(text: string, letters: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= letters)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function inks(random: () => number): Pick<Page, 'ink' | 'paper'> {
  const hue = Math.floor(random() * 360)
  return {
    ink: `hsl(${hue}, ${Math.floor(random() * 80)}%, ${Math.floor(8 + random() * 22)}%)`,
    paper: `hsl(${(hue + 90) % 360}, ${Math.floor(random() * 60)}%, ${Math.floor(86 + random() * 14)}%)`,
  }
}

function withEffect(effect: TextEffect, page: Page, random: () => number): Page {
  const { width, height, size, ink, paper } = page
  const hue = () => Math.floor(random() * 360)
  switch (effect) {
    case 'lined': {
      const strokes = Array.from({ length: 3 + Math.floor(random() * 5) }, () => {
        const [from, to] = [random() * height, random() * height]
        return `<line x1="0" y1="${from}" x2="${width}" y2="${to}" stroke="${random() < 0.5 ? ink : `hsl(${hue()}, 70%, 40%)`}" stroke-width="${size * (0.03 + random() * 0.06)}"/>`
      })
      return { ...page, over: strokes.join('') }
    }
    case 'gradient': {
      const [a, b] = [hue(), hue()]
      return {
        ...page,
        under: `<defs><linearGradient id="g" x2="${random()}" y2="1"><stop offset="0" stop-color="hsl(${a}, 70%, 92%)"/><stop offset="1" stop-color="hsl(${b}, 60%, ${50 + random() * 15}%)"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/>`,
      }
    }
    case 'inverted':
      return { ...page, ink: paper, paper: ink }
    case 'faint': {
      const light = 45 + random() * 40
      const step = 9 + random() * 9
      return { ...page, paper: `hsl(40, 10%, ${light}%)`, ink: `hsl(40, 10%, ${light - step}%)` }
    }
    case 'watermarked': {
      const mark = Math.round(size * (0.7 + random()))
      const marks = Array.from(
        { length: Math.ceil(height / (3 * mark)) },
        (_, i) =>
          `<text x="${-width * 0.2}" y="${(i + 1) * 3 * mark}" font-size="${mark}" font-family="DejaVu Sans" fill="hsl(${hue()}, 80%, 45%)" fill-opacity="${0.12 + random() * 0.18}" transform="rotate(-30 ${width / 2} ${height / 2})">${'SAMPLE STOCK '.repeat(Math.ceil((2 * width) / (8 * mark)))}</text>`,
      )
      return { ...page, over: marks.join('') }
    }
    default:
      return page
  }
}

function lineText(page: Page): string {
  return page.lines
    .map(
      (line, i) =>
        `<text x="${page.left}" y="${baseline(page, i)}" fill="${page.ink}" ${style(page)}>${escaped(line)}</text>`,
    )
    .join('')
}

/** Letters of different height, size and colour; those of a monospaced font are turned as well. */
function jitteredText(page: Page, random: () => number): string {
  const { font, left, size } = page
  const spread = (amount: number) => (random() * 2 - 1) * amount
  const shade = () => `fill="hsl(${Math.floor(random() * 360)}, 70%, ${Math.floor(15 + random() * 20)}%)"`
  const isMono = font.includes('Mono')
  return page.lines
    .map((line, i) => {
      const y = baseline(page, i)
      if (isMono)
        return [...line]
          .map((letter, k) => {
            const x = left + k * MONO_ADVANCE * size
            const turn = `rotate(${spread(18)} ${x + size * 0.3} ${y - size * 0.3})`
            return `<text x="${x}" y="${y + spread(size * 0.1)}" ${style(page)} transform="${turn}" ${shade()}>${escaped(letter)}</text>`
          })
          .join('')
      let shift = 0
      const letters = [...line].map(letter => {
        const next = spread(size * 0.13)
        const dy = next - shift
        shift = next
        return `<tspan dy="${dy}" font-size="${size * (1 + spread(0.15))}" ${shade()}>${escaped(letter)}</tspan>`
      })
      return `<text x="${left}" y="${y}" xml:space="preserve" ${style(page)}>${letters.join('')}</text>`
    })
    .join('')
}

function baseline({ left, size }: Page, line: number): number {
  return left + size + line * size * LINE_SPACING
}

function style({ font, size }: Page): string {
  const [family, look] = font.split(':')
  const variant = look === 'bold' ? 'font-weight="bold"' : look === undefined ? '' : `font-style="${look}"`
  return `font-family="${family}" font-size="${size}" ${variant}`
}

function escaped(text: string): string {
  return text.replaceAll(/[&<]/g, sign => `&#${sign.charCodeAt(0)};`)
}

/** A JPEG of a picture with an SVG laid over it. @param left, top pixels; the SVG must lie within the picture */
export function layOver(
  picture: Buffer,
  svg: string,
  left: number,
  top: number,
  quality: number,
): Promise<Buffer> {
  return sharp(picture)
    .composite([{ input: Buffer.from(svg), left, top }])
    .jpeg({ quality })
    .toBuffer()
}

/** A dark grey PNG, 320 × 240. */
export function plainGround(): Promise<Buffer> {
  return sharp({ create: { width: 320, height: 240, channels: 3, background: '#555' } })
    .png()
    .toBuffer()
}

/** The same picture at another compression. @param quality of JPEG, 1–100 */
export async function recompressed(file: Buffer, quality: number): Promise<Buffer> {
  return sharp(file).jpeg({ quality }).toBuffer()
}
