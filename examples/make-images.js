/**
 * Makes the pictures of examples/images/ and their rows in examples/images.jsonl: `node examples/make-images.js`.
 * Plain pictures, screenshots of ordinary words, and spam written into images, some of it disguised. Everything here
 * was made up for the purpose. Fonts come from the system, so another machine's pictures may differ in their pixels.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

const WIDTH = 640
const HEIGHT = 400
const FONT = 'DejaVu Sans, Verdana, sans-serif'
const EVERY_MS = 47 * 60_000
const FIRST_AT = Date.UTC(2025, 10, 20, 9)

/** Each picture: its file, the drawing, who posts it with which words, and whether its writing is spam. */
const pictures = [
  {
    name: 'hills',
    drawing: hills(),
    author: 'kestrel',
    text: 'The view from the new footbridge at seven this morning.',
    label: 'ham',
  },
  {
    name: 'quince',
    drawing: quinces(),
    author: 'juniper',
    text: 'The corner plot delivers. Who wants some?',
    label: 'ham',
  },
  {
    name: 'cat',
    drawing: cat(),
    author: 'marla',
    text: 'Solder, supervising.',
    label: 'ham',
  },
  {
    name: 'circuit',
    drawing: circuit(),
    author: 'wren',
    text: 'Schematic of the radio, redrawn. The resistor on the left was the culprit.',
    label: 'ham',
  },
  {
    name: 'opening-hours',
    drawing: sign({
      lines: ['REPAIR SATURDAY', '10 – 16 h, behind the gate', 'Ring the bell, bring a jumper'],
    }),
    author: 'ines_k',
    text: 'The new sign for the shed, thank you Fenna!',
    label: 'ham',
  },
  {
    name: 'concert',
    drawing: sign({
      lines: ['Shed choir', 'Friday, seven in the evening', 'for a heater that heats'],
      paper: '#2b2140',
      ink: '#f6d87a',
    }),
    author: 'dorian',
    text: 'Please come. Cats welcome.',
    label: 'ham',
  },
  {
    name: 'spam-clean',
    drawing: sign({
      lines: ['FREE CRYPTO', 'double your money today', 'join goldbot.example'],
      paper: '#ffe600',
      ink: '#c00000',
    }),
    author: 'cryptodan',
    text: 'look at this',
    label: 'spam',
  },
  {
    name: 'spam-light-on-dark',
    drawing: sign({
      lines: ['HOT DEALS 90% OFF', 'watches · bags · phones', 'chat: +00 555 0100'],
      paper: '#101418',
      ink: '#d8d8d8',
    }),
    author: 'megawatch',
    text: 'nice weekend everyone',
    label: 'spam',
  },
  {
    name: 'spam-struck-through',
    drawing: sign({
      lines: ['You WON a phone', 'claim within 24 hours', 'claim-prize.example'],
      over: strikes(),
    }),
    author: 'luckyprize',
    text: '',
    label: 'spam',
  },
  {
    name: 'spam-noise',
    drawing: sign({
      lines: ['Work from home', '500 a day, no experience', 'msg cash.now.team'],
      over: speckles(900),
    }),
    author: 'quickgrow',
    text: 'a friend sent me this',
    label: 'spam',
  },
  {
    name: 'spam-rotated',
    drawing: sign({
      lines: ['Miracle pellets', '70% off only today', 'buy-now.example'],
      turnDegrees: -11,
    }),
    author: 'quickgrow',
    text: 'garden tip',
    label: 'spam',
  },
  {
    name: 'spam-look-alikes',
    drawing: sign({
      lines: ['F R € €  C A $ H', 'guar4nteed pr0fit', 't-me.example/g0ldb0t'],
      paper: '#e8f4e8',
      ink: '#5b7f5b',
    }),
    author: 'cryptodan',
    text: 'thoughts?',
    label: 'spam',
  },
]

const folder = join(import.meta.dirname, 'images')
await mkdir(folder, { recursive: true })
const rows = []
for (const [i, { name, drawing, author, text, label }] of pictures.entries()) {
  const file = `images/${name}.png`
  await sharp(Buffer.from(drawing))
    .png({ compressionLevel: 9, palette: true, colours: 64 })
    .toFile(join(import.meta.dirname, file))
  const at = new Date(FIRST_AT + i * EVERY_MS).toISOString()
  rows.push({
    id: `fern-image-${name}`,
    kind: 'POST',
    author,
    at,
    thread: 'gallery',
    text,
    image: file,
    label,
  })
}
await writeFile(
  join(import.meta.dirname, 'images.jsonl'),
  rows.map(row => `${JSON.stringify(row)}\n`).join(''),
)

