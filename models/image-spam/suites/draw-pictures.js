/**
 * Draws the suite of pictures of image-spam, `pictures/*.webp` and their rows in `pictures.jsonl`:
 * `node models/image-spam/suites/draw-pictures.js`. What platforms see every day must pass, and spam as spammers draw it be
 * caught. Everything here was made up for the purpose and is seeded; fonts come from the system, so that another machine's
 * pictures may differ in their pixels: those that are committed are judged.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

const OF_EACH = 4
const SEED = 20_261_128
const QUALITY = 82
const FONTS = ['DejaVu Sans', 'DejaVu Serif', 'DejaVu Sans Mono', 'DejaVu Sans Condensed']

let state = SEED
/** Mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const between = (from, to) => from + random() * (to - from)
const whole = (from, to) => Math.floor(between(from, to + 1))
const one = list => list[Math.floor(random() * list.length)]
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i)).join('')
const hsl = (hue, saturation, light) => `hsl(${Math.round(hue)},${Math.round(saturation)}%,${Math.round(light)}%)`
const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function words(text, { x, y, size, ink = '#222', font = FONTS[0], weight = 400, anchor = 'start', more = '' }) {
  return `<text x="${x}" y="${y}" font-size="${size}" font-family="${font}" font-weight="${weight}" text-anchor="${anchor}" fill="${ink}" ${more}>${escaped(text)}</text>`
}

/** Size so that a line fits. */
const fitting = (text, width, most) => Math.min(most, width / (0.66 * text.length))

const offers = [
  ['CASINO BONUS 500%', 'sign up and win today'],
  ['CHEAP PILLS ONLINE', 'no prescription needed'],
  ['EARN $900 A DAY', 'work from home, no skills'],
  ['DOUBLE YOUR BITCOIN', 'guaranteed profit in 24 h'],
  ['REPLICA WATCHES -80%', 'order now, free shipping'],
  ['LOSE 10 KG IN A WEEK', 'miracle tea, buy now'],
  ['INSTANT LOAN APPROVED', 'click the link, cash today'],
  ['FREE GIFT CARD', 'claim yours before midnight'],
  ['BUY 10K FOLLOWERS', 'cheap and instant, order now'],
  ['HOT STOCK ALERT', 'buy before it explodes'],
]
const chats = [
  ['are you coming on sunday?', 'yes, after lunch', 'bring the big pot please', 'will do'],
  ['did the parcel arrive', 'not yet', 'maybe tomorrow then', 'fingers crossed'],
  ['the train is late again', 'how late', 'twenty minutes', 'i will wait at the cafe'],
  ['mum says hi', 'hi mum!', 'she asks about the cat', 'the cat is asleep'],
  ['who has the key to the shed', 'ines has it', 'ok i will ring her', 'thanks'],
]
const captions = [
  ['when the code works', 'and nobody knows why'],
  ['one does not simply', 'water the tomatoes at noon'],
  ['me at the meeting', 'still thinking about lunch'],
  ['my cat at 4 am', 'choosing violence'],
  ['monday again', 'so soon'],
]
const quotes = [
  ['Leave the path a little', 'tidier than you found it.'],
  ['We painted the fence', 'and then it rained.'],
  ['Every garden begins', 'with a borrowed spade.'],
  ['Nobody has ever regretted', 'a second cup of tea.'],
  ['The choir meets on Friday,', 'and so does the dog.'],
]
const code = [
  ['for (const row of rows) {', '  const sum = add(row)', '  total += sum', '}', 'return total'],
  ['def mean(values):', '    if not values:', '        return 0', '    return sum(values) / len(values)', ''],
  ['error: expected a number', '  at parse (reader.js:41)', '  at main (index.js:7)', '', 'exit code 1'],
  ['SELECT name, count(*)', 'FROM visits', 'GROUP BY name', 'ORDER BY 2 DESC', 'LIMIT 20'],
  ['server:', '  port: 8080', '  hosts:', '    - alpha', '    - beta'],
]

const plain = (w, h, paper) => `<rect width="${w}" height="${h}" fill="${paper}"/>`

