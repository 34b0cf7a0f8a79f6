import { randomId } from './api.js'
import { element, tool } from './dom.js'
import { createPostPictures } from './post-pictures.js'
import { createReport } from './report.js'
import { marked, readsPictures, scoresOf, scoreTable, wordList } from './scores.js'

/** One post of the feed: its text, its scores, and what a reader can do with it. */
export function createPost({ content, api, author, reply, reload }) {
  const isOwn = content.author === author
  const name = isOwn ? 'You' : content.author || 'Someone'
  /** Newest score by kind. */
  const kinds = new Map()
  let revision = 0
  let vote = 0

  const text = element('p', 'post-text')
  const pictures = createPostPictures(content.pictures)
  const scores = element('div', 'post-scores')
  const details = element('div', 'post-details')
  details.hidden = true
  const problem = element('p', 'problem')
  problem.setAttribute('role', 'alert')
  const votes = [
    [1, 'Vote up', '▲'],
    [-1, 'Vote down', '▼'],
  ].map(([value, label, sign]) => {
    const button = tool(sign, () => cast(value))
    button.classList.add('vote')
    button.setAttribute('aria-label', label)
    button.title = label
    button.setAttribute('aria-pressed', 'false')
    return { value, button }
  })
  const report = createReport({ kinds, send: sendReport })
  const detailsTool = tool('Scores', () => showDetails(details.hidden))
  detailsTool.setAttribute('aria-expanded', 'false')
  const tools = element(
    'div',
    'post-tools',
    ...votes.map(({ button }) => button),
    tool('Reply', () => reply({ ...content, name })),
    detailsTool,
    report.button,
    ...(isOwn ? [tool('Delete', remove)] : []),
  )
  const replies = element('ol', 'replies')
  const article = element(
    'article',
    'post',
    headOf(content, name),
    text,
    pictures.node,
    scores,
    tools,
    report.node,
    details,
    problem,
  )
  const node = element('li', '', article, replies)
  draw()

  function draw() {
    const niceness = kinds.get('niceness')
    if (content.text === null) text.replaceChildren(...unknownText(content, niceness))
    else text.replaceChildren(...marked(content.text, niceness))
    text.classList.toggle('unknown', content.text === null)
    pictures.show([...kinds.values()].find(({ kind }) => readsPictures(kind)))
    scores.replaceChildren(...scoresOf(kinds))
    if (!details.hidden) details.replaceChildren(scoreTable(kinds), wordList(niceness))
  }

  async function showDetails(isShown) {
    details.hidden = !isShown
    detailsTool.setAttribute('aria-expanded', String(isShown))
    if (!isShown) return
    draw()
    const failed = await reload()
    problem.textContent = failed && failed.code !== 'NICR_SCORE_NOT_FOUND' ? failed.detail : ''
  }

  async function cast(value) {
    vote = vote === value ? 0 : value
    for (const { value: one, button } of votes) button.setAttribute('aria-pressed', String(one === vote))
    const body = { contentId: content.contentId, revision, voter: author, value: vote }
    tell(await api.post('/v1/votes', body, randomId()))
  }

  async function sendReport({ kind, expected }) {
    const seen = kinds.get(kind)
    const seenScore = seen?.value == null ? null : { value: seen.value, modelVersion: seen.model }
    const body = { contentId: content.contentId, revision, reporter: author, kind, expected, seenScore }
    return tell(await api.post('/v1/reports', body, randomId()))
  }

  async function remove(button) {
    button.disabled = true
    const { contentId } = content
    const body = { id: contentId, action: 'DELETED', revision: revision + 1, author }
    const isGone = tell(await api.post('/v1/content', body, randomId()))
    button.textContent = isGone ? 'Deleting…' : 'Delete'
    button.disabled = isGone
  }

  function tell({ ok, body }) {
    problem.textContent = ok ? '' : body.detail
    return ok
  }

  return {
    node,
    replies,
    hasText: content.text !== null,
    close: () => pictures.close(),
    scores: () => [...kinds.values()],
    score(score) {
      if (score.revision < revision) return
      if (score.revision > revision) kinds.clear()
      revision = score.revision
      kinds.set(score.kind, score)
      draw()
    },
  }
}

function headOf({ author, at, parent }, name) {
  const avatar = element(
    'span',
    'avatar',
    (author || '?')
      .replace(/^guest-/, '')
      .slice(0, 1)
      .toUpperCase(),
  )
  avatar.setAttribute('aria-hidden', 'true')
  const time = element(
    'time',
    '',
    new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
  )
  time.dateTime = new Date(at).toISOString()
  time.title = new Date(at).toLocaleString()
  const head = element('header', 'post-head', avatar, element('span', 'post-who', name), time)
  if (parent != null) head.append(element('span', 'tag', 'reply'))
  return head
}

/** Scores come without the text; the words that matter do. */
function unknownText({ contentId }, niceness) {
  const words = wordList(niceness)
  const said = `The text of ${contentId} stays with its platform.`
  return words.childElementCount === 0 ? [said] : [said, words]
}
