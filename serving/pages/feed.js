import { marksOf, notable, reasonChips, toneOf } from './reasons.js'

/** The feed: one entry a content, newest first, filled in as the scores of each kind arrive. */
const ENTRIES_MAX = 100
/** From here on a text is called spam; the model's own label decides where it has one. */
const SPAM_FROM = 0.5

export function createFeed({ list, empty, author, remove }) {
  /** By content id, oldest first. */
  const entries = new Map()

  function entryOf(contentId, by, at) {
    const known = entries.get(contentId)
    if (known !== undefined) return known
    const entry = {
      contentId,
      author: by,
      at,
      text: null,
      revision: 0,
      kinds: new Map(),
      node: document.createElement('li'),
    }
    entry.node.className = 'post'
    entries.set(contentId, entry)
    list.prepend(entry.node)
    if (entries.size > ENTRIES_MAX) drop(entries.keys().next().value)
    empty.hidden = true
    return entry
  }

  function drop(contentId) {
    entries.get(contentId)?.node.remove()
    entries.delete(contentId)
    empty.hidden = entries.size > 0
  }

  function draw(entry) {
    entry.node.replaceChildren(headOf(entry), textOf(entry), scoresOf(entry), reasonsOf(entry))
  }

  function headOf(entry) {
    const head = element('div', 'post-head')
    const who = element('span', 'post-who', entry.author === author ? 'You' : entry.author || 'Someone')
    const time = element(
      'time',
      '',
      new Date(entry.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    )
    time.dateTime = new Date(entry.at).toISOString()
    head.append(who, time)
    if (entry.author === author) head.append(deleteButton(entry))
    return head
  }

  function deleteButton(entry) {
    const button = element('button', 'quiet', 'Delete')
    button.type = 'button'
    button.addEventListener('click', async () => {
      button.disabled = true
      const problem = await remove(entry.contentId, entry.revision)
      button.textContent = problem === undefined ? 'Deleting…' : 'Not deleted; try again'
      button.disabled = problem === undefined
    })
    return button
  }

  return {
    /** A post of this tab: shown at once, its scores follow. */
    expect({ contentId, text, at }) {
      const entry = entryOf(contentId, author, at)
      entry.text = text
      draw(entry)
    },
    score(frame) {
      const entry = entryOf(frame.contentId, frame.author, frame.eventAt)
      if (frame.revision > entry.revision) entry.kinds.clear()
      entry.revision = frame.revision
      entry.kinds.set(frame.kind, frame)
      draw(entry)
    },
    clear: ({ contentId }) => drop(contentId),
  }
}

function textOf({ text, contentId, kinds }) {
  if (text === null) return element('p', 'post-text unknown', `Content ${contentId}`)
  const node = element('p', 'post-text')
  node.append(...marksOf(text, notable(kinds.get('niceness')?.reasons ?? [])))
  return node
}

function scoresOf({ kinds }) {
  const box = element('div', 'post-scores')
  const niceness = kinds.get('niceness')
  if (niceness === undefined) box.append(element('span', 'soft', 'Being scored…'))
  else if (niceness.value === null)
    box.append(element('span', 'soft', `No niceness (${niceness.status.toLowerCase()})`))
  else {
    const tone = toneOf(niceness.label, niceness.value)
    box.dataset.tone = tone
    const meter = element('meter', '')
    Object.assign(meter, { min: 0, max: 10, low: 4, high: 6, optimum: 10, value: niceness.value })
    meter.setAttribute('aria-label', 'Niceness')
    box.append(meter, element('span', 'tone', `${niceness.value.toFixed(1)} ${niceness.label ?? tone}`))
  }
  const spam = spamOf(kinds)
  if (spam !== null) box.append(spamLine(spam))
  return box
}

/** The larger of the spam kinds' scores decides. */
function spamOf(kinds) {
  let decisive = null
  for (const frame of kinds.values())
    if (frame.kind.endsWith('-spam') && frame.value !== null && frame.value > (decisive?.value ?? -1))
      decisive = frame
  return decisive
}

function spamLine({ value, label, kind }) {
  const isSpam = label === null ? value >= SPAM_FROM : label === 'spam'
  const percent = `${Math.round(value * 100)} %`
  const line = element('span', 'post-spam', isSpam ? `Spam, ${percent} (${kind})` : `Not spam, ${percent}`)
  line.classList.toggle('is-spam', isSpam)
  return line
}

function reasonsOf({ kinds }) {
  const list = element('ul', 'reasons')
  const reasons = notable(kinds.get('niceness')?.reasons ?? [])
  list.append(...reasonChips(reasons.slice(0, 4)))
  list.hidden = reasons.length === 0
  return list
}

function element(name, className, text = '') {
  const node = document.createElement(name)
  node.className = className
  node.textContent = text
  return node
}
