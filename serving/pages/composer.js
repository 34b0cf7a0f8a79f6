import { randomId } from './api.js'
import { createPictures } from './pictures.js'

/** The composer: a textarea with its pictures, the meter beside it, and what is done with them. */
export function createComposer({ byId, api, author, live, posted }) {
  const form = byId('composer')
  const text = byId('text')
  const meter = byId('meter')
  const post = byId('post')
  const discard = byId('discard')
  const replying = byId('replying')
  /** The post that is answered; null for one that begins a thread. */
  let parent = null
  let isSending = false

  const pictures = createPictures({ byId, api, changed })
  meter.client = live
  meter.setAttribute('for', 'text')
  // The meter's ticket reads only; the page's key may report.
  meter.addEventListener('nicr-report', event => {
    event.preventDefault()
    void report(event.detail)
  })
  text.addEventListener('input', changed)
  text.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    void send()
  })
  discard.addEventListener('click', () => {
    meter.discarded()
    pictures.clear({ isPosted: false })
    clear()
  })
  byId('no-reply').addEventListener('click', () => replyTo(null))
  text.focus()

  async function report(body) {
    const { ok, body: answer } = await api.post('/v1/reports', { ...body, reporter: author })
    if (!ok) byId('composer-problem').textContent = answer.detail
  }

  async function send() {
    if (post.disabled) return
    isSending = true
    lock(true)
    const content = {
      text: text.value,
      images: pictures.images,
      author,
      at: Date.now(),
      ...(parent && { kind: 'COMMENT', parent: parent.contentId, thread: parent.thread ?? parent.contentId }),
    }
    const { ok, body } = await api.post('/v1/content', content, randomId())
    isSending = false
    lock(false)
    byId('composer-problem').textContent = ok ? '' : body.detail
    if (!ok) return
    const shown = pictures.clear({ isPosted: true })
    posted({ contentId: body.id, parent: null, thread: null, ...content, pictures: shown })
    meter.posted(body.id)
    clear()
  }

  function clear() {
    text.value = ''
    replyTo(null)
    changed()
  }

  function lock(isLocked) {
    text.readOnly = isLocked
    pictures.lock(isLocked)
    changed()
  }

  function changed() {
    const isEmpty = text.value.trim() === '' && pictures.isEmpty
    post.disabled = isEmpty || !pictures.isReady || isSending
    discard.disabled = (text.value === '' && pictures.isEmpty) || isSending
  }

  function replyTo(post) {
    parent = post
    replying.hidden = post === null
    byId('replying-to').textContent = post === null ? '' : `${post.name}: ${post.text ?? post.contentId}`
    byId('post').textContent = post === null ? 'Post' : 'Reply'
    text.focus()
  }

  return { replyTo }
}
