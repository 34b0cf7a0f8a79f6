import { fitting, fontOf, hsl, MONO, path, rect, text, times } from './brush.ts'
import { type Layout, paperOf } from './sheet.ts'

/** Talk, as a phone shows it: a bar with a name, and bubbles. */
export const chat: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { one, between, whole, chance } = brush
  const font = fontOf(brush)
  const size = between(0.026, 0.045) * Math.max(w, h)
  const [round, bar] = [between(0.1, 1) * size, size * between(2, 3)]
  const [mine, theirs] = [palette.accent, palette.card]
  let [y, body] = [bar + size, '']
  while (y < h - size) {
    const [isMine, line, count] = [chance(0.5), say.line(), whole(1, 2)]
    const lines = count === 1 ? [line] : [line, chance(0.3) ? say.contact() : say.line()]
    const letter = fitting(
      lines.reduce((a, b) => (a.length > b.length ? a : b)),
      w * 0.75,
      size,
    )
    const width = Math.max(...lines.map(one => one.length)) * letter * 0.6 + size
    const x = isMine ? w - width - size * 0.5 : size * (chance(0.5) ? 0.5 : 1.8)
    body += rect(x, y, width, letter * (1.5 * count + 0.7), isMine ? mine : theirs, `rx="${round}"`)
    body += lines
      .map((words, i) =>
        text(words, {
          x: x + size * 0.5,
          y: y + letter * (1.4 + 1.5 * i),
          size: letter,
          ink: isMine ? '#fff' : palette.ink,
          font,
        }),
      )
      .join('')
    if (chance(0.4))
      body += text(`${whole(7, 22)}:${whole(10, 59)}`, {
        x: x + width,
        y: y + letter * (1.5 * count + 1.5),
        size: letter * 0.6,
        ink: palette.faint,
        font,
        anchor: 'end',
      })
    y += letter * (1.5 * count + 0.7) + size * between(0.4, 1.2)
  }
  const head = `${rect(0, 0, w, bar, one([palette.card, palette.accent]))}<circle cx="${bar * 0.6}" cy="${bar / 2}" r="${bar * 0.3}" fill="${palette.faint}"/>`
  return (
    paperOf(sheet) +
    body +
    head +
    text(one(['Marta', 'Team B', 'Book club', 'Uncle Pim', 'Unknown number']), {
      x: bar * 1.2,
      y: bar * 0.62,
      size: bar * 0.32,
      ink: palette.ink,
      font,
      isBold: true,
    })
  )
}

/** Paragraphs under a heading, in one column or two. */
export const letter: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { between, chance, whole } = brush
  const font = fontOf(brush)
  const [columns, edge] = [chance(0.25) ? 2 : 1, between(0.04, 0.1) * w]
  const width = (w - edge * (columns + 1)) / columns
  const size = between(0.02, 0.04) * w
  const column = (i: number) => {
    let [y, body] = [h * 0.2, '']
    for (let row = 0; y < h * 0.94; row++, y += size * (chance(0.18) ? 2.6 : 1.5)) {
      const words =
        row % whole(5, 9) === 4 ? say.contact() : `${say.line()} ${columns === 1 ? say.line() : ''}`
      body += text(words, {
        x: edge + i * (width + edge),
        y,
        size: fitting(words, width, size),
        ink: palette.ink,
        font,
      })
    }
    return body
  }
  const title = say.title()
  return `${paperOf(sheet)}${text(title, { x: edge, y: h * 0.12, size: fitting(title, w * 0.85, size * 1.9), ink: palette.ink, font, isBold: true })}${times(columns, column)}`
}

/** A till's strip or a bill. */
export const receipt: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { between, chance, one } = brush
  const font = chance(0.7) ? `font-family="${MONO}"` : fontOf(brush)
  const isWhole = chance(0.5)
  const strip = isWhole ? w : w * between(0.5, 0.85)
  const left = (w - strip) / 2 + strip * 0.06
  const [right, rows] = [left + strip * 0.88, brush.whole(6, 14)]
  const step = h / (rows + 6)
  const ink = hsl(0, 0, between(10, 45))
  const line = ([what, much]: readonly [string, string], y: number, isBold = false) => {
    const size = fitting(what + much, strip * 0.86, step * 0.6)
    return (
      text(what, { x: left, y, size, ink, font, isBold }) +
      text(much, { x: right, y, size, ink, font, anchor: 'end', isBold })
    )
  }
  const rule = (y: number) =>
    path(`M${left} ${y}H${right}`, ink, 1.5, `stroke-dasharray="${one(['2 3', '6 4', '1 0'])}"`)
  const title = say.title()
  const head = text(title, {
    x: w / 2,
    y: step * 1.6,
    size: fitting(title, strip * 0.8, step),
    ink,
    font,
    anchor: 'middle',
    isBold: true,
  })
  const foot = say.contact()
  const bars = chance(0.4)
    ? times(40, i =>
        rect(
          left + (i * strip * 0.85) / 40,
          h - step * 1.2,
          brush.between(0.3, 1.4) * (strip / 60),
          step,
          ink,
        ),
      )
    : ''
  return `${rect(0, 0, w, h, isWhole ? '#fcfcf8' : palette.accent)}${rect((w - strip) / 2, 0, strip, h, hsl(50, between(0, 15), between(92, 99)))}${head}${rule(step * 2.2)}${times(rows, i => line(say.item(), step * (3.2 + i)))}${rule(step * (rows + 2.7))}${line([one(['total', 'sum', 'to pay']), between(9, 200).toFixed(2)], step * (rows + 3.5), true)}${text(foot, { x: w / 2, y: step * (rows + 4.4), size: fitting(foot, strip * 0.7, step * 0.5), ink, font, anchor: 'middle' })}${bars}`
}

