import { fontOf, hsl, path, rect, text, times } from './brush.ts'
import type { Layout, Sheet } from './sheet.ts'

/** Drawings that say little: charts, maps and flat pictures. */

const inkOf = ({ brush }: Sheet) => hsl(brush.between(0, 360), brush.between(30, 85), brush.between(35, 65))

/** Bars, upright or lying, in one series or several. */
export const bars: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { whole, between, chance } = brush
  const font = fontOf(brush)
  const [count, series, isLying] = [whole(3, 12), whole(1, 3), chance(0.45)]
  const inks = Array.from({ length: series }, () => inkOf(sheet))
  const [long, across] = isLying ? [w * 0.7, h * 0.74] : [h * 0.68, w * 0.84]
  const step = across / count
  const drawn = times(count, i => {
    const one = times(series, s => {
      const length = between(0.05, 1) * long
      const [at, thick] = [i * step + (s * step * 0.8) / series, (step * 0.76) / series]
      return isLying
        ? rect(w * 0.25, h * 0.16 + at, length, thick, inks[s]!)
        : rect(w * 0.1 + at, h * 0.86 - length, thick, length, inks[s]!)
    })
    const [x, y] = isLying ? [w * 0.24, h * 0.16 + (i + 0.5) * step] : [w * 0.1 + (i + 0.4) * step, h * 0.92]
    const label = isLying ? say.item()[0] : String(2010 + i)
    return (
      one +
      text(label, {
        x,
        y,
        size: Math.min(h * 0.04, step * 0.34),
        ink: palette.ink,
        font,
        anchor: isLying ? 'end' : 'middle',
      })
    )
  })
  const grid = chance(0.6)
    ? times(5, i =>
        isLying
          ? path(`M${w * (0.25 + 0.17 * i)} ${h * 0.14}V${h * 0.9}`, palette.faint, 1)
          : path(`M${w * 0.1} ${h * (0.18 + 0.17 * i)}H${w * 0.95}`, palette.faint, 1),
      )
    : ''
  return (
    rect(0, 0, w, h, palette.paper) +
    grid +
    drawn +
    text(say.title(), {
      x: w * 0.05,
      y: h * 0.09,
      size: h * 0.05,
      ink: palette.ink,
      font,
      isBold: chance(0.5),
    })
  )
}