function gradient(w, h, hue = between(0, 360)) {
  const stops = `<stop stop-color="${hsl(hue, 85, 58)}"/><stop offset="1" stop-color="${hsl(hue + between(40, 120), 85, 38)}"/>`
  return `<defs><linearGradient id="g" x2="${between(0, 1)}" y2="1">${stops}</linearGradient></defs><rect width="${w}" height="${h}" fill="url(#g)"/>`
}

/** Hills under a sky, and what stands on them. */
function landscape(w, h) {
  const hue = between(190, 230)
  const sky = `<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="${hsl(hue, 60, between(45, 65))}"/><stop offset="1" stop-color="${hsl(hue - between(0, 170), 60, 85)}"/></linearGradient></defs><rect width="${w}" height="${h}" fill="url(#s)"/>`
  const sun = `<circle cx="${between(0.1, 0.9) * w}" cy="${between(0.1, 0.3) * h}" r="${between(0.05, 0.09) * h}" fill="#fff3c4"/>`
  const hills = times(4, i => {
    const y = h * (0.42 + 0.13 * i)
    const fill = hsl(between(70, 150), between(20, 45), 58 - 10 * i)
    return `<path d="M0 ${y} Q${w * between(0.1, 0.4)} ${y - h * between(0.05, 0.25)} ${w * 0.5} ${y} T${w} ${y - h * between(-0.05, 0.1)} V${h} H0z" fill="${fill}"/>`
  })
  const trees = times(whole(4, 9), () => {
    const [x, y, r] = [between(0.05, 0.95) * w, between(0.6, 0.9) * h, between(0.03, 0.07) * h]
    return `<path d="M${x} ${y} v${r * 2}" stroke="#5a4632" stroke-width="${r / 3}"/><ellipse cx="${x}" cy="${y}" rx="${r}" ry="${r * 1.3}" fill="${hsl(between(85, 140), 35, 28)}"/>`
  })
  return sky + sun + hills + trees
}

/** A round face with ears, to write a caption over. */
function animal(w, h) {
  const [x, y, r] = [w / 2, h * 0.52, h * 0.26]
  const fur = hsl(between(15, 45), between(20, 60), between(35, 70))
  const ears = [-1, 1]
    .map(side => `<path d="M${x + side * r * 0.9} ${y - r * 0.3} L${x + side * r * 0.85} ${y - r * 1.4} L${x + side * r * 0.2} ${y - r * 0.9}z" fill="${fur}"/>`)
    .join('')
  const eyes = [-1, 1]
    .map(side => `<circle cx="${x + side * r * 0.4}" cy="${y - r * 0.15}" r="${r * 0.14}" fill="#2a2a2a"/>`)
    .join('')
  return `${ears}<circle cx="${x}" cy="${y}" r="${r}" fill="${fur}"/>${eyes}<path d="M${x - r * 0.1} ${y + r * 0.2} h${r * 0.2} l-${r * 0.1} ${r * 0.12}z" fill="#b56"/><path d="M${x} ${y + r * 0.32} q-${r * 0.2} ${r * 0.2} -${r * 0.4} 0 M${x} ${y + r * 0.32} q${r * 0.2} ${r * 0.2} ${r * 0.4} 0" stroke="#2a2a2a" stroke-width="3" fill="none"/>`
}

function offerLines(w, h, offer, { ink = '#111', font = one(FONTS), y = 0.45, opacity = 1 } = {}) {
  const [title, line] = offer
  return `<g opacity="${opacity}">${words(title, { x: w / 2, y: h * y, size: fitting(title, w * 0.9, h * 0.15), ink, font, weight: 700, anchor: 'middle' })}${words(line, { x: w / 2, y: h * (y + 0.17), size: fitting(line, w * 0.85, h * 0.09), ink, font, anchor: 'middle' })}</g>`
}

const offerOf = i => offers[(i * 3) % offers.length]

