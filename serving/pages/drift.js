import { byId, element } from './dom.js'
import { keepDoor, keyProblems } from './door.js'
import { standing } from './drift-finding.js'
import { isGathering, showKind } from './drift-kind.js'
import { awayWords, counted, nameOf, time } from './drift-text.js'
import { showWords, wordsOf } from './drift-words.js'

/** The page of what drifts: asks for a key, then for `GET /v1/drift` every few seconds, and draws anew only what changed. */
const REFRESH_MS = 5000
const FINDINGS_SHOWN = 10
/** A word that was last named longer before the newest record is news no more. */
const WORDS_STAND_MS = 7 * 24 * 3_600_000

keepDoor({ check, enter })

/** Where only ClickHouse is away, the page opens and says so. */
async function check(api) {
  const first = await api.get('/v1/drift')
  return !first.ok && keyProblems.includes(first.body.code) ? { problem: first.body } : { first }
}

function enter(api, { first }) {
  let drawn = ''
  const draw = ({ ok, body }) => {
    byId('problem').textContent = ok ? '' : awayWords(body, drawn !== '')
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

function show({ watched, accuracy, drifts, words, findings, requests, histories }) {
  const features = featuresOf(drifts)
  const newest = Math.max(0, ...watched.map(({ lastAt }) => lastAt))
  const fresh = wordsOf(words.filter(({ lastAt }) => lastAt >= newest - WORDS_STAND_MS))
  const liveOf = kind => watched.find(one => one.kind === kind)
  const kinds = [...new Set([...watched, ...drifts, ...findings].map(({ kind }) => kind))].sort()
  const standingOf = Object.fromEntries(
    kinds.map(kind => [
      kind,
      standing(
        findings.filter(one => one.kind === kind),
        liveOf(kind)?.modelVersion,
      ),
    ]),
  )
  const stand = Object.values(standingOf).flat()
  showVerdict({ watched, features, fresh, shares: stand.filter(({ method }) => method === 'em') })
  const open = new Set([...document.querySelectorAll('details[open]')].map(({ dataset }) => dataset.key))
  byId('kinds').replaceChildren(
    ...kinds.map(kind =>
      showKind(kind, {
        watch: liveOf(kind),
        accuracy: accuracy.filter(one => one.kind === kind),
        findings: standingOf[kind],
        features: features.filter(({ main }) => main.kind === kind),
        histories: histories.filter(one => one.kind === kind),
      }),
    ),
  )
  for (const more of document.querySelectorAll('details')) more.open = open.has(more.dataset.key)
  byId('words-part').hidden = fresh.length === 0
  byId('words').replaceChildren(...showWords(fresh))
  list('requests', requests, request => [
    element('b', '', request.kind),
    ` on ${time(request.requestedAt)}, by the policy ${request.policy}, for version ${request.modelVersion}: ${request.reason}`,
  ])
  const rest = findings.filter(finding => !stand.includes(finding))
  list('findings', rest.slice(0, FINDINGS_SHOWN), finding => [
    element('b', '', finding.kind),
    ` on ${time(finding.at)}: ${nameOf(finding.feature)}${finding.slice === 'all' ? '' : ` in ${finding.slice}`} ${meaningOf(finding)}`,
  ])
}

function meaningOf({ finding, drifted }) {
  if (finding === 'CLASS_SHARE')
    return drifted ? 'moved, as the share of the classes did' : 'came back, as the share of the classes did'
  return (
    {
      CLEARED: 'came back to what it was',
      CLASS_SHARE_REFUSED: 'moved, and more than the share of the classes explains',
      CONCEPT: 'left the score',
      DOMAIN_GAP: 'differed from what the model learned from',
    }[finding] ?? finding
  )
}

/** One entry a kind and feature with all its slices, what moved most first; what people say before all. */
function featuresOf(drifts) {
  const byName = new Map()
  for (const drift of drifts) {
    const key = `${drift.kind} ${drift.feature}`
    byName.set(key, [...(byName.get(key) ?? []), drift])
  }
  const size = ({ main: { effect, feature } }) =>
    feature === 'labels' ? Number.POSITIVE_INFINITY : Math.abs(effect ?? 0)
  return [...byName.values()]
    .map(slices => {
      const main = slices.find(({ slice }) => slice === 'all') ?? slices[0]
      return { main: { ...main, since: Math.min(...slices.map(({ since }) => since)) }, slices }
    })
    .sort((left, right) => size(right) - size(left))
}

function showVerdict({ watched, features, fresh, shares }) {
  const place = byId('verdict')
  const parts = []
  const names = [...new Set(features.map(({ main }) => main.feature))]
  const kinds = [...new Set(features.map(({ main }) => main.kind))].sort()
  if (names.length > 0) {
    const what = names.length === 1 ? `${nameOf(names[0])} drifts` : `${names.length} features drift`
    parts.push(
      `${what} (${kinds.join(', ')}) since ${time(Math.min(...features.map(({ main }) => main.since)))}`,
    )
  }
  if (shares.length > 0) {
    const moved = shares.every(({ drifted }) => drifted) ? 'moved' : 'seems to have moved'
    parts.push(`the share of classes ${moved} (${shares.map(({ kind }) => kind).join(', ')})`)
  }
  if (fresh.length > 0) parts.push(wordsSaid(fresh))
  place.dataset.state =
    parts.length > 0 ? 'drift' : watched.some(one => !isGathering(one)) ? 'calm' : 'waiting'
  if (parts.length > 0) place.textContent = `${parts.join('; ')}.`
  else if (watched.length === 0) place.textContent = 'Nothing was scored yet, so nothing is known of drift.'
  else if (place.dataset.state === 'waiting')
    place.textContent =
      'Nothing can be found yet: the first posts are being gathered to compare later ones with.'
  else place.textContent = 'Nothing drifts.'
}

function wordsSaid(fresh) {
  const company = fresh.filter(({ change }) => change === 'company').length
  const others = fresh.length - company
  return [
    ...(others > 0 ? [`${counted(others, 'word')} ${others === 1 ? 'is' : 'are'} new or more frequent`] : []),
    ...(company > 0 ? [`${counted(company, 'word')} changed company`] : []),
  ].join(', ')
}

function list(id, entries, partsOf) {
  byId(`${id}-part`).hidden = entries.length === 0
  byId(id).replaceChildren(...entries.map(entry => element('li', '', ...partsOf(entry))))
}
