import { randomId } from './api.js'
import { createComposer } from './composer.js'
import { byId } from './dom.js'
import { keepDoor } from './door.js'
import { createFeed } from './feed.js'
import { createLiveClient } from './nice-a-meter.js'

/** The page: joins composer, feed and socket. */
const AUTHOR = 'nicr.author'

keepDoor({ check: scopesOf, enter: start })

/** What the key may do: all scores for moderators, this tab's own otherwise. */
async function scopesOf(api) {
  for (const scopes of [['read', 'moderate'], ['read']]) {
    const { ok, body } = await api.post('/v1/tickets', { scopes })
    if (ok) return { granted: scopes }
    if (body.code !== 'NICR_ROLE_MISSING') return { problem: body }
  }
  const detail = 'This key may not read scores. Use one with the role read.'
  return { problem: { code: 'NICR_ROLE_MISSING', detail } }
}

function start(api, { granted: scopes }) {
  byId('connection').hidden = false
  const author = authorOfTab()
  const seesAll = scopes.includes('moderate')
  byId('scope').textContent = seesAll ? 'everyone’s posts, as they come' : 'your posts, as they come'
  byId('author').textContent = author

  const live = createLiveClient({
    url: location.origin,
    async ticket() {
      const { ok, body } = await api.post('/v1/tickets', { scopes })
      if (!ok) throw new Error(body.detail)
      return body.ticket
    },
  })
  const composer = createComposer({ byId, api, author, live, posted: post => feed.expect(post) })
  const feed = createFeed({
    list: byId('feed'),
    empty: byId('empty'),
    api,
    author,
    reply: post => composer.replyTo(post),
  })
  live.on('score', frame => feed.score(frame))
  live.on('cleared', frame => feed.clear(frame.contentId))
  live.on('gap', () => feed.refresh())
  live.on('state', showConnection)
  live.subscribe(seesAll ? { all: true } : { authors: [author] })
  void feed.refresh()
}

const words = { OPEN: 'Live', CONNECTING: 'Connecting…', WAITING: 'Connection lost; trying again' }

function showConnection({ state }) {
  const place = byId('connection')
  place.dataset.state = state === 'OPEN' ? 'live' : 'waiting'
  place.textContent = words[state] ?? 'Not connected'
}

/** A pseudonym for this tab, so that its own posts can be told. */
function authorOfTab() {
  const author = sessionStorage.getItem(AUTHOR) ?? `guest-${randomId().slice(0, 6)}`
  sessionStorage.setItem(AUTHOR, author)
  return author
}