/** Lines over time, or dots. */
export const lines: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { whole, between, chance } = brush
  const font = fontOf(brush)
  const [count, points, isDots] = [whole(1, 5), whole(6, 60), chance(0.25)]
  const [left, right, top, bottom] = [w * between(0.06, 0.14), w * 0.96, h * 0.14, h * 0.88]
  const grid = times(whole(3, 8), i => {
    const y = bottom - (i * (bottom - top)) / 7
    return (
      (chance(0.8)
        ? path(`M${left} ${y}H${right}`, palette.faint, 1, chance(0.3) ? 'stroke-dasharray="3 4"' : '')
        : '') +
      text(String(i * 25), { x: left * 0.9, y, size: h * 0.035, ink: palette.ink, font, anchor: 'end' })
    )
  })
  const drawn = times(count, () => {
    const ink = inkOf(sheet)
    let level = between(0.2, 0.8)
    const places = Array.from({ length: points }, (_, i) => {
      level = Math.max(0, Math.min(1, level + between(-0.12, 0.12)))
      return [left + (i * (right - left)) / (points - 1), bottom - level * (bottom - top)] as const
    })
    if (isDots)
      return places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="${h * 0.01}" fill="${ink}"/>`).join('')
    const line = `M${places.map(place => place.join(' ')).join('L')}`
    const under = chance(0.2)
      ? `<path d="${line}L${right} ${bottom}L${left} ${bottom}z" fill="${ink}" opacity="0.3"/>`
      : ''
    return under + path(line, ink, between(1, 5))
  })
  const ticks = times(5, i =>
    text(say.item()[0].slice(0, 8), {
      x: left + (i * (right - left)) / 5,
      y: h * 0.95,
      size: h * 0.035,
      ink: palette.ink,
      font,
    }),
  )
  return (
    rect(0, 0, w, h, palette.paper) +
    grid +
    drawn +
    path(`M${left} ${top}V${bottom}H${right}`, palette.ink, 1.5) +
    ticks +
    text(say.title(), { x: w / 2, y: h * 0.08, size: h * 0.05, ink: palette.ink, font, anchor: 'middle' })
  )
}

/** A cake with its legend. */
export const pie: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { whole, between, chance } = brush
  const font = fontOf(brush)
  const [count, r, x, y] = [whole(3, 7), Math.min(w, h) * 0.34, w * 0.34, h * 0.54]
  let from = between(0, 6)
  const pieces = times(count, i => {
    const to = from + (2 * Math.PI) / count + (i === 0 ? 0.4 : -0.4 / count)
    const [ax, ay, bx, by] = [
      x + r * Math.cos(from),
      y + r * Math.sin(from),
      x + r * Math.cos(to),
      y + r * Math.sin(to),
    ]
    from = to
    const ink = inkOf(sheet)
    return `<path d="M${x} ${y}L${ax} ${ay}A${r} ${r} 0 0 1 ${bx} ${by}z" fill="${ink}"/>${rect(w * 0.7, h * (0.25 + 0.09 * i), h * 0.05, h * 0.05, ink)}${text(say.item()[0], { x: w * 0.7 + h * 0.07, y: h * (0.295 + 0.09 * i), size: h * 0.04, ink: palette.ink, font })}`
  })
  const hole = chance(0.4) ? `<circle cx="${x}" cy="${y}" r="${r * 0.55}" fill="${palette.paper}"/>` : ''
  return (
    rect(0, 0, w, h, palette.paper) +
    pieces +
    hole +
    text(say.title(), { x: w * 0.06, y: h * 0.1, size: h * 0.06, ink: palette.ink, font })
  )
}

/** Streets, water and names. */
export const map: Layout = sheet => {
  const { w, h, brush, say } = sheet
  const { whole, between, one } = brush
  const font = fontOf(brush)
  const blocks = times(whole(6, 16), () =>
    rect(
      between(0, w),
      between(0, h),
      between(0.05, 0.3) * w,
      between(0.05, 0.3) * h,
      hsl(one([40, 60, 110, 200]), between(10, 50), between(75, 92)),
      `transform="rotate(${between(-20, 20)} ${w / 2} ${h / 2})"`,
    ),
  )
  const roads = times(whole(5, 14), () => {
    const d = `M${between(-0.1, 1) * w} ${between(-0.1, 0.2) * h}Q${between(0, 1) * w} ${between(0, 1) * h} ${between(0, 1.1) * w} ${between(0.7, 1.1) * h}`
    const width = between(2, 14)
    return path(d, '#bbb', width + 2) + path(d, one(['#fff', '#fe9', '#fff']), width)
  })
  const names = times(whole(3, 12), () =>
    text(one([say.title(), say.item()[0]]), {
      x: between(0, 0.8) * w,
      y: between(0.05, 0.95) * h,
      size: between(0.02, 0.04) * w,
      ink: '#444',
      font,
    }),
  )
  return (
    rect(0, 0, w, h, hsl(one([45, 90, 205]), 25, 90)) +
    blocks +
    roads +
    names +
    `<circle cx="${w / 2}" cy="${h / 2}" r="${w * 0.02}" fill="#d33" stroke="#fff" stroke-width="3"/>`
  )
}

/** Plain shapes side by side, as icons, posters without words and children's drawings. */
export const shapes: Layout = sheet => {
  const { w, h, brush, palette } = sheet
  const { whole, between, one } = brush
  const drawn = times(whole(2, 14), () => {
    const [x, y, r, ink] = [between(0, w), between(0, h), between(0.04, 0.3) * Math.min(w, h), inkOf(sheet)]
    return one([
      `<circle cx="${x}" cy="${y}" r="${r}" fill="${ink}"/>`,
      rect(
        x - r,
        y - r,
        r * 2,
        r * between(0.5, 2),
        ink,
        `rx="${r * between(0, 0.4)}" transform="rotate(${between(0, 90)} ${x} ${y})"`,
      ),
      `<path d="M${x} ${y - r}L${x + r} ${y + r}H${x - r}z" fill="${ink}"/>`,
      path(`M${x - r} ${y}q${r} ${-r * 2} ${r * 2} 0t${r} ${r}`, ink, between(2, 12)),
    ])
  })
  return rect(0, 0, w, h, palette.paper) + drawn
}
