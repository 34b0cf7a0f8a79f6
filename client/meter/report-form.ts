import { button, element } from './dom.ts'

/** What an author says of a score. */
export interface Opinion {
  /** Niceness, 0 to 10: the middle of the class that was chosen. */
  readonly expected: number
  /** Whether the author chose to send the text along; never by default. */
  readonly withText: boolean
}

export interface ReportForm {
  readonly node: HTMLFormElement
  toggle(): void
  close(): void
}

const choices = [
  ['kind', 8],
  ['plain', 5],
  ['unkind', 2],
] as const

/** `send` answers what to tell the author. `closed` gives the focus back. */
export function createReportForm(handlers: {
  readonly send: (opinion: Opinion) => Promise<string>
  readonly closed: () => void
  readonly tell: (what: string) => void
}): ReportForm {
  const radios = choices.map(([name, expected]) =>
    element('input', {
      type: 'radio',
      name: 'expected',
      value: String(expected),
      required: true,
      title: name,
    }),
  )
  const withText = element('input', { type: 'checkbox', name: 'text' })
  const send = element('button', { type: 'submit', className: 'send' }, 'Send report')
  const node = element(
    'form',
    { hidden: true },
    element(
      'fieldset',
      {},
      element('legend', {}, 'How does your text read to you?'),
      ...radios.map(radio => element('label', {}, radio, radio.title)),
    ),
    element('label', {}, withText, 'Send my text along'),
    element(
      'p',
      { className: 'note' },
      'Without this only the score is reported, not a word of what you wrote.',
    ),
    element('div', { className: 'tools' }, send, button('Cancel', '', close)),
  )
  node.addEventListener('submit', event => {
    event.preventDefault()
    void submit()
  })
  node.addEventListener('keydown', event => {
    if (event.key === 'Escape') close()
  })

  async function submit(): Promise<void> {
    const expected = Number(radios.find(radio => radio.checked)?.value)
    send.disabled = true
    const answer = await handlers.send({ expected, withText: withText.checked })
    send.disabled = false
    close()
    handlers.tell(answer)
  }

  function close(): void {
    if (node.hidden) return
    node.hidden = true
    node.reset()
    handlers.closed()
  }

  return {
    node,
    close,
    toggle() {
      if (!node.hidden) return close()
      node.hidden = false
      handlers.tell('')
      radios[0]!.focus()
    },
  }
}
