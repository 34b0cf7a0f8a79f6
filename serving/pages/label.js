import { byId, element } from './dom.js'
import { keepDoor } from './door.js'
import { answerButtons, answersOf, said } from './label-answers.js'
import { agreementElements } from './label-figures.js'
import { guidelineElements, questionOf } from './label-guideline.js'
import { createQueue } from './label-queue.js'

/** The page where people tag, one text after the other; moderators decide here where others disagree. */
const KIND = 'nicr.label-kind'
const narrow = matchMedia('(max-width: 800px)')

keepDoor({ check, enter })

async function check(api) {
  const { ok, body } = await api.get('/v1/label/progress')
  return ok ? { progress: body } : { problem: body.detail }
}

function enter(api, { progress }) {
  const { kinds, tags, moderates } = progress
  const state = {
    kind: kinds.find(({ kind }) => kind === sessionStorage.getItem(KIND)) ?? kinds[0],
    mode: tags ? 'tag' : 'decide',
    queue: null,
    guideline: null,
  }
  byId('guide').open = !narrow.matches
  byId('modes').hidden = !(tags && moderates)
  byId('kinds').replaceChildren(
    ...kinds.map(kind => {
      const button = element('button', '', kind.kind)
      button.type = 'button'
      button.dataset.kind = kind.kind
      button.addEventListener('click', () => begin(kind, state.mode))
      return button
    }),
  )
  for (const button of byId('modes').children)
    button.addEventListener('click', () => begin(state.kind, button.dataset.mode))
  byId('skip').addEventListener('click', skip)
  byId('undo').addEventListener('click', () => void undo())
  byId('again').addEventListener('click', () => state.queue.showSkipped())
  byId('assist').addEventListener('change', () => begin(state.kind, state.mode))
  document.addEventListener('keydown', onKey)
  void begin(state.kind, state.mode)

  async function begin(kind, mode) {
    state.queue?.close()
    state.queue = null
    Object.assign(state, { kind, mode })
    sessionStorage.setItem(KIND, kind.kind)
    for (const button of byId('kinds').children)
      button.setAttribute('aria-pressed', String(button.dataset.kind === kind.kind))
    for (const button of byId('modes').children)
      button.setAttribute('aria-pressed', String(button.dataset.mode === mode))
    byId('assist-choice').hidden = mode === 'decide'
    byId('told').textContent = ''
    byId('answers').replaceChildren(...answerButtons(kind, answer))
    byId('answers').dataset.objective = kind.objective
    byId('ends').hidden = kind.objective === 'BINARY'
    byId('ends').replaceChildren(...kind.labels.map(label => element('span', '', label)))
    await showGuideline(kind)
    if (state.kind !== kind || state.mode !== mode) return
    state.queue = createQueue({ api, source: sourceOf(kind, mode), changed: show })
    byId('figures').hidden = mode !== 'decide'
    if (mode === 'decide') void showAgreement(kind)
  }

  async function showGuideline(kind) {
    const { ok, body } = await api.get(`/v1/label/guideline?kind=${kind.kind}`)
    state.guideline = ok ? body : null
    byId('ask').textContent = ok ? questionOf(body.text) : kind.description
    byId('guideline').replaceChildren(
      ...(ok
        ? [...guidelineElements(body.text), element('p', 'soft', `Version ${body.version}`)]
        : [element('p', 'problem', body.detail)]),
    )
  }

  async function showAgreement(kind) {
    const { ok, body } = await api.get(`/v1/label/agreement?kind=${kind.kind}`)
    byId('agreement').replaceChildren(
      ...(ok ? agreementElements(body) : [element('p', 'problem', body.detail)]),
    )
  }

  function sourceOf({ kind }, mode) {
    const assist = mode === 'tag' && byId('assist').checked
    return {
      path: limit =>
        mode === 'decide'
          ? `/v1/label/disagreements?kind=${kind}&limit=${limit}`
          : `/v1/label/queue?kind=${kind}&limit=${limit}${assist ? '&assist=true' : ''}`,
      bodyOf: ({ contentId, revision, sampleId, model }, value, seconds) => ({
        kind,
        contentId,
        revision,
        value,
        seconds,
        ...(sampleId === undefined ? {} : { sampleId }),
        ...(state.guideline === null ? {} : { guidelineVersion: state.guideline.version }),
        modelShown: model !== undefined && model !== null,
        origin: mode === 'decide' ? 'adjudication' : 'page',
      }),
    }
  }

  function show({ item, left, answered, problem, skipped, canUndo, ready }) {
    byId('problem').textContent = problem
    byId('task').hidden = item === null
    byId('nothing').hidden = item !== null
    if (item !== null) {
      if (byId('text').textContent !== item.text) byId('text').textContent = item.text
      byId('said').textContent = besides(item)
    } else {
      byId('text').textContent = ''
      byId('nothing').textContent = nothingSaid({ ready, skipped, mode: state.mode })
    }
    byId('skip').disabled = item === null
    byId('undo').disabled = !canUndo
    byId('again').hidden = item !== null || skipped === 0
    byId('bar').max = Math.max(1, answered + left)
    byId('bar').value = answered
    byId('progress').textContent = progressSaid({ answered, left, mode: state.mode })
  }

  /** What others said, where that is shown. */
  function besides({ answers, model }) {
    if (answers !== undefined)
      return answers.map(({ labeller, value }) => `${labeller}: ${said(state.kind, value)}`).join(' · ')
    if (model === undefined) return ''
    return model === null
      ? 'The model says nothing of this text.'
      : `The model says ${said(state.kind, model.value)}.`
  }

  function answer(value) {
    if (state.queue === null || byId('task').hidden) return
    byId('told').textContent = `Answered ${said(state.kind, value)}.`
    void state.queue.answer(value)
  }

  function skip() {
    byId('told').textContent = 'Skipped.'
    state.queue?.skip()
  }

  async function undo() {
    if (await state.queue?.undo()) byId('told').textContent = 'Taken back.'
  }

  function onKey(event) {
    const { target, key, ctrlKey, metaKey, altKey, repeat } = event
    const types = target instanceof HTMLInputElement && target.type !== 'checkbox'
    if (ctrlKey || metaKey || altKey || repeat || types || !byId('keys').checked) return
    const named = answersOf(state.kind).find(one => one.key === key.toLowerCase())
    const tools = { s: skip, u: () => void undo(), g: toggleGuide }
    const act = named === undefined ? tools[key.toLowerCase()] : () => answer(named.value)
    if (act === undefined) return
    event.preventDefault()
    act()
  }
}

function toggleGuide() {
  byId('guide').open = !byId('guide').open
  if (byId('guide').open && narrow.matches) byId('guide').scrollIntoView()
}

function nothingSaid({ ready, skipped, mode }) {
  if (!ready) return 'Looking for something to ask…'
  if (skipped > 0)
    return `You skipped ${skipped === 1 ? 'one text' : `${skipped} texts`}; nothing else is left for you.`
  return mode === 'decide'
    ? 'Nothing to decide: nobody disagrees. This page looks again by itself.'
    : 'Nothing to tag for you now. This page looks again by itself.'
}

function progressSaid({ answered, left, mode }) {
  const count = left.toLocaleString('en')
  return mode === 'decide'
    ? `${answered} decided, ${count} shown to decide`
    : `${answered} answered, ${count} left for you`
}
