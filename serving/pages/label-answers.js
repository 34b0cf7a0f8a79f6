import { element } from './dom.js'

/** The answers of a kind as buttons, each with its key. Digits are themselves; ten, which has no key, is t. */
const TEN = 't'

/** `[{ value, text, key }]` of a kind. */
export function answersOf({ objective, min, max, labels }) {
  if (objective === 'BINARY')
    return [
      { value: 1, text: `Yes: ${labels[1]}`, key: 'y' },
      { value: 0, text: `No: ${labels[0]}`, key: 'n' },
    ]
  return Array.from({ length: max - min + 1 }, (_, i) => {
    const value = min + i
    return { value, text: String(value), key: value === 10 ? TEN : String(value) }
  })
}

export function answerButtons(kind, answer) {
  return answersOf(kind).map(({ value, text, key }) => {
    const button = element('button', 'answer', text)
    if (key !== text) button.append(' ', element('kbd', '', key))
    button.type = 'button'
    button.setAttribute('aria-keyshortcuts', key)
    button.addEventListener('click', () => answer(value))
    return button
  })
}

/** What the ends and the middle of a scale mean, each with its value: buttons may stand in more than one row. */
export function scaleEnds({ min, max, labels }) {
  const step = (max - min) / Math.max(1, labels.length - 1)
  return labels.map((label, i) => `${Math.round(min + i * step)} ${label}`)
}

/** A value as people say it. */
export function said({ objective, labels }, value) {
  if (objective === 'BINARY') return labels[value >= 0.5 ? 1 : 0]
  return value.toLocaleString('en', { maximumFractionDigits: 1 })
}
