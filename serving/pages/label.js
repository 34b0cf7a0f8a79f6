import { byId, element } from './dom.js'
import { keepDoor } from './door.js'
import { answerButtons, answersOf, said, scaleEnds } from './label-answers.js'
import { agreementElements } from './label-figures.js'
import { guidelineElements, questionOf } from './label-guideline.js'
import { createPictures, readSaid } from './label-pictures.js'
import { createQueue } from './label-queue.js'

/** The page where people tag, one text or picture after the other; moderators decide here where others disagree. */
const KIND = 'nicr.label-kind'
const narrow = matchMedia('(max-width: 800px)')

keepDoor({ check, enter })

async function check(api) {
  const { ok, body } = await api.get('/v1/label/progress')
  return ok ? { progress: body } : { problem: body }
}

function enter(api, { progress }) {
  const { kinds, tags, moderates } = progress
  const state = {
    kind: kinds.find(({ kind }) => kind === sessionStorage.getItem(KIND)) ?? kinds[0],
    mode: tags ? 'tag' : 'decide',
    queue: null,
    guideline: null,
    item: null,
    /** In this queue. */
    answered: 0,
  }
  /** Answers before this queue began, by kind: all that the server knows of; decisions of this sitting alone. */
  const before = {
    tag: new Map(kinds.map(({ kind, done }) => [kind, done])),
    decide: new Map(),
  }
  const answeredBefore = () => before[state.mode].get(state.kind.kind) ?? 0
  const tell = text => {
    byId('told').textContent = text
  }
  const pictures = createPictures({ api, told: tell })
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
    before[state.mode].set(state.kind.kind, answeredBefore() + state.answered)
    Object.assign(state, { kind, mode, queue: null, answered: 0 })
    sessionStorage.setItem(KIND, kind.kind)
    for (const button of byId('kinds').children)
      button.setAttribute('aria-pressed', String(button.dataset.kind === kind.kind))
    for (const button of byId('modes').children)
      button.setAttribute('aria-pressed', String(button.dataset.mode === mode))
    byId('assist-choice').hidden = mode === 'decide'
    tell('')
    showLoading()
    byId('read').hidden = true
    byId('task').dataset.input = kind.input
    byId('clear-choice').hidden = kind.input !== 'IMAGE'
    pictures.show(null)
    if (kind.input === 'IMAGE') void pictures.useNamesOf(kind.kind)
    byId('answers').replaceChildren(...answerButtons(kind, answer))
    byId('answers').dataset.objective = kind.objective
    byId('ends').hidden = kind.objective === 'BINARY'
    byId('ends').replaceChildren(...scaleEnds(kind).map(end => element('span', '', end)))
    await showGuideline(kind)
    if (state.kind !== kind || state.mode !== mode) return
    state.queue = createQueue({ api, source: sourceOf(kind, mode), changed: show })
    byId('figures').hidden = mode !== 'decide'
    if (mode === 'decide') void showAgreement(kind)
  }

  /** Until the first question of a kind is there. */
  function showLoading() {
    byId('task').hidden = true
    byId('nothing').hidden = false
    byId('nothing').textContent = nothingSaid({ ready: false })
    byId('progress').textContent = ''
    for (const id of ['skip', 'undo']) byId(id).disabled = true
    byId('again').hidden = true
    byId('question').setAttribute('aria-busy', 'true')
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
      bodyOf: ({ contentId, revision, sampleId, model, boxes, readShown }, value, seconds) => ({
        kind,
        contentId,
        revision,
        value,
        seconds,
        ...(sampleId === undefined ? {} : { sampleId }),
        ...(state.guideline === null ? {} : { guidelineVersion: state.guideline.version }),
        ...(boxes === undefined || boxes.length === 0 ? {} : { boxes }),
        modelShown: (model !== undefined && model !== null) || readShown === true,
        origin: mode === 'decide' ? 'adjudication' : 'page',
      }),
    }
  }

  function show({ item, next, left, answered, problem, skipped, canUndo, ready }) {
    byId('problem').textContent = problem
    byId('question').setAttribute('aria-busy', 'false')
    state.item = item
    pictures.show(item?.images === undefined ? null : item)
    pictures.fetchAhead(next)
    byId('task').hidden = item === null
    byId('nothing').hidden = item !== null
    if (item !== null) {
      if (byId('text').textContent !== item.text) byId('text').textContent = item.text
      byId('text').hidden = item.text === ''
      byId('said').textContent = besides(item)
    } else {
      byId('text').textContent = ''
      const { mode, kind } = state
      byId('nothing').textContent = nothingSaid({ ready, problem, skipped, mode, input: kind.input })
    }
    byId('skip').disabled = item === null
    byId('undo').disabled = !canUndo
    byId('again').hidden = item !== null || skipped === 0
    state.answered = answered
    const all = answeredBefore() + answered
    byId('bar').max = Math.max(1, all + left)
    byId('bar').value = all
    byId('progress').textContent = progressSaid({ answered: all, left, mode: state.mode })
  }

  /** What others said, where that is shown. */
  function besides({ answers, model }) {
    if (answers !== undefined)
      return answers.map(({ labeller, value }) => `${labeller}: ${said(state.kind, value)}`).join(' · ')
    if (model === undefined) return ''
    return model === null
      ? `The model says nothing of this ${thing[state.kind.input]}.`
      : [`The model says ${said(state.kind, model.value)}.`, readSaid(model.read ?? [])].join(' ').trim()
  }

  async function answer(value) {
    const { queue, kind, item } = state
    if (queue === null || item === null) return
    if (pictures.isDrawing()) return tell('Keep the box with enter, or drop it with esc, before you answer.')
    tell(`Answered ${said(kind, value)}.`)
    byId('read').hidden = true
    pictures.noteNames()
    if ((await queue.answer(value)) && kind.input === 'IMAGE') await showRead(kind, item)
  }

  /** What the model read, once it sways nobody; who answers again after that has seen it. */
  async function showRead({ kind }, item) {
    const { ok, body } = await api.get(
      `/v1/label/read?kind=${kind}&contentId=${encodeURIComponent(item.contentId)}`,
    )
    if (!ok || state.kind.kind !== kind) return
    const text = readSaid(body.read)
    item.readShown = text !== ''
    byId('read').textContent = `Of your last answer. ${text}`
    byId('read').hidden = text === ''
  }

  function skip() {
    tell('Skipped.')
    state.queue?.skip()
  }

  async function undo() {
    if (await state.queue?.undo()) tell('Taken back.')
  }

  function onKey(event) {
    const { target, key, ctrlKey, metaKey, altKey, repeat } = event
    const types = target instanceof HTMLInputElement && target.type !== 'checkbox'
    if (metaKey || altKey || types) return
    if (pictures.onKey(event, byId('keys').checked && !repeat && !ctrlKey)) return event.preventDefault()
    if (ctrlKey || repeat || !byId('keys').checked) return
    const named = answersOf(state.kind).find(one => one.key === key.toLowerCase())
    const tools = { s: skip, u: () => void undo(), g: toggleGuide }
    const act = named === undefined ? tools[key.toLowerCase()] : () => void answer(named.value)
    if (act === undefined) return
    event.preventDefault()
    act()
  }
}

function toggleGuide() {
  byId('guide').open = !byId('guide').open
  if (byId('guide').open && narrow.matches) byId('guide').scrollIntoView()
}

/** What is tagged, in a word. */
const thing = { TEXT: 'text', IMAGE: 'post' }

function nothingSaid({ ready, problem, skipped, mode, input }) {
  if (!ready) return 'Looking for something to ask…'
  if (problem !== '') return 'This page looks again by itself.'
  if (skipped > 0)
    return `You skipped ${skipped === 1 ? `one ${thing[input]}` : `${skipped} ${thing[input]}s`}; nothing else is left for you.`
  return mode === 'decide'
    ? 'Nothing to decide: nobody disagrees. This page looks again by itself.'
    : 'Nothing to tag for you now. This page looks again by itself.'
}

function progressSaid({ answered, left, mode }) {
  const [done, count] = [answered, left].map(one => one.toLocaleString('en'))
  return mode === 'decide'
    ? `${done} decided in this sitting, ${count} shown to decide`
    : `${done} answered by you so far, ${count} left for you`
}
