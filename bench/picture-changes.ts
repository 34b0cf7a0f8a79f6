import sharp from 'sharp'
import { sentences } from './text-sentences.ts'

/** What is done to a picture that is posted again. */
export const pictureChanges = [
  'crop 15%',
  'rescale',
  'JPEG 30',
  'caption beside',
  'caption bar over',
  'caption text over',
] as const
export type PictureChange = (typeof pictureChanges)[number]

/** Of each side. */
const CROP = 0.15
const SCALES = [0.5, 0.6, 0.75, 1.5, 2]
/** Of a bar, over the picture's height. */
const BAR_MIN = 0.1
const BAR_MAX = 0.25
/** Of letters without a bar, over the picture's height. */
const LETTERS_MIN = 0.08
const LETTERS_MAX = 0.14
const WORDS_LENGTH = 28

/** The picture as a JPEG, changed in a way that `random` varies. */
export async function changePicture(
  file: Buffer,
  change: PictureChange,
  random: () => number,
): Promise<Buffer> {
  const { width, height } = await sharp(file).metadata()
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]!
  const quality = 60 + Math.floor(random() * 31)
  const layOver = (svg: string, top: number, ground = sharp(file)) =>
    ground.composite([{ input: Buffer.from(svg), left: 0, top }])
  const barHeight = Math.max(16, Math.round(height * (BAR_MIN + (BAR_MAX - BAR_MIN) * random())))
  const words = () => pick(sentences).slice(0, WORDS_LENGTH).replaceAll(/[&<]/g, '+')
  const changed = async () => {
    switch (change) {
      case 'crop 15%': {
        const [across, down] = [Math.round(width * (1 - CROP)), Math.round(height * (1 - CROP))]
        const left = Math.floor(random() * (width - across))
        const top = Math.floor(random() * (height - down))
        return sharp(file).extract({ left, top, width: across, height: down })
      }
      case 'rescale':
        return sharp(file).resize(Math.max(1, Math.round(width * pick(SCALES))))
      case 'JPEG 30':
        return sharp(file)
      case 'caption beside': {
        const isAbove = random() < 0.5
        const room = isAbove ? { top: barHeight } : { bottom: barHeight }
        const ground = await sharp(file).extend(room).png().toBuffer()
        return layOver(bar(width, barHeight, words(), random), isAbove ? 0 : height, sharp(ground))
      }
      case 'caption bar over': {
        const top = pick([0, height - barHeight, Math.floor(random() * (height - barHeight))])
        return layOver(bar(width, barHeight, words(), random), Math.max(0, top))
      }
      case 'caption text over': {
        const size = height * (LETTERS_MIN + (LETTERS_MAX - LETTERS_MIN) * random())
        const lines = [line(words().toUpperCase(), width, 1.1 * size, size, 'white', 'black')]
        if (random() < 0.5)
          lines.push(line(words().toUpperCase(), width, height - 0.4 * size, size, 'white', 'black'))
        return layOver(svgOf(width, height, lines.join('')), 0)
      }
    }
  }
  return (await changed()).jpeg({ quality: change === 'JPEG 30' ? 30 : quality }).toBuffer()
}

function bar(width: number, height: number, words: string, random: () => number): string {
  const [paper, ink] = random() < 0.5 ? ['black', 'white'] : ['white', 'black']
  const size = height * (0.35 + 0.3 * random())
  const ground = `<rect width="100%" height="100%" fill="${paper}"/>`
  return svgOf(width, height, `${ground}${line(words, width, height / 2 + 0.35 * size, size, ink, 'none')}`)
}

function line(words: string, width: number, y: number, size: number, fill: string, stroke: string): string {
  const length = Math.min(0.94 * width, words.length * size * 0.58)
  return `<text x="${width / 2}" y="${y}" text-anchor="middle" font-family="DejaVu Sans" font-weight="bold" font-size="${size}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${fill}" stroke="${stroke}" stroke-width="${0.06 * size}">${words}</text>`
}

function svgOf(width: number, height: number, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`
}