/** A sheet of cells: prices, timetables, calendars. */
export const table: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { whole, chance, between } = brush
  const font = fontOf(brush)
  const [columns, rows, top] = [whole(2, 6), whole(5, 13), h * between(0.03, 0.18)]
  const [cw, ch] = [w / columns, (h - top) / rows]
  const isRuled = chance(0.7)
  const cell = (row: number, column: number) => {
    const [what, much] = say.item()
    const words = row === 0 || column === 0 ? what : much
    const size = fitting(words, cw * 0.9, ch * 0.5)
    return text(words, {
      x: column * cw + cw * 0.05,
      y: top + row * ch + ch * 0.65,
      size,
      ink: palette.ink,
      font,
      isBold: row === 0,
    })
  }
  const bands = times(rows, i =>
    i === 0 || i % 2 === 0 ? rect(0, top + i * ch, w, ch, i === 0 ? palette.accent : palette.card) : '',
  )
  const rules = isRuled
    ? times(rows, i => path(`M0 ${top + i * ch}H${w}`, palette.faint, 1)) +
      times(columns, i => path(`M${i * cw} ${top}V${h}`, palette.faint, 1))
    : ''
  const title = say.title()
  return (
    paperOf(sheet) +
    bands +
    rules +
    times(rows, row => times(columns, column => cell(row, column))) +
    text(title, {
      x: w * 0.03,
      y: top * 0.7,
      size: fitting(title, w * 0.9, top * 0.55),
      ink: palette.ink,
      font,
    })
  )
}

/** A heading and a few points, as in a talk. */
export const slide: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { whole, chance, between } = brush
  const font = fontOf(brush)
  const [points, title] = [whole(2, 5), say.title()]
  const band = chance(0.5)
    ? rect(0, 0, w, h * 0.2, palette.accent)
    : rect(w * 0.06, h * 0.2, w * between(0.1, 0.6), h * 0.012, palette.accent)
  const lines = times(points, i => {
    const words = i === points - 1 ? say.contact() : say.line()
    const y = h * (0.36 + (0.56 * i) / points)
    const size = fitting(words, w * 0.78, h * 0.07)
    return `<circle cx="${w * 0.08}" cy="${y - size * 0.3}" r="${size * 0.2}" fill="${palette.accent}"/>${text(words, { x: w * 0.12, y, size, ink: palette.ink, font })}`
  })
  return (
    paperOf(sheet) +
    band +
    text(title, {
      x: w * 0.06,
      y: h * 0.14,
      size: fitting(title, w * 0.85, h * 0.11),
      ink: palette.ink,
      font,
      isBold: true,
    }) +
    lines
  )
}

/** Programs and logs, with numbers of lines or without. */
export const code: Layout = sheet => {
  const { w, h, brush, palette } = sheet
  const { whole, chance, one, between } = brush
  const [rows, font] = [whole(7, 24), `font-family="${MONO}"`]
  const isDark = chance(0.7)
  const hue = between(200, 280)
  const inks = Array.from({ length: 5 }, () =>
    hsl(between(0, 360), between(20, 70), isDark ? between(65, 85) : between(25, 45)),
  )
  const step = h / (rows + 2)
  const size = Math.min(step * 0.72, w / 28)
  const word = () =>
    one([
      'let',
      'width',
      '=',
      'return',
      'if (',
      'items',
      '=> {',
      'push(',
      'await',
      '}',
      'null',
      'print',
      'import',
      '0.5',
      '"name"',
      '+ 1',
      'for',
      'in',
      'self',
      ':',
      '<div>',
      'INFO',
      'warn',
      'retry',
      '12:04:51',
    ])
  const lines = times(rows, row => {
    let x = size * ((chance(0.6) ? 2.5 : 0.8) + 1.2 * whole(0, 3))
    const words = times(chance(0.12) ? 0 : whole(1, 6), () => {
      const said = word()
      const drawn = text(said, { x, y: step * (row + 1.6), size, ink: one(inks), font })
      x += (said.length + 1) * size * 0.602
      return drawn
    })
    return (
      text(String(row + 1), {
        x: size * 0.3,
        y: step * (row + 1.6),
        size: size * 0.8,
        ink: palette.faint,
        font,
      }) + words
    )
  })
  const bar = chance(0.5)
    ? rect(0, 0, w, step * 0.8, isDark ? '#000' : '#ddd') +
      times(
        3,
        i =>
          `<circle cx="${step * (0.5 + 0.6 * i)}" cy="${step * 0.4}" r="${step * 0.18}" fill="${['#e55', '#eb5', '#5b5'][i]}"/>`,
      )
    : ''
  return (
    rect(0, 0, w, h, isDark ? hsl(hue, between(0, 30), between(6, 20)) : hsl(hue, 10, between(94, 100))) +
    lines +
    bar
  )
}

