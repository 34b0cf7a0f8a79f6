import { marksOf, notable, reasonChips, toneOf } from './reasons.js'

/**
 * The composer: sends the text as it is typed, shows the score that comes back, and decides what became of the draft
 * by its own rules: POSTED_AS_IS, unchanged since the first score was shown; MODIFIED, changed, then posted; DELETED,
 * discarded; IGNORED, posted before any score.
 */
/** While typing, at most one draft in this time: the first letter at once, then whatever stands when it is over. */
const DRAFT_EVERY_MS = 80
/** Screen readers hear the score once the author rests, not at each letter. */
const ANNOUNCE_PAUSE_MS = 1200

export function createComposer({ byId, post, send }) {
  const text = byId('text')
  const buttons = { post: byId('post'), discard: byId('discard') }
  let draft = newDraft()
  let typing
  let sentAt = -Infinity
  let announcing

  text.addEventListener('input', () => {
    changed()
    const dueMs = Math.max(0, sentAt + DRAFT_EVERY_MS - performance.now())
    clearTimeout(typing)
    typing = setTimeout(sendDraft, dueMs)
  })
  text.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit()
  })
  buttons.post.addEventListener('click', submit)
  buttons.discard.addEventListener('click', () => {
    clearTimeout(typing)
    settle('DELETED')
    reset()
  })

  function sendDraft() {
    sentAt = performance.now()
    draft.seq++
    draft.sentText = text.value
    if (text.value.trim() === '') showNothing()
    else send({ type: 'draft', id: draft.id, seq: draft.seq, text: text.value })
  }

  async function submit() {
    if (text.value.trim() === '' || buttons.post.disabled) return
    buttons.post.disabled = true
    clearTimeout(typing)
    const { contentId, problem } = await post(text.value)
    byId('composer-problem').textContent = problem ?? ''
    if (problem !== undefined) return changed()
    settle(outcomeOf(draft, text.value), contentId)
    reset()
  }

  function settle(outcome, contentId) {
    if (draft.seq > 0)
      send({ type: 'outcome', id: draft.id, outcome, ...(contentId === undefined ? {} : { contentId }) })
  }

  function reset() {
    draft = newDraft()
    text.value = ''
    changed()
    showNothing()
    text.focus()
  }

  function changed() {
    buttons.post.disabled = text.value.trim() === ''
    buttons.discard.disabled = text.value === ''
  }

  function show(frame) {
    if (frame.id !== draft.id || frame.seq !== draft.seq) return
    byId('composer-problem').textContent = ''
    if (frame.niceness === null) return showNothing(withoutScore(frame.status))
    draft.firstShown ??= draft.sentText
    const tone = toneOf(frame.label, frame.niceness)
    byId('gauge').dataset.tone = tone
    byId('meter').value = frame.niceness
    byId('value').textContent = frame.niceness.toFixed(1)
    const spam =
      frame.spam !== null && frame.spam >= 0.5
        ? ` It also looks like spam (${Math.round(frame.spam * 100)} %).`
        : ''
    byId('verdict').textContent = `Reads as ${frame.label ?? tone}.${spam}`
    const reasons = notable(frame.reasons)
    byId('why').hidden = reasons.length === 0
    byId('marked').replaceChildren(...marksOf(draft.sentText, reasons))
    byId('reasons').replaceChildren(...reasonChips(reasons))
    clearTimeout(announcing)
    announcing = setTimeout(() => {
      byId('announcement').textContent =
        `Niceness ${frame.niceness.toFixed(1)} of 10, ${frame.label ?? tone}.${spam}`
    }, ANNOUNCE_PAUSE_MS)
  }

  function showNothing(why = 'The meter moves as you type. Nothing is kept until you post.') {
    clearTimeout(announcing)
    byId('gauge').dataset.tone = 'none'
    byId('meter').value = 0
    byId('value').textContent = '–'
    byId('verdict').textContent = why
    byId('why').hidden = true
    byId('announcement').textContent = ''
  }

  return {
    show,
    /** After a reconnect the server knows nothing of the draft: it is sent again. */
    resend() {
      if (text.value.trim() !== '') sendDraft()
    },
    fail(frame) {
      if (frame.id !== draft.id) return
      showNothing('There is no score for this text.')
      byId('composer-problem').textContent = frame.detail
    },
  }
}

function newDraft() {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  const id = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return { id, seq: 0, sentText: '', firstShown: null }
}

function outcomeOf(draft, posted) {
  if (draft.firstShown === null) return 'IGNORED'
  return posted === draft.firstShown ? 'POSTED_AS_IS' : 'MODIFIED'
}

function withoutScore(status) {
  return status === 'UNSUPPORTED'
    ? 'This language is not supported yet, so there is no score.'
    : 'There is nothing to score yet.'
}
