import type { Word } from './words.ts'

/**
 * Marks words in a textarea: a copy of its text lies over it, invisible but for the marks, and lets everything through
 * to the textarea itself. Screen readers skip it; they have the list of words.
 */
export interface Mirror {
  mark(text: string, words: readonly Word[]): void
  clear(): void
  remove(): void
}

/** Everything that decides where a letter stands. */
const copied = [
  'font',
  'letter-spacing',
  'word-spacing',
  'line-height',
  'text-align',
  'text-indent',
  'text-transform',
  'tab-size',
  'direction',
  'padding',
] as const

const css = `
:host { position: absolute; overflow: hidden; pointer-events: none; margin: 0; z-index: 1 }
div { box-sizing: border-box; min-height: 100%; white-space: pre-wrap; overflow-wrap: break-word; color: transparent }
mark { border-radius: 3px; background: none; color: transparent; text-decoration: underline 2px; text-underline-offset: 3px; text-decoration-skip-ink: none }
mark.lowers { background: var(--meter-lowers-wash); text-decoration-color: var(--meter-lowers); text-decoration-style: wavy; text-decoration-thickness: 1.5px }
mark.raises { background: var(--meter-raises-wash); text-decoration-color: var(--meter-raises) }
@media (forced-colors: active) { mark { forced-color-adjust: none; background: none } }
`

/** `styles`: custom properties with the colours. */
export function createMirror(field: HTMLTextAreaElement, styles: CSSStyleSheet): Mirror {
  const host = document.createElement('nice-a-meter-marks')
  host.setAttribute('aria-hidden', 'true')
  const root = host.attachShadow({ mode: 'open' })
  const own = new CSSStyleSheet()
  own.replaceSync(css)
  root.adoptedStyleSheets = [styles, own]
  const copy = root.appendChild(document.createElement('div'))
  field.after(host)

  function place(): void {
    const style = getComputedStyle(field)
    for (const name of copied) copy.style.setProperty(name, style.getPropertyValue(name))
    host.style.left = `${field.offsetLeft + field.clientLeft}px`
    host.style.top = `${field.offsetTop + field.clientTop}px`
    host.style.width = `${field.clientWidth}px`
    host.style.height = `${field.clientHeight}px`
    scroll()
  }

  function scroll(): void {
    copy.style.transform = `translate(${-field.scrollLeft}px, ${-field.scrollTop}px)`
  }

  const resized = new ResizeObserver(place)
  resized.observe(field)
  resized.observe(document.documentElement)
  field.addEventListener('scroll', scroll, { passive: true })

  return {
    mark(text, words) {
      copy.replaceChildren(...markedText(text, words))
      place()
    },
    clear: () => copy.replaceChildren(),
    remove() {
      resized.disconnect()
      field.removeEventListener('scroll', scroll)
      host.remove()
    },
  }
}

function markedText(text: string, words: readonly Word[]): (string | HTMLElement)[] {
  const nodes: (string | HTMLElement)[] = []
  let at = 0
  for (const { start, end, lowers } of [...words].sort((a, b) => a.start - b.start)) {
    const mark = document.createElement('mark')
    mark.className = lowers ? 'lowers' : 'raises'
    mark.textContent = text.slice(start, end)
    nodes.push(text.slice(at, start), mark)
    at = end
  }
  nodes.push(text.slice(at))
  return nodes
}
