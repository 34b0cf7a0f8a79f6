import type { ConnectionState } from '../connection.ts'
import { createDraftTracker, type DraftEnd, type DraftTracker } from '../draft-tracker.ts'
import type { DraftScoreFrame } from '../frames.ts'
import { createLiveClient, type LiveClient } from '../live-client.ts'
import { createMirror, type Mirror } from './mirror.ts'
import type { Opinion } from './report-form.ts'
import { createMeterView, type MeterView } from './view.ts'
import { movedAlong, type Word, wordsThatMatter } from './words.ts'

/** While typing, at most one text in this time: the first letter at once, then whatever stands when it is over. */
const DRAFT_EVERY_MS = 80
const INVITATION = 'The meter moves as you type. Nothing is kept until you post.'

/**
 * `<nice-a-meter for="ID-OF-A-TEXTAREA" ticket="…">`: tells authors while they type how nice their text reads, marks
 * the words that matter, and says what the score would be without them. docs/guide/nice-a-meter.md lists attributes,
 * properties and events.
 */
export class NiceAMeter extends HTMLElement {
  static readonly observedAttributes = ['for', 'ticket']

  /** Gets a ticket where the attribute `ticket` gives none. Asked before each connection and report. */
  ticketSource: (() => string | Promise<string>) | null = null

  /** The page's own trace, a W3C `traceparent`, for drafts and outcomes to belong to. */
  traceSource: (() => string | null | undefined) | null = null

  #view: MeterView | null = null
  #mirror: Mirror | null = null
  #field: HTMLTextAreaElement | null = null
  #listening = new AbortController()
  #client: LiveClient | null = null
  #ownsClient = true
  #tracker: DraftTracker = newTracker()
  #typing: ReturnType<typeof setTimeout> | undefined
  #sentAt = Number.NEGATIVE_INFINITY
  #hasSent = false
  #text = ''
  #words: readonly Word[] = []
  #shown: (DraftScoreFrame & { readonly niceness: number }) | null = null
  #isDismissed = false
  #isTicketUsed = false

  /** Of the draft being written; its outcome and reports carry it. */
  get draftId(): string {
    return this.#tracker.id
  }

  /** Whether the author has hidden the meter. What is posted meanwhile is IGNORED. */
  get dismissed(): boolean {
    return this.#isDismissed
  }

