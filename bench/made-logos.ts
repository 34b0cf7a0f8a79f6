import { createRandom } from '../jobs/random.ts'

const CONSONANTS = 'bcdfghjklmnprstvwz'
const VOWELS = 'aeiou'
const FONTS = ['DejaVu Sans', 'DejaVu Serif', 'DejaVu Sans Mono']
const STYLES = ['', 'font-weight="bold"', 'font-style="italic"', 'font-weight="bold" font-style="italic"']
const ENDS = ['', '', '24', ' 7', '!', '+', '.test']
/** Of five logos: words alone. */
const WORDS = 2

/**
 * Logos that a generator draws, to fit on: words of no meaning, and emblems of up to three plain shapes with or without letters.
 * @param count of logos; the same seed gives the same ones
 */
export function makeLogos(count: number, seed: number): DrawnLogo[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, i) => (i % 5 < WORDS ? madeWord(random) : madeEmblem(random)))
}

type Random = () => number

const oneOf = <T>(some: ArrayLike<T>, random: Random): T => some[Math.floor(random() * some.length)]!
const between = (random: Random, least: number, most: number) => least + (most - least) * random()

function wordOf(syllables: number, random: Random): string {
  let word = ''
  for (let i = 0; i < syllables; i++) word += oneOf(CONSONANTS, random) + oneOf(VOWELS, random)
  if (random() < 0.5) word += oneOf(CONSONANTS, random)
  const kind = random()
  if (kind < 0.3) return word.toUpperCase()
  return kind < 0.7 ? word[0]!.toUpperCase() + word.slice(1) : word
}

function madeWord(random: Random): DrawnLogo {
  const text = wordOf(Math.ceil(random() * 3), random) + oneOf(ENDS, random)
  const aspect = Math.max(1.4, text.length * between(random, 0.42, 0.62))
  const [font, style] = [oneOf(FONTS, random), oneOf(STYLES, random)]
  const body = `<text x="${50 * aspect}" y="70" text-anchor="middle" textLength="${94 * aspect}" lengthAdjust="spacingAndGlyphs" font-size="62" fill="INK" font-family="${font}" ${style}>${text}</text>`
  return { name: text, aspect, body }
}

function madeEmblem(random: Random): DrawnLogo {
  const isSolid = random() < 0.5
  const outer = shapeOf(random, 50, 50, 44, isSolid ? 'INK' : null)
  const parts = [outer]
  const inner = random()
  if (inner < 0.4) parts.push(shapeOf(random, 50, 50, between(random, 14, 24), isSolid ? 'PAPER' : 'INK'))
  else if (inner < 0.7) parts.push(lettersOf(random, 50, 64, 40, isSolid ? 'PAPER' : 'INK', 1))
  else if (inner < 0.85)
    parts.push(shapeOf(random, 50, 50, between(random, 20, 28), isSolid ? 'PAPER' : null))
  if (random() < 0.35) {
    const letters = 2 + Math.floor(random() * 4)
    const aspect = 1.15 + letters * 0.38
    parts.push(lettersOf(random, 50 + 50 * aspect, 70, 54, 'INK', letters))
    return { name: 'emblem with letters', aspect, body: parts.join('') }
  }
  if (random() < 0.2) parts.push('<path d="M10 97h80" stroke="INK" stroke-width="5"/>')
  return { name: 'emblem', aspect: 1, body: parts.join('') }
}

function lettersOf(random: Random, x: number, y: number, size: number, fill: string, count: number): string {
  const text = wordOf(3, random).toUpperCase().slice(0, count)
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="middle" font-family="${oneOf(FONTS, random)}" font-weight="bold" fill="${fill}">${text}</text>`
}

/** A polygon, a star, a blob of waves, a ring or a frame; as an outline where it has no fill. */
function shapeOf(random: Random, x: number, y: number, radius: number, fill: string | null): string {
  const paint =
    fill === null
      ? `fill="none" stroke="INK" stroke-width="${between(random, 4, 9).toFixed(1)}"`
      : `fill="${fill}"`
  const [sides, deep, turn] = [3 + Math.floor(random() * 6), random(), random() * Math.PI]
  const waves = random()
  const points = Array.from({ length: 72 }, (_, i) => {
    const angle = turn + (i * Math.PI) / 36
    const corner = ((angle - turn) * sides) / (2 * Math.PI)
    const off = Math.abs(corner - Math.round(corner)) * 2
    const flat = Math.cos(Math.PI / sides) / Math.cos((Math.PI / sides) * (1 - off))
    const r =
      waves < 0.4
        ? flat
        : waves < 0.7
          ? 1 - off * (0.25 + 0.4 * deep)
          : waves < 0.9
            ? 0.8 + 0.2 * Math.cos(angle * (2 + Math.floor(deep * 4))) * Math.sin(angle + deep * 6)
            : 1
    return `${(x + radius * r * Math.cos(angle)).toFixed(1)} ${(y + radius * r * Math.sin(angle)).toFixed(1)}`
  })
  return `<path d="M${points.join('L')}z" ${paint}/>`
}

/** A mark as spammers put it on pictures: drawn here, in one ink, with holes of another, on nothing. */
export interface DrawnLogo {
  readonly name: string
  /** Width over height. */
  readonly aspect: number
  /** SVG in a view of 100 × aspect by 100; `INK` and `PAPER` stand for its colours. */
  readonly body: string
}
