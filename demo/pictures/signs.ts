import type { Draws } from '../community/draws.ts'
import { expand, type Grammar } from '../community/grammar.ts'
import { betweenOf, type Drawing } from './scenes.ts'

/** Pictures that are words: what spammers write where no text model looks, and what anybody pins to a wall. Written for the demo. */
export interface Sign extends Drawing {
  /** Its three lines, as they are meant. */
  readonly lines: readonly string[]
}

/** Three lines each; addresses are reserved ones (RFC 2606). */
const adverts: readonly (readonly string[])[] = [
  ['EARN {money} A DAY', 'from home, no experience', 'click {link}'],
  ['double your bitcoin', 'in {number} hours, guaranteed', 'send coins via {link}'],
  ['CHEAP WATCHES AND BAGS', '{percent}% off, only today', 'order now {link}'],
  ['You have been selected', 'for a free gift card', 'claim it now at {link}'],
  ['win cash prizes every hour', 'casino, free bonus {money}', 'join {link}'],
  ['get a loan of {money}', 'without any check', 'apply now {link}'],
  ['buy {number} thousand followers', 'instant delivery', 'order at {link}'],
  ['miracle diet pills', 'lose {number} kilos, {percent}% off', 'buy now {link}'],
]
const notices: readonly (readonly string[])[] = [
  ['Repair evening', 'every {day} from {hour}', 'in the shed behind the school'],
  ['Choir practice moved', 'to {day}, {hour} o’clock', 'please bring warm socks'],
  ['Lost: a grey cat', 'last seen near the bridge', 'on {day} evening'],
  ['Thank you all', 'for cleaning the river', 'last {day}'],
  ['Please water the tomatoes', 'while we are away', 'until {day}'],
  ['The library is closed', 'on {day} afternoon', 'and opens again at {hour}'],
  ['when the bread', 'finally rises', 'and the oven is cold'],
  ['me on {day} morning', 'pretending that I read', 'the whole chapter'],
]
const rules: Grammar = {
  money: ['$500', '$900', '$2000', '$5,000'],
  link: ['fast-cash.example', 'gold-deal.example', 'lucky-prize.example', 'bonus-now.example'],
  number: ['5', '10', '12', '24'],
  percent: ['70', '80', '90'],
  day: ['Monday', 'Tuesday', 'Thursday', 'Friday', 'Saturday'],
  hour: ['seven', 'eight', 'ten', 'half past six'],
}

const WIDTH = 640
const HEIGHT = 400
/** Of letters over a picture. */
const OVER_SIZE_MAX = 40
const FONT = 'DejaVu Sans, Verdana, sans-serif'

type Disguise = 'struck' | 'shaded' | 'turned' | 'dark' | 'spotted' | 'unlike'
const disguises: readonly Disguise[] = ['struck', 'shaded', 'turned', 'dark', 'spotted', 'unlike']

/** An advert that is drawn so that machines misread it: struck through, on shades, turned, light on dark, spotted, each letter another. */
export function drawAdvert(draws: Draws): Sign {
  const lines = written(adverts, draws)
  const disguise = draws.pick(disguises)
  const hue = draws.below(360)
  const isDark = disguise === 'dark'
  const ink = isDark ? `hsl(${hue}, 25%, 80%)` : `hsl(${hue}, 70%, 26%)`
  const paper = isDark ? `hsl(${hue}, 30%, 12%)` : `hsl(${(hue + 60) % 360}, 45%, 88%)`
  const shade = `<linearGradient id="p" x2="1" y2="${draws.uniform()}"><stop offset="0" stop-color="hsl(${hue}, 70%, 92%)"/><stop offset="1" stop-color="hsl(${(hue + 120) % 360}, 55%, 62%)"/></linearGradient>`
  const under =
    disguise === 'shaded' ? `${shade}<rect width="${WIDTH}" height="${HEIGHT}" fill="url(#p)"/>` : ''
  const turn = disguise === 'turned' ? betweenOf(draws)(-14, 14) : 0
  return sheet(lines, {
    ink,
    paper,
    under,
    over: disguise === 'struck' ? strikes(draws) : disguise === 'spotted' ? spots(draws) : '',
    turn,
    letters: disguise === 'unlike' ? draws : null,
  })
}