/** Settings, menus and forms of an app. */
export const screen: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { whole, chance, one } = brush
  const font = fontOf(brush)
  const [rows, side] = [whole(4, 10), chance(0.3) ? w * 0.22 : 0]
  const step = h / (rows + 1.5)
  const items = times(rows, i => {
    const y = step * (1.5 + i)
    const words = one([say.title(), say.line(), say.item()[0]])
    const size = fitting(words, (w - side) * 0.6, step * 0.35)
    const icon = chance(0.6)
      ? rect(
          side + step * 0.2,
          y + step * 0.2,
          step * 0.5,
          step * 0.5,
          hsl(brush.between(0, 360), 50, 55),
          `rx="${step * 0.12}"`,
        )
      : ''
    const end = w - step * 0.3
    const control = one([
      rect(end - step * 0.8, y + step * 0.25, step * 0.7, step * 0.36, palette.accent, `rx="${step * 0.18}"`),
      rect(end - w * 0.3, y + step * 0.2, w * 0.28, step * 0.5, palette.paper, `stroke="${palette.faint}"`),
      text('›', { x: end, y: y + step * 0.6, size: step * 0.5, ink: palette.faint, font, anchor: 'end' }),
      '',
    ])
    return (
      rect(side, y, w - side, step * 0.92, palette.card) +
      icon +
      text(words, { x: side + step * 0.9, y: y + step * 0.55, size, ink: palette.ink, font }) +
      control
    )
  })
  const menu =
    side > 0
      ? rect(0, 0, side, h, palette.card) +
        times(6, i =>
          rect(
            side * 0.1,
            step * (1.6 + 0.7 * i),
            side * brush.between(0.4, 0.8),
            step * 0.16,
            palette.faint,
          ),
        )
      : ''
  const button = say.button()
  return (
    paperOf(sheet) +
    items +
    menu +
    rect(0, 0, w, step, palette.accent) +
    text(say.title(), { x: step * 0.4, y: step * 0.65, size: step * 0.4, ink: '#fff', font, isBold: true }) +
    rect(w - step * 3.2, step * 0.18, step * 3, step * 0.6, palette.card, `rx="${step * 0.15}"`) +
    text(button, {
      x: w - step * 1.7,
      y: step * 0.6,
      size: fitting(button, step * 2.6, step * 0.34),
      ink: palette.ink,
      font,
      anchor: 'middle',
    })
  )
}

/** A sheet on a door, framed and in large letters, or words worth keeping. */
export const notice: Layout = sheet => {
  const { w, h, brush, palette, say } = sheet
  const { between, chance, whole } = brush
  const font = fontOf(brush)
  const frame = chance(0.6)
    ? rect(
        w * 0.03,
        h * 0.03,
        w * 0.94,
        h * 0.94,
        'none',
        `stroke="${palette.accent}" stroke-width="${between(2, 12)}"`,
      )
    : ''
  const lines = [
    ...(chance(0.7) ? [say.title()] : []),
    ...Array.from({ length: whole(1, 4) }, () => say.line()),
    ...(chance(0.5) ? [say.contact()] : []),
  ]
  const [anchor, x] = chance(0.75) ? (['middle', w / 2] as const) : (['start', w * 0.08] as const)
  const step = (h * 0.8) / lines.length
  return (
    paperOf(sheet) +
    frame +
    lines
      .map((words, i) =>
        text(words, {
          x,
          y: h * 0.1 + step * (i + 0.6),
          size: fitting(words, w * 0.86, Math.min(step * 0.6, h * between(0.06, 0.15))),
          ink: i === 0 && chance(0.5) ? palette.accent : palette.ink,
          font,
          anchor,
          isBold: i === 0,
        }),
      )
      .join('')
  )
}
