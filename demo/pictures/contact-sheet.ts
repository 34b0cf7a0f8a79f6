import { percent } from '../outcome.ts'
import { isCaught } from './figures.ts'
import type { PostedPicture } from './gallery.ts'
import { paintContactSheet, thumbnail } from './paint.ts'

/** Pictures of one sort, side by side. */
export interface SheetRow {
  readonly name: string
  readonly pictures: readonly Pick<PostedPicture, 'file' | 'score' | 'isSpam'>[]
}

/** Colours that people who see few colours tell apart (Okabe & Ito 2008). */
const colours = { caught: '#d55e00', through: '#0072b2', ink: '#222' }
const FONT = 'DejaVu Sans, Verdana, sans-serif'
const COLUMNS = 5
const CELL = { width: 240, height: 165, gap: 14 }
const HEAD = 34
const VERDICT = 26
const MARGIN = 24
const ROW = HEAD + CELL.height + VERDICT + 14

/**
 * Examples of what was posted, with what was said of them and the boxes that say why.
 * @returns a PNG, five pictures wide
 */
export async function drawContactSheet(rows: readonly SheetRow[]): Promise<Buffer> {
  const width = 2 * MARGIN + COLUMNS * CELL.width + (COLUMNS - 1) * CELL.gap
  const height = 2 * MARGIN + rows.length * ROW
  const parts = await Promise.all(rows.map((row, i) => rowOf(row, MARGIN + i * ROW)))
  const body = `<rect width="${width}" height="${height}" fill="#fff"/>${parts.join('')}`
  return paintContactSheet({ width, height, body })
}

async function rowOf({ name, pictures }: SheetRow, top: number): Promise<string> {
  const cells = await Promise.all(
    pictures
      .slice(0, COLUMNS)
      .map((picture, i) => cellOf(picture, MARGIN + i * (CELL.width + CELL.gap), top + HEAD)),
  )
  return `${words(MARGIN, top + HEAD - 12, name, colours.ink, 'bold')}${cells.join('')}`
}

async function cellOf(picture: SheetRow['pictures'][number], left: number, top: number): Promise<string> {
  const { width, height, uri } = await thumbnail(picture.file, CELL)
  const caught = isCaught(picture)
  const colour = caught ? colours.caught : colours.through
  const boxes = (picture.score?.reasons ?? [])
    .filter(({ weight }) => weight > 0)
    .map(({ box }) =>
      box == null
        ? ''
        : `<rect x="${left + box.x * width}" y="${top + box.y * height}" width="${box.width * width}" height="${box.height * height}" fill="none" stroke="${colours.caught}" stroke-width="2.5"/>`,
    )
  const verdict =
    picture.score === null
      ? 'no score in time'
      : `${caught ? 'spam' : 'passed'}, ${percent(picture.score.value)}`
  const frame = `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="${colour}" stroke-width="${caught ? 4 : 1}"/>`
  const image = `<image x="${left}" y="${top}" width="${width}" height="${height}" href="${uri}"/>`
  return `${image}${boxes.join('')}${frame}${words(left, top + height + 18, verdict, colour)}`
}

function words(x: number, y: number, said: string, colour: string, weight = 'normal'): string {
  const escaped = said.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" font-family="${FONT}" font-size="14" font-weight="${weight}" fill="${colour}">${escaped}</text>`
}
