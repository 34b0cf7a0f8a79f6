import sharp from 'sharp'
import type { LoopMark, LoopPoint, LoopRecord } from './loop-record.ts'

/** Colours that people who see few colours tell apart (Okabe & Ito 2008), and lines that differ without colour. */
const colours = {
  newLanguage: '#d55e00',
  ordinary: '#0072b2',
  mean: '#5b5b5b',
  alarm: '#cc79a7',
  labels: '#56b4e9',
  ink: '#222',
  faint: '#ddd',
}
const WIDTH = 1280
const HEIGHT = 860
const LEFT = 90
const RIGHT = 1190
const FONT = 'DejaVu Sans, Verdana, sans-serif'
/** From top to bottom: what happened, how right the scores are, what they are, what people did. */
const MARKS_TOP = 92
const MARK_ROWS = 6
const MARK_ROW = 22
const accuracyPanel = { top: 250, bottom: 530 }
const meanPanel = { top: 585, bottom: 655 }
const ALARMS_Y = 688
const labelsPanel = { top: 736, bottom: 800 }
const LEGEND_LEFT = 310
const ALARMS_LEFT = 175
const ALARM_RADIUS_MAX = 11
const TICKS_X = 8
const MARK_LETTERS_MAX = 64

interface Panel {
  readonly top: number
  readonly bottom: number
}

/**
 * The picture of the loop: accuracy on the new and on ordinary language over the contents published, the mean niceness, the
 * labels given, and what happened when.
 * @returns a PNG of 1280 × 860 pixels
 */
export function drawLoop(record: LoopRecord): Promise<Buffer> {
  return sharp(Buffer.from(loopSvg(record)))
    .png()
    .toBuffer()
}

/** The same as SVG. @throws Error for fewer than two points */
export function loopSvg({ points, marks }: LoopRecord): string {
  if (points.length < 2) throw new Error(`a picture of the loop needs two points, not ${points.length}`)
  const last = Math.max(...points.map(({ contents }) => contents), ...marks.map(({ contents }) => contents))
  const x = (contents: number) => LEFT + ((RIGHT - LEFT) * contents) / last
  const labelsMax = niceStep(Math.max(10, ...points.map(({ labels }) => labels)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="${FONT}" font-size="14" fill="${colours.ink}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 40, 'The language drifts, the loop closes', { size: 24, bold: true }),
    text(LEFT, 66, 'Scores of the live model against the truth, in a simulated community', {
      colour: '#555',
    }),
    ...xAxis(last, x),
    ...yAxis(accuracyPanel, 'Accuracy, three classes', [0, 0.25, 0.5, 0.75, 1], value => `${value * 100} %`),
    ...yAxis(meanPanel, 'Mean niceness', [0, 5, 10], String),
    ...yAxis(labelsPanel, 'Labels', [0, labelsMax], String),
    ...markLines(marks, x),
    ...alarms(points, x),
    area(points, x, ({ labels }) => labels / labelsMax, labelsPanel),
    line(points, x, ({ meanNiceness }) => meanNiceness && meanNiceness / 10, meanPanel, colours.mean),
    line(points, x, ({ ordinary }) => ordinary, accuracyPanel, colours.ordinary, '9 5'),
    line(points, x, ({ newLanguage }) => newLanguage, accuracyPanel, colours.newLanguage),
    ...legend(),
    '</svg>',
  ].join('\n')
}

function xAxis(last: number, x: (contents: number) => number): string[] {
  const step = niceStep(last / TICKS_X)
  const ticks = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step)
  const bottom = labelsPanel.bottom
  return [
    ...ticks.map(tick => text(x(tick), bottom + 22, tick.toLocaleString('en'), { anchor: 'middle' })),
    text((LEFT + RIGHT) / 2, bottom + 46, 'Posts and comments published', { anchor: 'middle' }),
  ]
}

/** Ticks from the lowest to the highest, which are the ends of the panel. */
function yAxis(
  panel: Panel,
  name: string,
  ticks: readonly number[],
  shown: (value: number) => string,
): string[] {
  const highest = ticks.at(-1)!
  return [
    text(LEFT, panel.top - 12, name, { bold: true }),
    ...ticks.flatMap(tick => {
      const y = yOf(tick / highest, panel)
      return [
        `<line x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}" stroke="${colours.faint}"/>`,
        text(LEFT - 10, y + 5, shown(tick), { anchor: 'end' }),
      ]
    }),
  ]
}