function svg(content) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${content}</svg>`
}

/** Words in the middle of a sheet; `over` is drawn upon them. */
function sign({ lines, paper = '#fbf7ee', ink = '#232323', over = '', turnDegrees = 0 }) {
  const top = HEIGHT / 2 - (lines.length - 1) * 40
  const words = lines.map(
    (line, i) =>
      `<text x="${WIDTH / 2}" y="${top + i * 80}" font-size="${i === 0 ? 50 : 34}" font-weight="${i === 0 ? 700 : 400}" text-anchor="middle" fill="${ink}" font-family="${FONT}">${escaped(line)}</text>`,
  )
  const turned = `<g transform="rotate(${turnDegrees} ${WIDTH / 2} ${HEIGHT / 2})">${words.join('')}</g>`
  return svg(`<rect width="100%" height="100%" fill="${paper}"/>${turned}${over}`)
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** Lines across the words, as spammers draw them against readers of text. */
function strikes() {
  const lines = Array.from({ length: 9 }, (_, i) => {
    const y = 60 + i * 36
    return `<path d="M0 ${y} Q ${WIDTH / 2} ${y + (i % 2 ? 46 : -46)} ${WIDTH} ${y + 12}" stroke="#7a6bd0" stroke-width="3" fill="none"/>`
  })
  return lines.join('')
}

/** Dots at places that look random but are the same every time. */
function speckles(count) {
  const dots = Array.from({ length: count }, (_, i) => {
    const x = (i * 7919) % WIDTH
    const y = (i * 104_729 + ((i * i) % 97)) % HEIGHT
    return `<circle cx="${x}" cy="${y}" r="${1 + (i % 3)}" fill="${i % 2 ? '#555' : '#bbb'}"/>`
  })
  return dots.join('')
}

function hills() {
  return svg(`<rect width="100%" height="100%" fill="#bfe0f2"/><circle cx="500" cy="90" r="46" fill="#ffd166"/>
    <path d="M0 260 Q 160 150 330 250 T 640 220 V400 H0Z" fill="#7fb069"/>
    <path d="M0 320 Q 220 240 400 310 T 640 300 V400 H0Z" fill="#4f8a4b"/>
    <path d="M60 330 h520 M60 330 v-26 M580 330 v-26 M60 304 Q320 250 580 304" stroke="#6b4f3a" stroke-width="9" fill="none"/>`)
}

function quinces() {
  const fruit = [
    [180, 210],
    [290, 250],
    [400, 205],
    [340, 160],
  ].map(
    ([x, y]) =>
      `<ellipse cx="${x}" cy="${y}" rx="58" ry="66" fill="#e9c83d"/><path d="M${x} ${y - 64} q8 -26 30 -30" stroke="#5a4327" stroke-width="7" fill="none"/>`,
  )
  return svg(
    `<rect width="100%" height="100%" fill="#f3ede2"/><ellipse cx="300" cy="330" rx="240" ry="40" fill="#b98b5e"/>${fruit.join('')}`,
  )
}

function cat() {
  return svg(`<rect width="100%" height="100%" fill="#d9cbb8"/><rect y="300" width="640" height="100" fill="#8a5a3c"/>
    <ellipse cx="330" cy="270" rx="130" ry="70" fill="#7d8187"/><circle cx="210" cy="200" r="62" fill="#7d8187"/>
    <path d="M160 165 l6 -58 l40 36 Z M222 142 l44 -32 l-2 58 Z" fill="#7d8187"/>
    <circle cx="190" cy="196" r="8" fill="#e3d34a"/><circle cx="232" cy="196" r="8" fill="#e3d34a"/>
    <path d="M204 220 h14 l-7 9 Z" fill="#d98a8a"/><path d="M450 270 q90 -20 70 -110" stroke="#7d8187" stroke-width="26" fill="none" stroke-linecap="round"/>`)
}

function circuit() {
  return svg(`<rect width="100%" height="100%" fill="#ffffff"/>
    <g stroke="#1d3557" stroke-width="5" fill="none"><path d="M80 320 V90 H250 M390 90 H560 V320 H80"/>
    <path d="M250 90 l12 -22 l24 44 l24 -44 l24 44 l24 -44 l24 44 l8 -22"/><path d="M300 320 v-60 M270 260 h60 M270 240 h60 M300 240 V90"/>
    <circle cx="560" cy="205" r="34" fill="#ffffff"/></g>`)
}
