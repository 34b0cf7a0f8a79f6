import type { DraftScoreFrame } from '../frames.ts'
import { button, element, styleSheet } from './dom.ts'
import { createReportForm, type Opinion } from './report-form.ts'
import { colours, layout } from './styles.ts'
import { toneOf, verdictOf, type Word } from './words.ts'

/** What the meter looks like, without knowing where scores come from. */
export interface MeterView {
  /** Colours, for the marks in the textarea. */
  readonly colours: CSSStyleSheet
  show(frame: DraftScoreFrame & { readonly niceness: number }, words: readonly Word[]): void
  showNothing(why: string): void
  dismiss(isDismissed: boolean): void
}

export interface MeterHandlers {
  readonly dismissed: (isDismissed: boolean) => void
  readonly report: (opinion: Opinion) => Promise<string>
  readonly selected: (word: Word) => void
}

/** Screen readers hear a score once the author rests, not at each letter. */
const ANNOUNCE_PAUSE_MS = 1_200
const toneColours = {
  kind: 'var(--meter-raises)',
  plain: 'var(--meter-middle)',
  unkind: 'var(--meter-lowers)',
} as const

export function createMeterView(host: HTMLElement, handlers: MeterHandlers): MeterView {
  // In the page's own tree, so that the page's tools and its checks of accessibility find it.
  const meter = element('div', {
    role: 'meter',
    'aria-label': 'Niceness',
    'aria-valuemin': 0,
    'aria-valuemax': 10,
  })
  const value = element('span', { className: 'value', 'aria-hidden': 'true' })
  const verdict = element('p', { className: 'verdict' })
  const words = element('ul', { className: 'words', 'aria-label': 'Words that matter' })
  const heard = element('p', { className: 'heard', role: 'status' })
  const told = element('p', { className: 'note', role: 'status' })
  const reportButton = button('Seems wrong?', '', () => form.toggle())
  const form = createReportForm({
    send: handlers.report,
    closed: () => reportButton.focus(),
    tell: what => told.replaceChildren(what),
  })
  const body = element(
    'div',
    { part: 'meter' },
    element(
      'div',
      { className: 'head' },
      element('span', { className: 'name', 'aria-hidden': 'true' }, 'Niceness'),
      value,
    ),
    element('slot'),
    element(
      'p',
      { className: 'scale', 'aria-hidden': 'true' },
      ...['unkind', 'plain', 'kind'].map(name => element('span', {}, name)),
    ),
    verdict,
    words,
    element(
      'div',
      { className: 'tools' },
      reportButton,
      button('Hide meter', '', () => handlers.dismissed(true)),
    ),
    form.node,
    told,
  )
  const showAgain = button('Show niceness', '', () => handlers.dismissed(false))
  const folded = element('div', { className: 'tools', hidden: true }, showAgain)
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: false })
  const colourSheet = styleSheet(colours)
  root.adoptedStyleSheets = [colourSheet, styleSheet(layout)]
  root.replaceChildren(body, folded, heard)
  host.replaceChildren(meter)
  const announce = createAnnouncer(heard)

  function fill(niceness: number | null, valueText: string): void {
    body.style.setProperty('--meter-fill', `${(niceness ?? 0) * 10}%`)
    meter.setAttribute('aria-valuenow', String(niceness ?? 0))
    meter.setAttribute('aria-valuetext', valueText)
    reportButton.disabled = niceness === null
  }

  return {
    colours: colourSheet,
    show({ niceness, label, spam }, found) {
      const said = verdictOf(label, niceness, spam)
      const shown = niceness.toFixed(1)
      body.style.setProperty('--meter-tone', toneColours[toneOf(label, niceness)])
      fill(niceness, `${shown} of 10, ${label ?? toneOf(label, niceness)}`)
      value.replaceChildren(shown, element('span', { className: 'of' }, ' of 10'))
      verdict.textContent = said
      words.replaceChildren(...found.map(word => wordItem(word, handlers.selected)))
      words.hidden = found.length === 0
      announce(`Niceness ${shown} of 10. ${said}`)
    },
    showNothing(why) {
      body.style.removeProperty('--meter-tone')
      fill(null, 'no score')
      value.textContent = '–'
      verdict.textContent = why
      words.replaceChildren()
      words.hidden = true
      announce('')
    },
    dismiss(isDismissed) {
      const hadFocus = root.activeElement !== null
      form.close()
      body.hidden = isDismissed
      folded.hidden = !isDismissed
      announce('')
      if (hadFocus) (isDismissed ? showAgain : reportButton).focus()
    },
  }
}

/** One word and what the score would be without it; pressed, it is selected in the textarea. */
function wordItem(word: Word, selected: (word: Word) => void): HTMLLIElement {
  const node = button('', `word ${word.lowers ? 'lowers' : 'raises'}`, () => selected(word))
  node.append(element('b', {}, word.text))
  if (word.without !== null) node.append(' ', element('span', {}, `without it: ${word.without.toFixed(1)}`))
  return element('li', {}, node)
}

/** Says a sentence after a rest, and never the same twice in a row; an empty one silences what waits. */
function createAnnouncer(place: HTMLElement): (sentence: string) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return sentence => {
    clearTimeout(timer)
    if (sentence === '') place.textContent = ''
    else if (sentence !== place.textContent)
      timer = setTimeout(() => {
        place.textContent = sentence
      }, ANNOUNCE_PAUSE_MS)
  }
}