/** By name: what is drawn, and whether it is spam. Each takes its number, and answers an SVG's inner part for its size. */
const kinds = {
  bars: {
    label: 'ham',
    draw: (w, h) => {
      const count = whole(4, 8)
      const hue = between(0, 360)
      const step = (w * 0.8) / count
      return `${plain(w, h, '#fff')}${words(one(['visitors by month', 'rain in mm', 'books lent', 'harvest in kg']), { x: w / 2, y: h * 0.1, size: h * 0.06, anchor: 'middle' })}${times(count, i => {
        const high = between(0.15, 0.6) * h
        return `<rect x="${w * 0.12 + i * step}" y="${h * 0.85 - high}" width="${step * 0.7}" height="${high}" fill="${hsl(hue, 50, 55)}"/>${words(String(i + 1), { x: w * 0.12 + i * step + step * 0.3, y: h * 0.92, size: h * 0.045, anchor: 'middle' })}`
      })}<path d="M${w * 0.1} ${h * 0.15} V${h * 0.85} H${w * 0.95}" stroke="#444" stroke-width="2" fill="none"/>`
    },
  },
  curve: {
    label: 'ham',
    draw: (w, h) => {
      const line = Array.from({ length: 24 }, (_, i) => `${w * (0.1 + 0.036 * i)},${h * (0.5 + 0.25 * Math.sin(i / between(2.6, 3.4)) + between(-0.04, 0.04))}`).join(' ')
      return `${plain(w, h, '#fdfdfb')}${times(6, i => `<path d="M${w * 0.1} ${h * (0.15 + 0.14 * i)} H${w * 0.95}" stroke="#ddd"/>${words(String(50 - 10 * i), { x: w * 0.08, y: h * (0.165 + 0.14 * i), size: h * 0.04, anchor: 'end' })}`)}<polyline points="${line}" fill="none" stroke="${hsl(between(0, 360), 60, 45)}" stroke-width="3"/>`
    },
  },
  chat: {
    label: 'ham',
    draw: (w, h, i) => {
      const paper = one(['#e9e4dc', '#f4f6f8', '#dfe8e2'])
      return plain(w, h, paper) + chats[i % chats.length].map((line, n) => {
        const [mine, size] = [n % 2 === 1, h * 0.055]
        const width = line.length * size * 0.56 + 24
        const x = mine ? w * 0.96 - width : w * 0.04
        const y = h * (0.08 + 0.22 * n)
        return `<rect x="${x}" y="${y}" width="${width}" height="${h * 0.14}" rx="12" fill="${mine ? '#cdeac6' : '#fff'}"/>${words(line, { x: x + 12, y: y + h * 0.09, size })}`
      }).join('')
    },
  },
  receipt: {
    label: 'ham',
    draw: (w, h) => {
      const goods = ['bread', 'milk', 'apples', 'oats', 'tea', 'eggs', 'soap', 'rice', 'onions']
      const rows = Array.from({ length: 6 }, () => [one(goods), between(0.8, 6).toFixed(2)])
      const total = rows.reduce((sum, [, price]) => sum + Number(price), 0).toFixed(2)
      const line = (left, right, y, weight = 400) =>
        words(left, { x: w * 0.22, y, size: h * 0.05, font: FONTS[2], weight }) + words(right, { x: w * 0.78, y, size: h * 0.05, font: FONTS[2], weight, anchor: 'end' })
      return `${plain(w, h, '#8d8378')}<rect x="${w * 0.15}" y="${h * 0.03}" width="${w * 0.7}" height="${h * 0.94}" fill="#fbfaf5"/>${words('Corner store', { x: w / 2, y: h * 0.13, size: h * 0.06, font: FONTS[2], anchor: 'middle' })}${rows.map(([name, price], i) => line(name, price, h * (0.25 + 0.08 * i))).join('')}${line('total', total, h * 0.8, 700)}${words('thank you', { x: w / 2, y: h * 0.91, size: h * 0.045, font: FONTS[2], anchor: 'middle' })}`
    },
  },
  meme: {
    label: 'ham',
    draw: (w, h, i) => {
      const [top, bottom] = captions[i % captions.length]
      const line = (text, y) => words(text.toUpperCase(), { x: w / 2, y, size: fitting(text, w * 0.95, h * 0.12), ink: '#fff', weight: 700, anchor: 'middle', more: 'stroke="#000" stroke-width="2"' })
      return `${plain(w, h, hsl(between(0, 360), 35, 60))}${animal(w, h)}${line(top, h * 0.14)}${line(bottom, h * 0.95)}`
    },
  },
  landscape: { label: 'ham', soft: 0.8, draw: landscape },
  quote: {
    label: 'ham',
    draw: (w, h, i) => plain(w, h, one(['#f5efe2', '#20303a', '#fff'])) + quotes[i % quotes.length].map((line, n) => words(line, { x: w / 2, y: h * (0.45 + 0.16 * n), size: fitting(line, w * 0.85, h * 0.1), ink: '#8a6d3b', font: FONTS[1], anchor: 'middle' })).join(''),
  },
  code: {
    label: 'ham',
    draw: (w, h, i) => plain(w, h, '#1f2430') + code[i % code.length].map((line, n) => words(line, { x: w * 0.06, y: h * (0.2 + 0.14 * n), size: h * 0.06, ink: one(['#d8dee9', '#a3be8c', '#88c0d0']), font: FONTS[2], more: 'xml:space="preserve"' })).join(''),
  },
  advert: { label: 'spam', draw: (w, h, i) => gradient(w, h) + offerLines(w, h, offerOf(i), { ink: '#fff' }) + `<rect x="${w * 0.3}" y="${h * 0.74}" width="${w * 0.4}" height="${h * 0.14}" rx="10" fill="#ffd400"/>${words('ORDER NOW', { x: w / 2, y: h * 0.835, size: h * 0.07, weight: 700, anchor: 'middle' })}` },
  slanted: { label: 'spam', draw: (w, h, i) => `${plain(w, h, '#fff')}<g transform="rotate(${between(-14, 14)} ${w / 2} ${h / 2})">${offerLines(w, h, offerOf(i), { ink: hsl(between(0, 360), 70, 35) })}</g>` },
  struck: { label: 'spam', draw: (w, h, i) => plain(w, h, '#fbfbf6') + offerLines(w, h, offerOf(i)) + times(12, () => `<path d="M0 ${between(0, h)} Q${w / 2} ${between(0, h)} ${w} ${between(0, h)}" stroke="${hsl(between(0, 360), 60, 50)}" stroke-width="1.6" fill="none"/>`) },
  speckled: { label: 'spam', draw: (w, h, i) => plain(w, h, '#f4f4ff') + offerLines(w, h, offerOf(i), { ink: '#224' }) + times(500, () => `<circle cx="${between(0, w)}" cy="${between(0, h)}" r="${between(0.6, 2)}" fill="${hsl(between(0, 360), 60, 55)}"/>`) },
  dark: { label: 'spam', draw: (w, h, i) => plain(w, h, hsl(between(0, 360), 30, 12)) + offerLines(w, h, offerOf(i), { ink: '#f2e6b0' }) },
  watermark: { label: 'spam', soft: 0.5, draw: (w, h, i) => landscape(w, h) + times(3, n => `<g transform="rotate(-18 ${w / 2} ${h / 2}) translate(0 ${(n - 1) * h * 0.33})">${offerLines(w, h, offerOf(i), { ink: '#fff', opacity: 0.42 })}</g>`) },
  pasted: { label: 'spam', draw: (w, h, i) => `${landscape(w, h)}<rect x="${w * 0.04}" y="${h * 0.25}" width="${w * 0.92}" height="${h * 0.42}" fill="#fff" opacity="0.82"/>${offerLines(w, h, offerOf(i), { ink: '#c00' })}` },
}

const folder = join(import.meta.dirname, 'pictures')
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
const rows = []
for (const [about, { label, draw, soft }] of Object.entries(kinds))
  for (let i = 0; i < OF_EACH; i++) {
    const [w, h] = [whole(340, 520), whole(280, 400)]
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">${draw(w, h, i)}</svg>`
    const drawn = sharp(Buffer.from(svg)).removeAlpha()
    const image = `pictures/${about}-${i + 1}.webp`
    await (soft === undefined ? drawn : drawn.blur(soft)).webp({ quality: QUALITY }).toFile(join(import.meta.dirname, image))
    rows.push({ image, label, about })
  }
await writeFile(join(import.meta.dirname, 'pictures.jsonl'), rows.map(row => `${JSON.stringify(row)}\n`).join(''))
