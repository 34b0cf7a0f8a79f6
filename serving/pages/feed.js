import { createPost } from './post.js'

/** The feed: one entry a content, newest first, replies below what they answer; scores fill in as they arrive. */
const POSTS_MAX = 100
/** This tab's own posts, so that they keep their text when the page is loaded again. */
const OWN_POSTS = 'nicr.posts'
const OWN_POSTS_MAX = 30

export function createFeed({ list, empty, api, author, reply }) {
  /** By content id, oldest first. */
  const posts = new Map()
  let own = JSON.parse(sessionStorage.getItem(OWN_POSTS) ?? '[]')
  for (const content of own) place(content)

  function place(content) {
    const known = posts.get(content.contentId)
    if (known !== undefined && (content.text === null || known.hasText)) return known
    // A score may come before the answer to the post whose it is; then the post is made again, now with its text.
    known?.node.remove()
    const post = createPost({ content, api, author, reply, reload: () => reload(content.contentId) })
    for (const score of known?.scores() ?? []) post.score(score)
    posts.set(content.contentId, post)
    const parent = content.parent == null ? undefined : posts.get(content.parent)
    if (parent === undefined) list.prepend(post.node)
    else parent.replies.append(post.node)
    if (posts.size > POSTS_MAX) clear(posts.keys().next().value)
    empty.hidden = true
    return post
  }

  function clear(contentId) {
    posts.get(contentId)?.node.remove()
    posts.get(contentId)?.close()
    posts.delete(contentId)
    remember(own.filter(content => content.contentId !== contentId))
    empty.hidden = posts.size > 0
  }

  function remember(contents) {
    own = contents.slice(-OWN_POSTS_MAX)
    sessionStorage.setItem(OWN_POSTS, JSON.stringify(own))
  }

  /** Asks for the stored scores of a post and shows them. Answers the problem, if there is one. */
  async function reload(contentId) {
    const { ok, body } = await api.get(`/v1/scores/${encodeURIComponent(contentId)}`)
    if (!ok) return body
    const { revision, scores } = body
    for (const [kind, score] of Object.entries(scores))
      posts.get(contentId)?.score({ kind, revision, ...score })
    return null
  }

  return {
    /** A post of this tab: shown at once, its scores follow. */
    expect({ contentId, text, at, parent, thread, pictures }) {
      const content = { contentId, text, at, parent, thread, author, pictures }
      // Addresses of pictures end with the page.
      remember([...own, { ...content, pictures: [] }])
      place(content)
    },
    score(frame) {
      const { contentId, author: by, eventAt } = frame
      place({ contentId, author: by, at: eventAt, text: null, parent: null, thread: null }).score(frame)
    },
    clear,
    /** Reads again what was not pushed here: posts of before the page was loaded, or of a long break. */
    async refresh() {
      for (const { contentId } of [...own]) await reload(contentId)
    },
  }
}