/** What somebody pins to a wall: dark on light, as one writes to be read. */
export function drawNotice(draws: Draws): Sign {
  const hue = draws.below(360)
  return sheet(written(notices, draws), {
    ink: `hsl(${hue}, 35%, 20%)`,
    paper: `hsl(${hue}, 30%, 93%)`,
    under: '',
    over: '',
    turn: 0,
    letters: null,
  })
}

/** A notice pinned up somewhere: a sheet within a picture. */
export function pinned(notice: Sign, place: Drawing, draws: Draws): Drawing {
  const between = betweenOf(draws)
  const scale = between(0.5, 0.65) * Math.min(place.width / notice.width, place.height / notice.height)
  const at = `translate(${place.width * between(0.1, 0.4)} ${place.height * between(0.1, 0.35)}) rotate(${between(-5, 5)}) scale(${scale})`
  return { ...place, body: `${place.body}<g transform="${at}">${notice.body}</g>` }
}

/** The words of a sign in white with black edges over a picture: jokes look like this, and adverts that want to. */
export function lettered({ lines }: Sign, { width, height, body }: Drawing): Drawing {
  const longest = Math.max(...lines.map(line => line.length))
  const size = Math.min(OVER_SIZE_MAX, (1.45 * width) / longest)
  const rows = [size * 1.4, height - size * 1.9, height - size * 0.6]
  const words = lines.map(
    (line, i) =>
      `<text x="${width / 2}" y="${rows[i]}" text-anchor="middle" font-size="${size}" font-weight="bold" font-family="${FONT}" fill="#fff" stroke="#000" stroke-width="${size / 9}" paint-order="stroke">${escaped(line)}</text>`,
  )
  return { width, height, body: `${body}${words.join('')}` }
}

function written(from: readonly (readonly string[])[], draws: Draws): string[] {
  return draws.pick(from).map(line => expand(line, rules, draws))
}

interface SheetLook {
  readonly ink: string
  readonly paper: string
  readonly under: string
  readonly over: string
  /** Degrees. */
  readonly turn: number
  /** For letters that differ from each other; null: they are alike. */
  readonly letters: Draws | null
}

function sheet(lines: readonly string[], { ink, paper, under, over, turn, letters }: SheetLook): Sign {
  const rows = lines.map((line, i) => {
    const size = Math.min(i === 0 ? 42 : 32, (1.35 * WIDTH) / line.length)
    const y = HEIGHT / 2 + (i - (lines.length - 1) / 2) * 84 + size / 3
    const inner = letters === null ? escaped(line) : unlike(line, size, letters)
    return `<text x="${WIDTH / 2}" y="${y}" text-anchor="middle" font-size="${size}" font-weight="${i === 0 ? 'bold' : 'normal'}" fill="${ink}" font-family="${FONT}" xml:space="preserve">${inner}</text>`
  })
  const turned = `<g transform="rotate(${turn} ${WIDTH / 2} ${HEIGHT / 2})">${rows.join('')}</g>`
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="${paper}"/>`
  return { width: WIDTH, height: HEIGHT, lines, body: `${ground}${under}${turned}${over}` }
}

function unlike(line: string, size: number, draws: Draws): string {
  const between = betweenOf(draws)
  let shift = 0
  const letters = [...line].map(letter => {
    const next = between(-0.12, 0.12) * size
    const dy = next - shift
    shift = next
    return `<tspan dy="${dy}" font-size="${size * between(0.85, 1.15)}" fill="hsl(${draws.below(360)}, 70%, ${16 + draws.below(20)}%)">${escaped(letter)}</tspan>`
  })
  return letters.join('')
}

function strikes(draws: Draws): string {
  const between = betweenOf(draws)
  return Array.from(
    { length: 6 },
    () =>
      `<path d="M0 ${between(40, HEIGHT - 40)} L${WIDTH} ${between(40, HEIGHT - 40)}" stroke="hsl(${draws.below(360)}, 60%, 45%)" stroke-width="${between(1.5, 3)}"/>`,
  ).join('')
}

function spots(draws: Draws): string {
  return Array.from(
    { length: 700 },
    () =>
      `<circle cx="${draws.below(WIDTH)}" cy="${draws.below(HEIGHT)}" r="${1 + draws.below(2)}" fill="${draws.chance(0.5) ? '#666' : '#bbb'}"/>`,
  ).join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
