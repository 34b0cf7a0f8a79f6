import type { Draws } from '../community/draws.ts'

/** Drawings that pass for snapshots once they are blurred and grained: what people of the community post. All is SVG, and seeded. */
export interface Drawing {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Elements of an SVG of that size. */
  readonly body: string
}

const WIDTHS = [420, 640] as const
const HEIGHTS = [300, 440] as const

/** Hills, a table with fruit, houses or the sea, without a word in it. */
export function drawScene(draws: Draws): Drawing {
  const between = betweenOf(draws)
  const size = { width: Math.round(between(...WIDTHS)), height: Math.round(between(...HEIGHTS)) }
  return { ...size, body: draws.pick([hills, table, houses, sea])(size, draws) }
}

/** A product on a plain ground, as a shop shows it; also without a word. */
export function drawProduct(draws: Draws): Drawing {
  const between = betweenOf(draws)
  const [width, height] = [Math.round(between(...WIDTHS)), Math.round(between(...HEIGHTS))]
  const hue = draws.below(360)
  const side = Math.min(width, height)
  const [x, y] = [width / 2, height / 2]
  const marks = Array.from({ length: 12 }, (_, i) => {
    const angle = (i * Math.PI) / 6
    const at = (share: number) =>
      `${x + Math.cos(angle) * share * side} ${y + Math.sin(angle) * share * side}`
    return `<path d="M${at(0.21)} L${at(0.25)}" stroke="hsl(${hue}, 60%, 20%)" stroke-width="${side * 0.014}"/>`
  })
  const hand = (share: number) => {
    const angle = between(0, 2 * Math.PI)
    return `<path d="M${x} ${y} L${x + Math.cos(angle) * share * side} ${y + Math.sin(angle) * share * side}" stroke="#222" stroke-width="${side * 0.018}" stroke-linecap="round"/>`
  }
  const strap = side * between(0.16, 0.24)
  return {
    width,
    height,
    body: [
      shaded('g', `hsl(${(hue + 180) % 360}, 25%, 88%)`, `hsl(${(hue + 180) % 360}, 30%, 60%)`),
      `<rect width="${width}" height="${height}" fill="url(#g)"/>`,
      `<ellipse cx="${x}" cy="${y + side * 0.36}" rx="${side * 0.38}" ry="${side * 0.06}" fill="#0003"/>`,
      `<rect x="${x - strap / 2}" y="${-side * 0.05}" width="${strap}" height="${height + side * 0.1}" rx="${strap * 0.2}" fill="hsl(${hue}, 35%, 28%)"/>`,
      ...Array.from(
        { length: 9 },
        (_, i) =>
          `<path d="M${x - strap / 2} ${(i * height) / 9} h${strap}" stroke="hsl(${hue}, 30%, 20%)" stroke-width="3"/>`,
      ),
      `<circle cx="${x}" cy="${y}" r="${side * 0.31}" fill="hsl(45, 45%, 48%)"/>`,
      `<circle cx="${x}" cy="${y}" r="${side * 0.27}" fill="hsl(${hue}, 15%, 93%)"/>`,
      ...marks,
      hand(0.14),
      hand(0.2),
    ].join(''),
  }
}

type Size = Pick<Drawing, 'width' | 'height'>

function hills({ width, height }: Size, draws: Draws): string {
  const between = betweenOf(draws)
  const hue = 70 + draws.below(80)
  const rows = 3 + draws.below(3)
  const layers = Array.from({ length: rows }, (_, i) => {
    const y = height * (0.35 + (0.55 * i) / rows)
    const swell = () => y + between(-0.12, 0.12) * height
    const path = `M0 ${swell()} C${width * 0.25} ${swell()} ${width * 0.4} ${swell()} ${width * 0.55} ${swell()} S${width * 0.9} ${swell()} ${width} ${swell()} V${height} H0Z`
    return `<path d="${path}" fill="hsl(${hue - 8 * i}, ${20 + 8 * i}%, ${58 - (34 * i) / rows}%)"/>${trees(width, y, height, draws)}`
  })
  return `${sky(draws, { width, height })}${layers.join('')}`
}

function trees(width: number, y: number, height: number, draws: Draws): string {
  const between = betweenOf(draws)
  return Array.from({ length: 3 + draws.below(8) }, () => {
    const [x, top] = [between(0, width), y + between(0.02, 0.14) * height]
    const size = height * between(0.03, 0.09)
    return `<rect x="${x - size * 0.08}" y="${top}" width="${size * 0.16}" height="${size}" fill="hsl(28, 35%, 24%)"/><ellipse cx="${x}" cy="${top - size * 0.1}" rx="${size * 0.5}" ry="${size * 0.75}" fill="hsl(${80 + draws.below(60)}, 35%, ${18 + draws.below(20)}%)"/>`
  }).join('')
}

