import { type DrawnLogo, makeLogos } from './made-logos.ts'

const sans = 'DejaVu Sans'
const serif = 'DejaVu Serif'

const words = (text: string, aspect: number, font: string, style = ''): DrawnLogo => ({
  name: text,
  aspect,
  body: `<text x="${50 * aspect}" y="70" text-anchor="middle" textLength="${94 * aspect}" lengthAdjust="spacingAndGlyphs" font-size="62" fill="INK" font-family="${font}" ${style}>${text}</text>`,
})
const emblem = (name: string, body: string, aspect = 1): DrawnLogo => ({ name, aspect, body })
const solid = (path: string) => `<path d="${path}" fill="INK"/>`
const hole = (path: string) => `<path d="${path}" fill="PAPER"/>`
const line = (path: string, thick: number) =>
  `<path d="${path}" fill="none" stroke="INK" stroke-width="${thick}"/>`
const ring = (x: number, y: number, r: number, thick: number) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="none" stroke="INK" stroke-width="${thick}"/>`
const disc = (x: number, y: number, r: number) => `<circle cx="${x}" cy="${y}" r="${r}" fill="INK"/>`
const frame = (width: number, thick: number, round = 0) =>
  `<rect x="6" y="12" width="${width}" height="76" rx="${round}" fill="none" stroke="INK" stroke-width="${thick}"/>`
const letters = (text: string, x: number, y: number, size: number, font = sans, colour = 'INK') =>
  `<text x="${x}" y="${y}" font-size="${size}" text-anchor="middle" font-family="${font}" font-weight="bold" fill="${colour}">${text}</text>`

/**
 * Logos apart: what is fitted on those that are made and chosen on one drawn set is judged on the other. Word marks, solid shapes, outlines,
 * shapes with words.
 */
export const logoSets: Readonly<Record<'made' | 'choose' | 'judge', readonly DrawnLogo[]>> = {
  made: makeLogos(80, 77),
  choose: [
    words('Sale24', 3, sans, 'font-weight="bold"'),
    words('pillbox', 3.2, serif),
    words('WIN BIG', 4, 'DejaVu Sans Mono', 'font-weight="bold"'),
    words('luxe', 2, serif, 'font-style="italic"'),
    emblem('ring', ring(50, 50, 38, 10) + line('M30 50h40M50 30v40', 9)),
    emblem('star', solid('M50 6l13 28 31 4-23 21 6 31-27-15-27 15 6-31L6 38l31-4z')),
    emblem('house', line('M8 48L50 10l42 38M20 44v46h60V44M42 90V62h16v28', 5)),
    emblem(
      'shield',
      line('M50 5l40 14v28c0 25-20 40-40 48C30 87 10 72 10 47V19z', 6) + letters('R', 50, 64, 44),
    ),
    emblem('bars', solid('M10 90V55h16v35zM34 90V35h16v55zM58 90V10h16v80z') + line('M6 96h88', 4)),
    emblem('badge', frame(188, 6, 16) + letters('cash+', 100, 68, 50), 2),
    emblem('bolt', solid('M58 4L18 56h26l-8 40 44-56H52z') + ring(50, 50, 47, 3)),
    emblem('waves', line('M4 30q23-30 46 0t46 0M4 55q23-30 46 0t46 0M4 80q23-30 46 0t46 0', 8)),
    emblem('coin', disc(50, 50, 46) + letters('$', 50, 74, 66, serif, 'PAPER')),
    emblem('tag', solid('M6 30h130l56 20-56 20H6z') + letters('50% OFF', 76, 60, 28, sans, 'PAPER'), 2),
    emblem('play', disc(40, 50, 36) + hole('M30 32v36l28-18z') + letters('clip', 150, 70, 60), 2.2),
    emblem('arrows', solid('M10 30h50V12l32 28-32 28V50H10zM90 92H50') + line('M10 78h70M10 92h50', 7)),
  ],
  judge: [
    words('MegaRx', 3, sans, 'font-weight="bold"'),
    words('goldshop', 3.6, serif, 'font-weight="bold"'),
    words('x-bet.example', 5, sans),
    words('Vita', 2, sans, 'font-style="italic"'),
    emblem('target', ring(50, 50, 42, 6) + ring(50, 50, 24, 6) + disc(50, 50, 8)),
    emblem('heart', solid('M50 90C10 60 6 40 12 26c8-18 30-16 38 2 8-18 30-20 38-2 6 14 2 34-38 64z')),
    emblem('hexagon', line('M50 4l40 23v46L50 96 10 73V27z', 5) + letters('Q', 50, 66, 46)),
    emblem('crown', solid('M8 80V26l22 24L50 14l20 36 22-24v54z') + line('M8 92h84', 6)),
    emblem('cart', line('M6 16h14l14 46h42l14-34H26', 6) + disc(40, 80, 8) + disc(70, 80, 8)),
    emblem('stamp', frame(238, 9) + letters('DEAL!', 125, 70, 54), 2.5),
    emblem('leaf', line('M12 88C10 30 40 8 90 10c2 50-20 80-62 66M12 88C30 60 50 42 70 30', 5)),
    emblem('diamond', solid('M50 6l44 44-44 44L6 50z') + hole('M50 30l20 20-20 20-20-20z')),
    emblem(
      'pill',
      solid('M30 20h140a30 30 0 0 1 0 60H30a30 30 0 0 1 0-60z') + letters('FIT', 100, 66, 46, sans, 'PAPER'),
      2,
    ),
    emblem('globe', ring(50, 50, 44, 5) + line('M6 50h88M50 6v88M50 6q-40 44 0 88M50 6q40 44 0 88', 4)),
    emblem('chef', disc(34, 34, 22) + disc(66, 34, 22) + solid('M26 40h48v34H26z') + line('M22 84h56', 8)),
    emblem(
      'moon',
      solid('M60 6a46 46 0 1 0 30 70A40 40 0 0 1 60 6z') + letters('spa', 150, 70, 56, serif),
      2.1,
    ),
  ],
}
