import { byId, element } from './dom.js'
import { time } from './drift-text.js'
import { cardElements } from './models-card.js'
import { showComparison } from './models-compare.js'
import { showLineage } from './models-lineage.js'
import { redraw } from './redraw.js'

/** The versions of one kind at a time: lineage, what was live when, two side by side, and the model card. */
const HISTORY_LIMIT = 1000

export function createVersions(api) {
  const state = { models: [], loops: [], kind: null, a: null, b: null, turn: 0 }
  for (const side of ['a', 'b'])
    byId(side).addEventListener('change', () => {
      state[side] = byId(side).value
      void compare()
    })
  byId('at-form').addEventListener('submit', event => {
    event.preventDefault()
    void showAt()
  })

  /** Asks anew what versions there are. @param loops as `GET /v1/loop` lists them */
  async function show(loops) {
    const { ok, body } = await api.get('/v1/models')
    byId('versions-loading').hidden = true
    problem(ok ? '' : body.detail)
    if (!ok) return
    byId('versions-known').hidden = false
    state.models = body.models.filter(({ versions }) => versions.length > 0)
    state.loops = loops
    const isThere = state.models.some(({ kind }) => kind === state.kind)
    // A kind where something is tried is what most people came for.
    const first = loops.find(({ challenger }) => challenger !== null)?.kind ?? state.models[0]?.kind
    byId('choices').replaceChildren(...state.models.map(({ kind }) => choice(kind)))
    if (first !== undefined) await choose(isThere ? state.kind : first)
  }

  function choice(kind) {
    const button = element('button', '', kind)
    button.type = 'button'
    button.dataset.kind = kind
    button.addEventListener('click', () => void choose(kind))
    return button
  }

  async function choose(kind) {
    const isNew = kind !== state.kind
    state.kind = kind
    for (const button of byId('choices').children)
      button.setAttribute('aria-pressed', String(button.dataset.kind === kind))
    const { versions } = model()
    const has = version => versions.some(one => one.version === version)
    if (isNew || !has(state.a) || !has(state.b)) pickPair(versions)
    fillSelects(versions)
    await Promise.all([lineage(), compare()])
  }

  function model() {
    return state.models.find(({ kind }) => kind === state.kind)
  }

  /** What is tried, or else the newest of all, beside the version it was made from. */
  function pickPair(versions) {
    const champion = versions.find(({ aliases }) => aliases.includes('champion')) ?? versions.at(-1)
    const tried = versions.find(({ aliases }) => aliases.includes('challenger'))
    const isNext = tried !== undefined && Number(tried.version) > Number(champion.version)
    const newest = isNext ? tried : versions.at(-1)
    const parent = newest.parent ?? champion.version
    state.b = newest.version
    state.a = versions.some(({ version }) => version === parent) ? parent : champion.version
  }

  function fillSelects(versions) {
    for (const side of ['a', 'b']) {
      byId(side).replaceChildren(
        ...versions.toReversed().map(({ version, aliases }) => {
          const option = element('option', '', [version, ...aliases].join(' · '))
          option.value = version
          return option
        }),
      )
      byId(side).value = state[side]
    }
  }

  async function lineage() {
    const { kind } = state
    const { ok, body } = await api.get(`/v1/models/history?kind=${kind}&limit=${HISTORY_LIMIT}`)
    if (kind !== state.kind) return
    problem(ok ? '' : body.detail)
    const ended = state.loops.find(one => one.kind === kind)?.ended ?? []
    const refused = ended
      .filter(
        ({ last }) => last.step === 'REJECTED' && last.task !== 'roll-back' && last.modelVersion !== null,
      )
      .map(({ last }) => last.modelVersion)
    const promotions = ok ? body.promotions : []
    redraw(byId('lineage'), showLineage({ versions: model().versions, promotions, refused }, look))
  }

  function look(version) {
    state.b = version
    const { parent } = model().versions.find(one => one.version === version)
    if (model().versions.some(one => one.version === parent)) state.a = parent
    fillSelects(model().versions)
    void compare()
    byId('side').scrollIntoView({ block: 'nearest' })
  }

  async function compare() {
    const turn = ++state.turn
    const { kind, a, b } = state
    const [left, right] = await Promise.all([a, b].map(version => api.get(`/v1/models/${kind}/${version}`)))
    if (turn !== state.turn) return
    byId('compare-loading').hidden = true
    const bad = [left, right].find(({ ok }) => !ok)
    byId('compare-problem').textContent = bad === undefined ? '' : bad.body.detail
    byId('card-part').hidden = bad !== undefined
    if (bad !== undefined) return byId('compare').replaceChildren()
    redraw(byId('compare'), showComparison(left.body, right.body))
    byId('card-title').textContent = `Model card of ${kind} ${b}`
    byId('card').replaceChildren(...cardElements(right.body.card ?? 'It has no model card.'))
  }

  async function showAt() {
    const at = new Date(byId('at').value).getTime()
    if (!Number.isFinite(at)) return
    const { ok, body } = await api.get(`/v1/models/history?at=${Math.max(0, at)}&limit=1`)
    const lines = ok ? body.live.map(liveLine) : [element('p', 'problem', body.detail)]
    byId('at-answer').replaceChildren(element('p', 'soft', time(at)), ...lines)
  }

  function problem(text) {
    byId('versions-problem').textContent = text
  }

  return { show }
}

function liveLine({ kind, version, challenger, since }) {
  if (version === null) return element('p', '', element('b', '', kind), ' had no version')
  const when = since === null ? 'before any promotion' : `since ${time(since)}`
  const beside = challenger === null ? '' : `; ${challenger} scored along`
  return element('p', '', element('b', '', `${kind} ${version}`), ` ${when}${beside}`)
}
