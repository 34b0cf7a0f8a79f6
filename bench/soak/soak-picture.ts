import sharp from 'sharp'
import type { SoakPoint } from './soak-verdict.ts'

/** Colours that people who see few colours tell apart (Okabe & Ito 2008). */
const colours = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#56b4e9']
const WIDTH = 1000
const PANEL = { left: 70, right: 850, height: 130, gap: 60, top: 50 }
const FONT = 'DejaVu Sans, Verdana, sans-serif'

/** Panels from top to bottom: the measures whose names end so. */
const panels = [
  ['Memory, MB', / MB$/],
  ['Open files and sockets', / handles$/],
  ['Records behind', /^records behind$/],
  ['ClickHouse parts', /^ClickHouse parts$/],
] as const

/** What was measured in a soak over its minutes. @returns a PNG */
export function drawSoak(points: readonly SoakPoint[]): Promise<Buffer> {
  return sharp(Buffer.from(soakSvg(points)))
    .png({ palette: true })
    .toBuffer()
}

/** The same as SVG. @throws Error for fewer than two points */
export function soakSvg(points: readonly SoakPoint[]): string {
  if (points.length < 2) throw new Error(`a picture of a soak needs two points, not ${points.length}`)
  const height = PANEL.top + panels.length * (PANEL.height + PANEL.gap)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="${FONT}" font-size="13" fill="#222">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...panels.flatMap(([title, pattern], place) =>
      panel(points, title, pattern, PANEL.top + place * (PANEL.height + PANEL.gap)),
    ),
    '</svg>',
  ].join('\n')
}

function panel(points: readonly SoakPoint[], title: string, pattern: RegExp, top: number): string[] {
  const names = [...new Set(points.flatMap(({ measures }) => Object.keys(measures)))].filter(name =>
    pattern.test(name),
  )
  const highest = Math.max(1, ...points.flatMap(({ measures }) => names.map(name => measures[name] ?? 0)))
  const end = points.at(-1)!.minutes || 1
  const bottom = top + PANEL.height
  const x = (minutes: number) => round(PANEL.left + ((PANEL.right - PANEL.left) * minutes) / end)
  const y = (value: number) => round(bottom - (PANEL.height * value) / highest)
  const grid = [0, highest / 2, highest].flatMap(value => [
    `<line x1="${PANEL.left}" x2="${PANEL.right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`,
    `<text x="${PANEL.left - 8}" y="${y(value) + 4}" text-anchor="end">${Math.round(value)}</text>`,
  ])
  const lines = names.flatMap((name, place) => {
    const colour = colours[place % colours.length]!
    const path = points
      .filter(({ measures }) => measures[name] !== undefined)
      .map(({ minutes, measures }, i) => `${i === 0 ? 'M' : 'L'}${x(minutes)} ${y(measures[name]!)}`)
      .join(' ')
    const label = `<text x="${PANEL.right + 10}" y="${top + 14 + 18 * place}" fill="${colour}">${name.replace(pattern, '') || name}</text>`
    return [`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`, label]
  })
  return [
    `<text x="${PANEL.left}" y="${top - 12}" font-weight="bold">${title}</text>`,
    `<text x="${PANEL.right}" y="${bottom + 20}" text-anchor="end">${Math.round(end)} minutes</text>`,
    ...grid,
    ...lines,
  ]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
