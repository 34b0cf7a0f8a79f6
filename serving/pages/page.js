import { createComposer } from './composer.js'
import { createFeed } from './feed.js'
import { openLive } from './live.js'

/** The page: asks for a key, then joins composer, feed and socket. The key stays in this tab's session storage. */
const KEY = 'nicr.key'
const AUTHOR = 'nicr.author'

const byId = id => document.getElementById(id)
const door = byId('door')
const desk = byId('desk')

door.addEventListener('submit', event => {
  event.preventDefault()
  void enter(byId('key').value.trim())
})
byId('leave').addEventListener('click', () => {
  sessionStorage.removeItem(KEY)
  location.reload()
})

const remembered = sessionStorage.getItem(KEY)
if (remembered === null) showDoor('')
else void enter(remembered)

function showDoor(problem) {
  door.hidden = false
  desk.hidden = true
  byId('leave').hidden = true
  byId('door-problem').textContent = problem
  byId('key').focus()
}

async function enter(key) {
  const api = createApi(key)
  const scopes = await scopesOf(api)
  if (scopes.problem !== undefined) {
    sessionStorage.removeItem(KEY)
    return showDoor(scopes.problem)
  }
  sessionStorage.setItem(KEY, key)
  byId('key').value = ''
  door.hidden = true
  desk.hidden = false
  byId('leave').hidden = false
  start(api, scopes.granted)
}

/** What the key may do: all scores for moderators, this tab's own otherwise. */
async function scopesOf(api) {
  for (const scopes of [['read', 'moderate'], ['read']]) {
    const { ok, body } = await api.post('/v1/tickets', { scopes })
    if (ok) return { granted: scopes }
    if (body.code !== 'NICR_ROLE_MISSING') return { problem: body.detail }
  }
  return { problem: 'This key may not read scores. Use one with the role read.' }
}

function start(api, scopes) {
  const author = authorOfTab()
  const seesAll = scopes.includes('moderate')
  byId('scope').textContent = seesAll ? 'Everything that is scored' : 'Your own posts'

  const feed = createFeed({ list: byId('feed'), empty: byId('empty'), author, remove: removePost })
  const composer = createComposer({ byId, post: publish, send: frame => live.send(frame) })
  const live = openLive({
    subscription: seesAll ? { all: true } : { authors: [author] },
    ticket: () => api.post('/v1/tickets', { scopes }),
    onState: showConnection,
    onFrame: frame => {
      if (frame.type === 'score') feed.score(frame)
      else if (frame.type === 'cleared') feed.clear(frame)
      else if (frame.type === 'draft-score') composer.show(frame)
      else if (frame.type === 'error' && frame.id !== undefined) composer.fail(frame)
    },
    onOpen: () => composer.resend(),
  })
  byId('text').focus()

  async function publish(text) {
    const at = Date.now()
    const { ok, body } = await api.post(
      '/v1/content',
      { text, author, at },
      { 'idempotency-key': randomId() },
    )
    if (ok) feed.expect({ contentId: body.id, text, at })
    return ok ? { contentId: body.id } : { problem: body.detail }
  }

  async function removePost(contentId, revision) {
    const { ok, body } = await api.post('/v1/content', {
      id: contentId,
      action: 'DELETED',
      revision: revision + 1,
      author,
    })
    return ok ? undefined : body.detail
  }
}

function showConnection(state, detail) {
  const place = byId('connection')
  place.dataset.state = state
  place.textContent = detail
}

function createApi(key) {
  return {
    /** Answers `{ ok, body }`; a problem's body has `code` and `detail`, also where the server was not reached. */
    async post(path, body, headers = {}) {
      try {
        const response = await fetch(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
          body: JSON.stringify(body),
        })
        return { ok: response.ok, body: await response.json() }
      } catch {
        return {
          ok: false,
          body: { code: 'UNREACHABLE', detail: 'The server was not reached. Is it running?' },
        }
      }
    },
  }
}

/** A pseudonym for this tab, so that its own posts can be told. */
function authorOfTab() {
  const author = sessionStorage.getItem(AUTHOR) ?? `guest-${randomId().slice(0, 6)}`
  sessionStorage.setItem(AUTHOR, author)
  return author
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