/** What happened: a line down through all panels, and its words in a row of their own, so that none covers another. */
function markLines(marks: readonly LoopMark[], x: (contents: number) => number): string[] {
  return [...marks]
    .sort((a, b) => a.contents - b.contents)
    .flatMap((mark, i) => {
      const at = round(x(mark.contents))
      const y = MARKS_TOP + 14 + (i % MARK_ROWS) * MARK_ROW
      const isRight = at > (LEFT + RIGHT) / 2
      const words =
        mark.text.length > MARK_LETTERS_MAX ? `${mark.text.slice(0, MARK_LETTERS_MAX - 1)}…` : mark.text
      const dash = mark.type === 'drift' || mark.type === 'promoted' ? '' : ' stroke-dasharray="3 4"'
      return [
        `<line x1="${at}" x2="${at}" y1="${y - 4}" y2="${labelsPanel.bottom}" stroke="#777"${dash}/>`,
        `<circle cx="${at}" cy="${y - 4}" r="4" fill="${colours.ink}"/>`,
        text(isRight ? at - 9 : at + 9, y + 1, words, { anchor: isRight ? 'end' : 'start', halo: true }),
      ]
    })
}

function legend(): string[] {
  const y = accuracyPanel.top - 17
  const entry = (left: number, colour: string, name: string, dash: string) => [
    `<line x1="${left}" x2="${left + 36}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="3"${dash}/>`,
    text(left + 44, y + 5, name, { colour, halo: true }),
  ]
  return [
    ...entry(LEGEND_LEFT, colours.newLanguage, 'new language', ''),
    ...entry(LEGEND_LEFT + 175, colours.ordinary, 'ordinary language', ' stroke-dasharray="9 5"'),
  ]
}

/** A circle for each window in which alarms were raised, larger for more of them. */
function alarms(points: readonly LoopPoint[], x: (contents: number) => number): string[] {
  const circles = points.flatMap((point, i) => {
    const count = point.alarms - (points[i - 1]?.alarms ?? 0)
    if (count <= 0) return []
    const radius = Math.min(ALARM_RADIUS_MAX, 3 + 2 * Math.sqrt(count))
    return `<circle cx="${round(x(point.contents))}" cy="${ALARMS_Y}" r="${round(radius)}" fill="${colours.alarm}" stroke="#fff"/>`
  })
  const rule = `<line x1="${ALARMS_LEFT}" x2="${RIGHT}" y1="${ALARMS_Y}" y2="${ALARMS_Y}" stroke="${colours.faint}"/>`
  return [text(LEFT, ALARMS_Y + 5, 'Alarms', { bold: true }), rule, ...circles]
}

/** A line through what was measured; it breaks where nothing was. */
function line(
  points: readonly LoopPoint[],
  x: (contents: number) => number,
  shareOf: (point: LoopPoint) => number | null,
  panel: Panel,
  colour: string,
  dash = '',
): string {
  let path = ''
  let isDown = false
  for (const point of points) {
    const share = shareOf(point)
    if (share !== null) path += `${isDown ? 'L' : 'M'}${round(x(point.contents))} ${yOf(share, panel)} `
    isDown = share !== null
  }
  return `<path d="${path.trim()}" fill="none" stroke="${colour}" stroke-width="3" stroke-linejoin="round" stroke-linecap="round"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>`
}

function area(
  points: readonly LoopPoint[],
  x: (contents: number) => number,
  shareOf: (point: LoopPoint) => number,
  panel: Panel,
): string {
  const top = points.map(point => `L${round(x(point.contents))} ${yOf(shareOf(point), panel)}`).join(' ')
  const [first, last] = [points[0]!, points.at(-1)!].map(({ contents }) => round(x(contents)))
  return `<path d="M${first} ${panel.bottom} ${top} L${last} ${panel.bottom} Z" fill="${colours.labels}" fill-opacity="0.6"/>`
}

interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly size?: number
  readonly bold?: boolean
  readonly colour?: string
  /** White behind the letters, where lines run through them. */
  readonly halo?: boolean
}

function text(
  x: number,
  y: number,
  words: string,
  { anchor, size, bold, colour, halo }: TextStyle = {},
): string {
  const attributes = [
    `x="${round(x)}" y="${round(y)}"`,
    anchor === undefined ? '' : `text-anchor="${anchor}"`,
    size === undefined ? '' : `font-size="${size}"`,
    bold === true ? 'font-weight="bold"' : '',
    colour === undefined ? '' : `fill="${colour}"`,
  ]
  const plain = `<text ${attributes.filter(one => one !== '').join(' ')}`
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const behind =
    halo === true ? `${plain} stroke="#fff" stroke-width="5" stroke-linejoin="round">${escaped}</text>` : ''
  return `${behind}${plain}>${escaped}</text>`
}

function yOf(share: number, { top, bottom }: Panel): number {
  return round(bottom - (bottom - top) * Math.min(1, Math.max(0, share)))
}

/** The next of 1, 2, 5, 10, … from a number on. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, atLeast)))
  return [1, 2, 5, 10].map(factor => factor * power).find(step => step >= atLeast)!
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