  set dismissed(isDismissed: boolean) {
    this.#isDismissed = isDismissed
    this.#view?.dismiss(isDismissed)
    if (isDismissed) this.#showNothing(INVITATION)
    else if (this.#text.trim() !== '') this.#sendSoon()
  }

  /** A client that the page has already, so that one socket carries all. Set it before the element is connected. */
  set client(client: LiveClient) {
    if (this.#ownsClient) this.#client?.close()
    this.#client = client
    this.#ownsClient = false
  }

  connectedCallback(): void {
    this.#view ??= createMeterView(this, {
      dismissed: isDismissed => {
        this.dismissed = isDismissed
      },
      report: opinion => this.#report(opinion),
      selected: ({ start, end }) => {
        this.#field?.focus()
        this.#field?.setSelectionRange(start, end)
      },
    })
    this.#showNothing(INVITATION)
    this.#attach()
    // Frameworks may put the textarea into the page after the meter.
    if (this.#field === null) requestAnimationFrame(() => this.#attach())
    if (this.hasAttribute('ticket')) this.#live()
  }

  disconnectedCallback(): void {
    this.#detach()
    if (!this.#ownsClient) return
    this.#client?.close()
    this.#client = null
  }

  attributeChangedCallback(name: string): void {
    if (!this.isConnected || this.#view === null) return
    if (name === 'for') {
      this.#detach()
      this.#attach()
      return
    }
    this.#isTicketUsed = false
    this.#live().retryNow()
  }

  /**
   * The text was posted: decides and sends the outcome. Called by itself when the textarea's form is submitted, unless
   * the attribute `manual` is set. Null where there was no text.
   */
  posted(contentId?: string): DraftEnd | null {
    if (this.#text.trim() === '') return null
    const text = this.#field?.value || this.#text
    return this.#end(this.#tracker.posted(text, this.#isDismissed), contentId)
  }

  /** The text was thrown away. Called by itself when the form is reset, unless `manual` is set. */
  discarded(): DraftEnd | null {
    return this.#hasSent ? this.#end(this.#tracker.discarded()) : this.#renew(null)
  }

  #attach(): void {
    if (this.#field !== null || !this.isConnected) return
    const root = this.getRootNode() as Document | ShadowRoot
    const found = root.getElementById(this.getAttribute('for') ?? '')
    if (!(found instanceof HTMLTextAreaElement)) return
    this.#field = found
    this.#listening = new AbortController()
    const { signal } = this.#listening
    found.addEventListener('input', () => this.#typed(), { signal })
    found.addEventListener('focus', () => void this.#live(), { signal })
    const ends = (event: 'submit' | 'reset', end: () => unknown) =>
      found.form?.addEventListener(event, () => this.hasAttribute('manual') || end(), { signal })
    ends('submit', () => this.posted())
    ends('reset', () => this.discarded())
    if (this.getAttribute('highlight') !== 'off') this.#mirror = createMirror(found, this.#view!.colours)
    if (found.value !== '') this.#typed()
  }

  #detach(): void {
    clearTimeout(this.#typing)
    this.#listening.abort()
    this.#mirror?.remove()
    this.#mirror = null
    this.#field = null
  }

  /** The client, made when it is needed: a page with many textareas holds no socket for each. */
  #live(): LiveClient {
    if (this.#client !== null) return this.#client
    this.#client = createLiveClient({
      url: this.#endpoint(),
      ticket: () => this.#ticket(),
      traceparent: () => this.traceSource?.(),
    })
    this.#client.on('state', ({ state, detail }) => this.#connectionChanged(state, detail))
    return this.#client
  }

  /** Where this module came from, unless said otherwise. */
  #endpoint(): string {
    return this.getAttribute('endpoint') ?? new URL(import.meta.url).origin
  }

  async #ticket(): Promise<string> {
    if (this.ticketSource !== null) return this.ticketSource()
    // A page may answer by setting the attribute; where it does not, the old one may still hold.
    if (this.#isTicketUsed || !this.hasAttribute('ticket')) this.#tell('nicr-ticket', {})
    this.#isTicketUsed = true
    const ticket = this.getAttribute('ticket')
    if (ticket === null) throw new Error('the meter has no ticket')
    return ticket
  }

  #connectionChanged(state: ConnectionState, detail: string): void {
    this.#tell('nicr-state', { state, detail })
    if (state === 'WAITING' && this.#shown === null)
      this.#showNothing('The meter is not connected; it tries again.')
    if (state === 'OPEN' && this.#shown === null) this.#showNothing(INVITATION)
  }

  #typed(): void {
    const text = this.#field!.value
    this.#tracker.changed(text)
    this.#words = movedAlong(this.#words, this.#text, text)
    this.#mirror?.mark(text, this.#words)
    this.#text = text
    clearTimeout(this.#typing)
    if (this.#isDismissed) return
    if (text.trim() === '') this.#showNothing(INVITATION)
    else this.#sendSoon()
  }

  #sendSoon(): void {
    const dueMs = Math.max(0, this.#sentAt + DRAFT_EVERY_MS - performance.now())
    this.#typing = setTimeout(() => void this.#send(), dueMs)
  }

  async #send(): Promise<void> {
    this.#sentAt = performance.now()
    this.#hasSent = true
    const id = this.draftId
    const text = this.#text
    const language = this.getAttribute('language')
    try {
      const frame = await this.#live().score({ id, text, ...(language === null ? {} : { language }) })
      if (frame !== null && id === this.draftId && !this.#isDismissed) this.#show(text, frame)
    } catch (error) {
      if (id === this.draftId && text === this.#text)
        this.#showNothing(`There is no score for this text: ${(error as Error).message}.`)
    }
  }

  #show(text: string, frame: DraftScoreFrame): void {
    const { niceness, spam, label, status, model, reasons } = frame
    if (niceness === null) this.#showNothing(withoutScore(status))
    else if (this.#text.trim() !== '') {
      this.#shown = { ...frame, niceness }
      this.#tracker.shown(text, niceness, model ?? '')
      const words = wordsThatMatter(text, reasons)
      this.#words = movedAlong(words, text, this.#text)
      this.#mirror?.mark(this.#text, this.#words)
      this.#view!.show(this.#shown, words)
    }
    this.#tell('nicr-score', { niceness, spam, label, status, model, reasons })
  }

  #showNothing(why: string): void {
    this.#shown = null
    this.#words = []
    this.#mirror?.clear()
    this.#view?.showNothing(why)
  }

  #end(end: DraftEnd, contentId?: string): DraftEnd {
    const { outcome, ...history } = end
    const content = contentId === undefined ? {} : { contentId }
    this.#live().settle(this.draftId, outcome, { ...history, ...content })
    this.#tell('nicr-outcome', { draftId: this.draftId, ...end, ...content })
    return this.#renew(end)
  }

  #renew<End extends DraftEnd | null>(end: End): End {
    clearTimeout(this.#typing)
    this.#tracker = newTracker()
    this.#hasSent = false
    this.#text = ''
    this.#showNothing(INVITATION)
    return end
  }

  /** Answers what to tell the author. A page that sends reports itself prevents the event's default. */
  async #report({ expected, withText }: Opinion): Promise<string> {
    if (this.#shown === null) return 'There is no score to report.'
    const body = {
      draftId: this.draftId,
      kind: 'niceness',
      expected,
      seenScore: { value: this.#shown.niceness, modelVersion: this.#shown.model ?? '' },
      reporter: this.getAttribute('author') ?? '',
      ...(withText ? { text: this.#text } : {}),
    }
    if (!this.#tell('nicr-report', body)) return 'Thank you for telling us.'
    try {
      const { ok } = await fetch(`${this.#endpoint()}/v1/reports`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${await this.#ticket()}` },
        body: JSON.stringify(body),
      })
      return ok ? 'Thank you for telling us.' : 'The report was not accepted.'
    } catch {
      return 'The report could not be sent.'
    }
  }

  /** Answers whether nobody prevented the default. */
  #tell(name: string, detail: object): boolean {
    return this.dispatchEvent(
      new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }),
    )
  }
}

function newTracker(): DraftTracker {
  // Not randomUUID, which pages without TLS lack.
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  const id = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return createDraftTracker(id, () => performance.now())
}

function withoutScore(status: string): string {
  return status === 'UNSUPPORTED'
    ? 'This language is not supported yet, so there is no score.'
    : 'There is nothing to score yet.'
}
