import { createApi } from './api.js'
import { element } from './dom.js'
import { showFeature } from './drift-feature.js'

/** The page of what drifts: asks for a key, then for `GET /v1/drift` every few seconds, and draws anew only what changed. */
const KEY = 'nicr.key'
const REFRESH_MS = 5000
const WORDS_SHOWN = 12
const FINDINGS_SHOWN = 10

const byId = id => document.getElementById(id)
const door = byId('door')

door.addEventListener('submit', event => {
  event.preventDefault()
  void enter(byId('key').value.trim())
})
byId('leave').addEventListener('click', () => {
  sessionStorage.clear()
  location.reload()
})

const remembered = sessionStorage.getItem(KEY)
if (remembered === null) showDoor('')
else void enter(remembered)

function showDoor(problem) {
  door.hidden = false
  byId('door-problem').textContent = problem
  byId('key').focus()
}

async function enter(key) {
  const api = createApi(key)
  const first = await api.get('/v1/drift')
  if (!first.ok && ['NICR_KEY_MISSING', 'NICR_KEY_INVALID', 'NICR_ROLE_MISSING'].includes(first.body.code)) {
    sessionStorage.removeItem(KEY)
    return showDoor(first.body.detail)
  }
  sessionStorage.setItem(KEY, key)
  byId('key').value = ''
  door.hidden = true
  byId('desk').hidden = false
  byId('leave').hidden = false
  let drawn = ''
  const draw = ({ ok, body }) => {
    byId('problem').textContent = ok ? '' : `${body.detail} What is shown may be old.`
    if (!ok) return
    byId('checked').textContent =
      `Looked at ${new Date().toLocaleTimeString()}; looks again every ${REFRESH_MS / 1000} seconds.`
    const json = JSON.stringify(body)
    // What did not change is left as it is: nothing flickers, and a reader's place is kept.
    if (json === drawn) return
    drawn = json
    show(body)
  }
  draw(first)
  setInterval(async () => {
    if (!document.hidden) draw(await api.get('/v1/drift'))
  }, REFRESH_MS)
}

function show({ drifts, words, findings, requests, histories }) {
  const features = featuresOf(drifts)
  showVerdict(features, words)
  const kinds = [...new Set([...features, ...words].map(({ kind }) => kind))]
  byId('kinds').replaceChildren(
    ...kinds.map(kind =>
      showKind(kind, {
        features: features.filter(one => one.kind === kind),
        words: words.filter(one => one.kind === kind),
        histories: histories.filter(one => one.kind === kind),
      }),
    ),
  )
  list('requests', requests, request => [
    element('b', '', request.kind),
    ` on ${time(request.requestedAt)}, by the policy ${request.policy}, for version ${request.modelVersion}: ${request.reason}`,
  ])
  list('findings', findings.slice(0, FINDINGS_SHOWN), finding => [
    element('b', '', finding.kind),
    ` on ${time(finding.at)}: ${findingWords[finding.finding] ?? finding.finding} (${finding.feature}${sliceText(finding.slice)})`,
  ])
}

const findingWords = {
  CLEARED: 'came back to what it was',
  DOMAIN_GAP:
    'this platform differs from what the model learned from; nothing is asked for until its own posts form a reference',
  CLASS_SHARE:
    'only the share of the classes moved; `nicr models recalibrate` makes a version that is calibrated to it',
  CLASS_SHARE_REFUSED:
    'the share of the classes seems to have moved, but so did other features: the share alone must not be corrected',
  CONCEPT: 'people no longer say what the score says',
}

/** One entry a kind and feature, its slices together, the surest first. */
function featuresOf(drifts) {
  const byName = new Map()
  for (const drift of drifts) {
    const key = `${drift.kind} ${drift.feature}`
    const known = byName.get(key)
    if (known === undefined) byName.set(key, { ...drift, slices: [drift.slice] })
    else {
      const shown = drift.slice === 'all' ? drift : known
      byName.set(key, {
        ...shown,
        since: Math.min(known.since, drift.since),
        slices: [...known.slices, drift.slice],
      })
    }
  }
  return [...byName.values()].sort((left, right) => left.since - right.since)
}

function showVerdict(features, words) {
  const place = byId('verdict')
  place.dataset.state = features.length + words.length === 0 ? 'calm' : 'drift'
  if (features.length === 0 && words.length === 0) {
    place.textContent = 'Nothing drifts.'
    return
  }
  const parts = []
  const names = [...new Set(features.map(({ feature }) => feature))]
  const kinds = [...new Set(features.map(({ kind }) => kind))]
  if (names.length > 0) {
    const what = names.length === 1 ? `${nameOf(names[0])} drifts` : `${names.length} features drift`
    parts.push(`${what} (${kinds.join(', ')}) since ${time(Math.min(...features.map(({ since }) => since)))}`)
  }
  const fresh = new Set(words.map(({ word }) => word)).size
  if (fresh > 0) parts.push(fresh === 1 ? 'one word is new' : `${fresh} words are new`)
  place.textContent = `${parts.join('; ')}.`
}

function showKind(kind, { features, words, histories }) {
  const title = element('h1', '', kind)
  title.id = `kind-${kind}`
  const section = element('section', '', title)
  section.setAttribute('aria-labelledby', title.id)
  for (const feature of features)
    section.append(
      showFeature({
        name: nameOf(feature.feature),
        feature,
        history: histories.find(one => one.feature === feature.feature)?.points ?? [],
        time,
      }),
    )
  if (words.length > 0) {
    const rows = words.slice(0, WORDS_SHOWN).map(showWord)
    section.append(element('ol', 'words', ...rows))
    if (words.length > WORDS_SHOWN)
      section.append(
        element('p', 'soft', `and ${words.length - WORDS_SHOWN} more: the view drift_words has all`),
      )
  }
  return section
}

function showWord({ word, count, expected, firstAt, examples, change, neighbours }) {
  const usual =
    change === 'company'
      ? `in other company than before: ${neighbours.join(', ')}`
      : expected === null || expected < 0.5
        ? 'not seen before'
        : `${expected.toFixed(1)} expected`
  const row = element(
    'li',
    '',
    element('b', '', word),
    element('span', 'soft', `in ${count} posts when it was named, ${usual}, since ${time(firstAt)}`),
  )
  for (const { text } of examples.slice(0, 2)) row.append(element('q', '', ...marked(text, word)))
  return row
}

/** The text with the word marked where it occurs. */
function marked(text, word) {
  const at = text.toLowerCase().indexOf(word)
  if (at < 0) return [text]
  return [
    text.slice(0, at),
    element('mark', '', text.slice(at, at + word.length)),
    text.slice(at + word.length),
  ]
}

function list(id, entries, partsOf) {
  byId(`${id}-part`).hidden = entries.length === 0
  byId(id).replaceChildren(...entries.map(entry => element('li', '', ...partsOf(entry))))
}

function nameOf(feature) {
  return { '*': 'everything together', labels: 'what people say of the scores' }[feature] ?? feature
}

function sliceText(slice) {
  return slice === 'all' ? '' : `, only ${slice}`
}

function time(at) {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
