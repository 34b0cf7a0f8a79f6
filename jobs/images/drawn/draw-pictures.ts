import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Painting, paintDrawing } from '../../../pipelines/images/paint-drawing.ts'
import { type Brush, createBrush, paletteOf } from './brush.ts'
import { chat, code, letter, notice, receipt, screen, slide, table } from './documents.ts'
import { bars, lines, map, pie, shapes } from './figures.ts'
import { harmless, offering } from './sayings.ts'
import { caption, disguised, faint, pasted, poster, scene } from './scenes.ts'
import type { Layout } from './sheet.ts'

/**
 * Pictures written for Nicr, of which photos and memes of a public set know nothing: screens, papers, charts and signs that people
 * post every day, and offers that are drawn in the same manners.
 */

/** How each is drawn, how often in turn, and how many of them are offers. */
const layouts: readonly { readonly draw: Layout; readonly turns: number; readonly spamShare: number }[] = [
  { draw: chat, turns: 2, spamShare: 0.2 },
  { draw: letter, turns: 2, spamShare: 0.35 },
  { draw: receipt, turns: 2, spamShare: 0.08 },
  { draw: table, turns: 1, spamShare: 0.3 },
  { draw: slide, turns: 1, spamShare: 0.3 },
  { draw: code, turns: 1, spamShare: 0 },
  { draw: screen, turns: 2, spamShare: 0.12 },
  { draw: notice, turns: 3, spamShare: 0.42 },
  { draw: bars, turns: 1, spamShare: 0 },
  { draw: lines, turns: 1, spamShare: 0 },
  { draw: pie, turns: 1, spamShare: 0 },
  { draw: map, turns: 1, spamShare: 0 },
  { draw: shapes, turns: 1, spamShare: 0 },
  { draw: scene, turns: 2, spamShare: 0 },
  { draw: caption, turns: 2, spamShare: 0.03 },
  { draw: poster, turns: 3, spamShare: 0.7 },
  { draw: pasted, turns: 3, spamShare: 0.75 },
  { draw: faint, turns: 3, spamShare: 0.85 },
  { draw: disguised, turns: 3, spamShare: 0.95 },
]
const inTurn = layouts.flatMap(layout => Array.from({ length: layout.turns }, () => layout))

/** Pixels of the root of the area. */
const SIDE = { min: 240, max: 1100 } as const
const SHAPES = [0.5, 0.6, 0.75, 0.9, 1, 1.2, 1.33, 1.5, 1.78, 2.2] as const
const QUALITY = { min: 40, max: 95 } as const
const BLURRED_SHARE = 0.3
const BLUR_MAX = 1.2

export interface DrawnRow {
  /** Its name, in the folder of the rows: in the field in which the public set has it, so that one training takes both. */
  readonly file: string
  readonly label: 'ham' | 'spam'
  readonly kind: 'ham-drawn' | 'spam-drawn'
  /** Each drawing stands alone. */
  readonly group: string
  readonly drawn: true
}

/** The picture of a number: the same numbers draw the same on the same fonts. */
export async function drawPicture(seed: number, number: number): Promise<{ picture: Buffer; row: DrawnRow }> {
  const brush = createBrush(Math.imul(seed, 1_000_003) + number)
  const { draw, spamShare } = inTurn[number % inTurn.length]!
  const isSpam = brush.chance(spamShare)
  const [side, shape] = [SIDE.min * (SIDE.max / SIDE.min) ** brush.between(0, 1), brush.one(SHAPES)]
  const [w, h] = [Math.round(side * Math.sqrt(shape)), Math.round(side / Math.sqrt(shape))]
  const say = (isSpam ? offering : harmless)(brush)
  const body = draw({ w, h, brush, palette: paletteOf(brush), say })
  const painting = paintingOf(brush)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">${body}</svg>`
  const label = isSpam ? 'spam' : 'ham'
  const file = `${number}-${draw.name}.${painting.format}`
  const row = { file, label, kind: `${label}-drawn`, group: `drawn-${seed}-${number}`, drawn: true } as const
  return { picture: await paintDrawing(svg, painting), row }
}

/** Screens are saved without loss or as JPEG, and what was sent on as JPEG or WebP. */
function paintingOf({ chance, between, one, whole }: Brush): Painting {
  return {
    blur: chance(BLURRED_SHARE) ? between(0.4, BLUR_MAX) : 0,
    format: one(['png', 'png', 'png', 'jpeg', 'jpeg', 'jpeg', 'jpeg', 'webp']),
    quality: whole(QUALITY.min, QUALITY.max),
  }
}

/**
 * Draws pictures into a folder, with their rows beside them in `pictures.jsonl`.
 * @returns the path of the rows, as `nicr train --kind image-spam` takes them
 */
export async function drawPictures(folder: string, count: number, seed: number): Promise<string> {
  await mkdir(folder, { recursive: true })
  const rows: string[] = []
  for (let number = 0; number < count; number++) {
    const { picture, row } = await drawPicture(seed, number)
    await writeFile(join(folder, row.file), picture)
    rows.push(`${JSON.stringify(row)}\n`)
  }
  const path = join(folder, 'pictures.jsonl')
  await writeFile(path, rows.join(''))
  return path
}
