/**
 * What one person answers, one question after the other. It fetches ahead, moves on at once and writes behind; an answer that cannot be written comes back as the
 * question. `source` says where questions come from and how an answer is written.
 */
const AHEAD = 4
const FETCHED = 10
const FETCHED_MAX = 50
/** Answers that can be undone, the latest. */
const UNDO_MAX = 50
const LOOK_AGAIN_MS = 10_000

/**
 * @param api of the key
 * @param source `{ path, itemsOf, bodyOf }`: `path(limit)` answers questions, `bodyOf(item, value, seconds)` is a body of POST /v1/labels
 * @param changed called whenever something to show changed
 */
export function createQueue({ api, source, changed }) {
  let items = []
  let left = 0
  let answered = 0
  /** Of the last answer, and of the last look for questions. */
  let problem = ''
  let away = ''
  let fetching = false
  let closed = false
  let shown = null
  let shownAt = 0
  let wasHidden = false
  const past = []
  const done = new Set()
  const skipped = new Set()
  const nameOf = item => `${item.revision} ${item.contentId}`

  const timer = setInterval(() => {
    if (!document.hidden && items.length < AHEAD) void fetchMore()
  }, LOOK_AGAIN_MS)
  const noteHidden = () => {
    wasHidden ||= document.hidden
  }
  document.addEventListener('visibilitychange', noteHidden)

  function tell() {
    const item = items[0] ?? null
    if (item !== shown) {
      shown = item
      shownAt = performance.now()
      wasHidden = document.hidden
    }
    if (closed) return
    changed({
      item,
      next: items[1] ?? null,
      left: Math.max(left, items.length),
      answered,
      problem: problem || away,
      skipped: skipped.size,
      canUndo: past.length > 0,
      ready: !fetching,
    })
  }

  async function fetchMore() {
    if (fetching || closed) return
    fetching = true
    const limit = Math.min(FETCHED_MAX, FETCHED + items.length + skipped.size)
    const { ok, body } = await api.get(source.path(limit))
    fetching = false
    if (closed) return
    away = ok ? '' : body.detail
    if (ok) {
      const here = new Set(items.map(nameOf))
      const fresh = body.items.filter(item => {
        const name = nameOf(item)
        return !here.has(name) && !done.has(name) && !skipped.has(name)
      })
      items = [...items, ...fresh]
      left = body.left ?? items.length
    }
    tell()
  }

  function next() {
    if (items.length < AHEAD) void fetchMore()
    tell()
  }

  void fetchMore()
  return {
    /** Answers whether it was stored. */
    async answer(value) {
      const item = items.shift()
      if (item === undefined) return false
      const seconds = wasHidden ? null : Math.round((performance.now() - shownAt) / 100) / 10
      done.add(nameOf(item))
      answered++
      left = Math.max(0, left - 1)
      problem = ''
      const written = api.post('/v1/labels', source.bodyOf(item, value, seconds))
      const entry = { item, written }
      past.push(entry)
      past.splice(0, past.length - UNDO_MAX)
      next()
      const { ok, body } = await written
      if (ok) return true
      takeBack(entry)
      problem = `Your answer was not stored: ${body.detail}`
      tell()
      return false
    },
    skip() {
      const item = items.shift()
      if (item === undefined) return
      skipped.add(nameOf(item))
      next()
    },
    showSkipped() {
      skipped.clear()
      void fetchMore()
    },
    /** Answers whether something was taken back. */
    async undo() {
      const entry = past.at(-1)
      if (entry === undefined) return false
      past.pop()
      const { ok, body } = await entry.written
      if (!ok) return false
      const withdrawn = await api.post(`/v1/labels/${body.labels[0].id}/withdraw`, {})
      if (!withdrawn.ok) {
        past.push(entry)
        problem = withdrawn.body.detail
        tell()
        return false
      }
      takeBack(entry)
      tell()
      return true
    },
    close() {
      closed = true
      clearInterval(timer)
      document.removeEventListener('visibilitychange', noteHidden)
    },
  }

  function takeBack(entry) {
    const place = past.indexOf(entry)
    if (place !== -1) past.splice(place, 1)
    done.delete(nameOf(entry.item))
    items.unshift(entry.item)
    answered--
    left++
  }
}
