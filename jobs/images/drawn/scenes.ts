import { fitting, fontOf, gradient, hsl, path, rect, text, times } from './brush.ts'
import type { Layout, Sheet } from './sheet.ts'

/** Pictures with something behind the words, and what spammers do to words. */

/** Something like a photo: light, things before it, and grain. */
export const scene: Layout = sheet => {
  const { w, h, brush } = sheet
  const { between, whole, chance } = brush
  const hue = between(0, 360)
  const soft = (id: string, a: string, b: string) =>
    `<linearGradient id="${id}" x2="${between(-0.4, 0.4)}" y2="1"><stop stop-color="${a}"/><stop offset="1" stop-color="${b}"/></linearGradient>`
  const fills = Array.from({ length: 5 }, (_, i) =>
    soft(
      `f${i}`,
      hsl(hue + between(0, 90), between(10, 60), between(25, 80)),
      hsl(hue + between(0, 90), between(10, 60), between(10, 60)),
    ),
  )
  const horizon = between(0.3, 0.7) * h
  const things = times(whole(6, 22), i => {
    const [x, r, fill] = [between(0, w), between(0.03, 0.22) * w, `url(#f${i % 5})`]
    const y = horizon + between(-0.2, 0.5) * h
    if (chance(0.4)) return rect(x, y - r, r * between(0.5, 1.4), h, fill)
    if (chance(0.5))
      return `<ellipse cx="${x}" cy="${y}" rx="${r}" ry="${r * between(0.4, 1.5)}" fill="${fill}"/>`
    return `<path d="M${x - r * 2} ${h}Q${x} ${y - r * 2} ${x + r * 2} ${h}z" fill="${fill}"/>`
  })
  const grain = `<filter id="n"><feTurbulence type="fractalNoise" baseFrequency="${between(0.02, 0.9).toFixed(3)}" numOctaves="3" seed="${whole(1, 9999)}"/><feColorMatrix type="saturate" values="${between(0, 0.6).toFixed(2)}"/></filter>`
  return `<defs>${soft('sky', hsl(hue, 50, between(40, 85)), hsl(hue + 40, 40, between(40, 90)))}${fills.join('')}${grain}</defs>${rect(0, 0, w, h, 'url(#sky)')}${rect(0, horizon, w, h, 'url(#f0)')}${things}<g opacity="${between(0.06, 0.3).toFixed(2)}">${rect(0, 0, w, h, '#888', 'filter="url(#n)"')}</g>`
}

const behind = (sheet: Sheet) => {
  const { w, h, brush, palette } = sheet
  return brush.chance(0.7)
    ? scene(sheet)
    : brush.chance(0.5)
      ? gradient(brush, w, h)
      : rect(0, 0, w, h, palette.paper)
}

/** A picture with a line above and below, as jokes are told. */
export const caption: Layout = sheet => {
  const { w, h, brush, say } = sheet
  const { chance, one } = brush
  const isBlack = chance(0.3)
  const font = fontOf(brush)
  const line = (y: number) => {
    const words = one([say.line(), say.title()])
    const said = chance(0.7) ? words.toUpperCase() : words
    const size = fitting(said, w * 0.95, h * 0.11)
    return text(said, {
      x: w / 2,
      y,
      size,
      ink: isBlack ? '#111' : '#fff',
      font,
      anchor: 'middle',
      isBold: true,
      more: isBlack ? '' : `stroke="#000" stroke-width="${size * 0.05}"`,
    })
  }
  const band = isBlack ? rect(0, 0, w, h * 0.17, '#fff') : ''
  return scene(sheet) + band + line(h * 0.12) + (chance(0.7) && !isBlack ? line(h * 0.95) : '')
}

/** A sheet that wants to be seen: large words, a star or a button. */
export const poster: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { between, chance, one } = brush
  const font = fontOf(brush)
  const ink = one(['#fff', '#fff', '#111', '#ffe94a'])
  const rows = [
    [say.title(), 0.15],
    [say.line(), 0.08],
    [say.item().join('  '), 0.1],
    [say.contact(), 0.07],
  ] as const
  const top = between(0.18, 0.3)
  const words = rows.map(([said, share], i) => {
    const size = fitting(said, w * 0.92, h * share)
    return text(said, {
      x: w / 2,
      y: h * (top + 0.17 * i),
      size,
      ink: i === 2 ? one([ink, palette.accent]) : ink,
      font,
      anchor: 'middle',
      isBold: i % 2 === 0,
    })
  })
  const button = say.button()
  const end =
    rect(
      w * 0.25,
      h * 0.84,
      w * 0.5,
      h * 0.12,
      one(['#e11', '#fc0', '#0a5', palette.card]),
      `rx="${between(0, 20)}"`,
    ) +
    text(button, {
      x: w / 2,
      y: h * 0.92,
      size: fitting(button, w * 0.45, h * 0.07),
      ink: '#111',
      font,
      anchor: 'middle',
      isBold: true,
    })
  const [x, y, r] = [between(0.1, 0.9) * w, between(0.1, 0.3) * h, between(0.07, 0.13) * w]
  const star = `<path d="M${Array.from({ length: 20 }, (_, i) => {
    const far = i % 2 === 0 ? r : r * 0.78
    return `${x + far * Math.cos((i * Math.PI) / 10)} ${y + far * Math.sin((i * Math.PI) / 10)}`
  }).join('L')}z" fill="${one(['#e11', '#fd0'])}"/>`
  return (
    (chance(0.5) ? gradient(brush, w, h) : behind(sheet)) +
    (chance(0.5) ? star : '') +
    words.join('') +
    (chance(0.7) ? end : '')
  )
}

