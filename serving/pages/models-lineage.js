import { element } from './dom.js'
import { time } from './drift-text.js'

/** Which version came from which, and which was live from when to when. */
const SHOWN = 12

/**
 * @param versions of a kind, as `GET /v1/models` lists them
 * @param promotions of the kind, the newest first
 * @param refused versions that a gate or a rollout refused
 * @param pick called with the version that somebody wants to look at
 */
export function showLineage({ versions, promotions, refused }, pick) {
  const spans = spansOf(versions, promotions)
  const rows = versions
    .toReversed()
    .map(version => row(version, { spans: spans.get(version.version) ?? [], refused, pick }))
  const list = element('ol', 'lineage', ...rows.slice(0, SHOWN))
  const parts = [element('p', 'chain', chainOf(versions)), list]
  if (rows.length > SHOWN) {
    const more = element(
      'details',
      'more',
      element('summary', '', `${rows.length - SHOWN} older versions`),
      element('ol', 'lineage', ...rows.slice(SHOWN)),
    )
    more.dataset.key = 'older'
    parts.push(more)
  }
  return parts
}

/** The line that led to the challenger, or else to the champion: "committed 1 → 3 → 4". */
function chainOf(versions) {
  const has = alias => versions.find(({ aliases }) => aliases.includes(alias))
  const champion = has('champion')
  const challenger = has('challenger')
  // A predecessor that scores along is no end of a line.
  const isNext = challenger !== undefined && Number(challenger.version) > Number(champion?.version ?? 0)
  const chain = []
  for (
    let at = isNext ? challenger : champion;
    at !== undefined && !chain.includes(at);
    at = versions.find(({ version }) => version === at.parent)
  )
    chain.unshift(at)
  return chain
    .map(({ version, origin }) => (origin === 'committed' ? `committed ${version}` : version))
    .join(' → ')
}

/**
 * When each version was champion, the earliest first; `until` is null for now. `back` says why it was taken back, which is when
 * one that was live before it came again; coming forth again takes nothing back.
 */
function spansOf(versions, promotions) {
  const moves = promotions.filter(({ alias, ignored }) => alias === 'CHAMPION' && ignored === null).reverse()
  const first = moves[0]?.previous ?? defaultOf(versions)
  const all = [{ version: first, from: null, until: moves[0]?.at ?? null, back: null }]
  const firstOf = wanted => all.findIndex(span => span.version === wanted)
  for (const [i, { version, at, reason }] of moves.entries()) {
    const came = firstOf(version)
    if (came !== -1 && came < firstOf(all.at(-1).version)) all.at(-1).back = reason
    all.push({ version, from: at, until: moves[i + 1]?.at ?? null, back: null })
  }
  return new Map(versions.map(({ version }) => [version, all.filter(span => span.version === version)]))
}

function defaultOf(versions) {
  return versions.findLast(({ origin }) => origin === 'committed')?.version ?? null
}

function row({ version, parent, origin, aliases }, { spans, refused, pick }) {
  const button = element('button', 'tool', version)
  button.type = 'button'
  button.setAttribute('aria-label', `Look at version ${version}`)
  button.dataset.key = `look ${version}`
  button.addEventListener('click', () => pick(version))
  const isLive = aliases.includes('champion')
  // One that is live again is taken back no more; its spans tell what was.
  const isBack = !isLive && (spans.at(-1)?.back ?? null) !== null
  const tags = [
    ...(origin === 'committed' ? [['committed', '']] : []),
    ...(isLive ? [['live', 'better']] : []),
    ...(aliases.includes('challenger') ? [['scores along', '']] : []),
    ...(isBack ? [['taken back', 'worse']] : []),
    ...(refused.includes(version) ? [['refused', 'worse']] : []),
  ]
  const item = element(
    'li',
    '',
    button,
    element(
      'div',
      '',
      element(
        'p',
        '',
        ...(parent === null ? [] : [element('span', 'soft', `from ${parent} `)]),
        ...tags.map(([text, look]) => element('span', `tag ${look}`, text)),
      ),
      ...spans.flatMap(spanLines),
    ),
  )
  if (isLive) item.dataset.live = 'true'
  return item
}

function spanLines({ from, until, back }) {
  const begin = from === null ? 'from the start' : `from ${time(from)}`
  const end = until === null ? 'until now' : `until ${time(until)}`
  return [
    element('p', 'soft', `live ${begin} ${end}${back === null ? '' : ', then taken back'}`),
    ...(back === null || back === '' ? [] : [element('p', 'soft', back)]),
  ]
}