function table({ width, height }: Size, draws: Draws): string {
  const between = betweenOf(draws)
  const wood = 20 + draws.below(20)
  const boards = Array.from(
    { length: 7 },
    (_, i) =>
      `<rect y="${height * (0.5 + i * 0.075)}" width="${width}" height="${height * 0.075}" fill="hsl(${wood}, ${30 + draws.below(15)}%, ${30 + draws.below(10)}%)"/>`,
  )
  const fruit = Array.from({ length: 4 + draws.below(5) }, (_, i) => {
    const r = height * between(0.07, 0.14)
    const [x, y] = [between(0.12, 0.88) * width, between(0.5, 0.82) * height]
    const hue = draws.pick([8, 30, 48, 85, 340])
    return `${shaded(`f${i}`, `hsl(${hue}, 70%, 66%)`, `hsl(${hue}, 65%, 30%)`, true)}<ellipse cx="${x + r * 0.2}" cy="${y + r * 0.9}" rx="${r * 1.1}" ry="${r * 0.3}" fill="#0005"/><circle cx="${x}" cy="${y}" r="${r}" fill="url(#f${i})"/><path d="M${x} ${y - r * 0.9} q${r * 0.1} ${-r * 0.4} ${r * 0.4} ${-r * 0.5}" stroke="hsl(30, 40%, 22%)" stroke-width="${r * 0.12}" fill="none"/>`
  })
  const wall = draws.below(360)
  return `${shaded('w', `hsl(${wall}, 18%, 74%)`, `hsl(${wall}, 22%, 48%)`)}<rect width="${width}" height="${height}" fill="url(#w)"/>${boards.join('')}${fruit.join('')}`
}

function houses({ width, height }: Size, draws: Draws): string {
  const between = betweenOf(draws)
  const ground = height * 0.78
  let x = -width * 0.05
  const row: string[] = []
  while (x < width) {
    const [across, top] = [width * between(0.12, 0.24), ground - height * between(0.3, 0.55)]
    const wall = `hsl(${draws.below(60)}, ${20 + draws.below(30)}%, ${48 + draws.below(25)}%)`
    const panes = Array.from({ length: 6 }, (_, i) => {
      const [left, up] = [
        x + across * (0.16 + 0.4 * (i % 2)),
        top + (ground - top) * (0.1 + 0.28 * Math.floor(i / 2)),
      ]
      return `<rect x="${left}" y="${up}" width="${across * 0.26}" height="${(ground - top) * 0.17}" fill="hsl(210, 30%, ${22 + draws.below(40)}%)" stroke="#eee" stroke-width="2"/>`
    })
    row.push(
      `<path d="M${x - 4} ${top} L${x + across / 2} ${top - height * 0.12} L${x + across + 4} ${top}Z" fill="hsl(${draws.below(25)}, 40%, 32%)"/><rect x="${x}" y="${top}" width="${across}" height="${ground - top}" fill="${wall}"/>${panes.join('')}`,
    )
    x += across
  }
  return `${sky(draws, { width, height })}${row.join('')}<rect y="${ground}" width="${width}" height="${height - ground}" fill="hsl(30, 6%, 38%)"/>`
}

function sea({ width, height }: Size, draws: Draws): string {
  const between = betweenOf(draws)
  const horizon = height * between(0.35, 0.5)
  const waves = Array.from({ length: 40 }, () => {
    const y = between(horizon, height)
    const size = (0.02 + (0.09 * (y - horizon)) / height) * width
    return `<path d="M${between(0, width)} ${y} q${size / 2} ${-size * 0.18} ${size} 0" stroke="hsl(195, 40%, ${40 + draws.below(35)}%)" stroke-width="2" fill="none"/>`
  })
  const boats = Array.from({ length: 1 + draws.below(3) }, () => {
    const [x, y, size] = [
      between(0.1, 0.9) * width,
      horizon + between(0.04, 0.3) * height,
      between(0.06, 0.14) * width,
    ]
    return `<path d="M${x} ${y} h${size} l${-size * 0.2} ${size * 0.2} h${-size * 0.6}Z" fill="hsl(${draws.below(360)}, 40%, 30%)"/><path d="M${x + size * 0.5} ${y - size * 0.05} v${-size} l${size * 0.4} ${size * 0.9}Z" fill="#f1ece0"/>`
  })
  return `${sky(draws, { width, height })}${shaded('s', 'hsl(195, 45%, 55%)', 'hsl(205, 55%, 25%)')}<rect y="${horizon}" width="${width}" height="${height - horizon}" fill="url(#s)"/>${waves.join('')}${boats.join('')}`
}

function sky(draws: Draws, { width, height }: Size): string {
  const between = betweenOf(draws)
  const clouds = Array.from(
    { length: draws.below(6) },
    () =>
      `<ellipse cx="${between(0, width)}" cy="${between(0, 0.3) * height}" rx="${between(0.06, 0.2) * width}" ry="${between(0.02, 0.06) * height}" fill="#fff" fill-opacity="${between(0.3, 0.8)}"/>`,
  )
  const hue = draws.pick([205, 212, 28])
  return `${shaded('sky', `hsl(${hue}, 55%, 58%)`, `hsl(${hue - 8}, 50%, 86%)`)}<rect width="${width}" height="${height}" fill="url(#sky)"/>${clouds.join('')}`
}

function shaded(id: string, from: string, to: string, isRound = false): string {
  const stops = `<stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/>`
  return isRound
    ? `<radialGradient id="${id}" cx="0.35" cy="0.3" r="0.8">${stops}</radialGradient>`
    : `<linearGradient id="${id}" x2="0" y2="1">${stops}</linearGradient>`
}

export function betweenOf(draws: Draws): (from: number, to: number) => number {
  return (from, to) => from + draws.uniform() * (to - from)
}