/** A box of words laid over a picture. */
export const pasted: Layout = sheet => {
  const { w, h, brush, say } = sheet
  const { between, whole, one, chance } = brush
  const font = fontOf(brush)
  const lines = [say.title(), ...Array.from({ length: whole(0, 3) }, () => say.line()), say.contact()]
  const [bw, bh] = [between(0.5, 0.95) * w, between(0.2, 0.6) * h]
  const [x, y] = [between(0, 1) * (w - bw), between(0, 1) * (h - bh)]
  const box = chance(0.7)
    ? rect(x, y, bw, bh, one(['#fff', '#111', '#fe4', '#d22']), `opacity="${between(0.5, 1).toFixed(2)}"`)
    : ''
  const ink =
    box.includes('#fff') || box.includes('#fe4')
      ? one(['#111', '#c00', '#026'])
      : one(['#fff', '#ff6', '#0f6'])
  return (
    behind(sheet) +
    box +
    lines
      .map((words, i) =>
        text(words, {
          x: x + bw / 2,
          y: y + (bh * (i + 0.75)) / lines.length,
          size: fitting(words, bw * 0.94, (bh / lines.length) * 0.75),
          ink,
          font,
          anchor: 'middle',
          isBold: i === 0,
        }),
      )
      .join('')
  )
}

/** Words that shine through a picture, once or all over it. */
export const faint: Layout = sheet => {
  const { w, h, brush, say } = sheet
  const { between, whole, one, chance } = brush
  const font = fontOf(brush)
  const [rows, ink, isOutline] = [whole(1, 6), one(['#fff', '#fff', '#000', '#f33']), chance(0.25)]
  const drawn = times(rows, i => {
    const words = one([say.title(), say.line(), say.contact()])
    const size = fitting(words, w * between(0.5, 1), h * 0.16)
    return text(words, {
      x: w / 2,
      y: (h * (i + 0.6)) / rows,
      size,
      ink: isOutline ? 'none' : ink,
      font,
      anchor: 'middle',
      isBold: true,
      more: isOutline ? `stroke="${ink}" stroke-width="1.2"` : '',
    })
  })
  const back = brush.chance(0.8) ? scene(sheet) : gradient(brush, w, h)
  return `${back}<g opacity="${between(0.15, 0.6).toFixed(2)}" transform="rotate(${chance(0.4) ? between(-35, 35) : 0} ${w / 2} ${h / 2})">${drawn}</g>`
}

/** Words made hard to read for machines: letters that dance, strokes, dots, colours. */
export const disguised: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { between, whole, chance } = brush
  const font = fontOf(brush)
  const rows = [say.title(), ...Array.from({ length: whole(1, 4) }, () => say.line()), say.contact()]
  const step = (h * 0.9) / rows.length
  const isDancing = chance(0.5)
  const bright = () => hsl(between(0, 360), between(40, 90), between(30, 65))
  const words = rows.map((row, i) => {
    const size = fitting(row, w * 0.9, step * 0.7)
    const y = h * 0.06 + step * (i + 0.7)
    if (!isDancing)
      return text(row, {
        x: w * 0.05,
        y,
        size,
        ink: chance(0.4) ? bright() : palette.ink,
        font,
        isBold: chance(0.4),
      })
    return [...row]
      .map((letter, n) =>
        text(letter, {
          x: w * 0.05 + n * size * 0.66,
          y: y + between(-0.12, 0.12) * size,
          size: size * between(0.85, 1.15),
          ink: chance(0.3) ? bright() : palette.ink,
          font,
          more: `rotate="${between(-14, 14).toFixed(1)}"`,
        }),
      )
      .join('')
  })
  const strokes = chance(0.5)
    ? times(whole(4, 24), () =>
        path(
          `M${between(-0.1, 0.4) * w} ${between(0, h)}Q${between(0, w)} ${between(0, h)} ${between(0.6, 1.1) * w} ${between(0, h)}`,
          bright(),
          between(0.6, 2.4),
        ),
      )
    : ''
  const dots = chance(0.5)
    ? times(
        whole(100, 900),
        () =>
          `<circle cx="${between(0, w).toFixed(1)}" cy="${between(0, h).toFixed(1)}" r="${between(0.5, 2.2).toFixed(1)}" fill="${bright()}"/>`,
      )
    : ''
  const back = chance(0.25) ? gradient(brush, w, h) : rect(0, 0, w, h, palette.paper)
  return `${back}<g transform="rotate(${chance(0.4) ? between(-16, 16) : 0} ${w / 2} ${h / 2})">${words.join('')}</g>${strokes}${dots}`
}
