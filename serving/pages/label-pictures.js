import { afterArrow, boxBetween, firstBox, isArrow, roundedBox } from './box-shapes.js'
import { byId } from './dom.js'
import { boxElement, boxRows, nameOptions } from './label-boxes.js'
import { createPictureSource } from './picture-source.js'

/**
 * The pictures of a question: blurred until asked, one at a time, with boxes drawn by pointer or keyboard. Boxes are kept on the question itself (`item.boxes`),
 * so they come back with it when an answer is undone.
 */
const CLEAR = 'nicr.label-clear'

/**
 * @param api of the key
 * @param told says something to who tags
 */
export function createPictures({ api, told }) {
  const sourceOf = createPictureSource(api)
  let item = null
  let place = 0
  let isClear = false
  let names = []
  /** The box that is being drawn, and the one it replaces. */
  let drawn = null
  let replaced = null
  /** Where the pointer went down. */
  let from = null
  const stage = byId('stage')
  // Takes the keyboard while a box is drawn.
  stage.tabIndex = -1
  const always = byId('clear-always')
  always.checked = sessionStorage.getItem(CLEAR) === 'true'
  always.addEventListener('change', () => {
    sessionStorage.setItem(CLEAR, String(always.checked))
    isClear = always.checked
    render()
  })
  byId('unblur').addEventListener('click', toggleClear)
  byId('draw').addEventListener('click', begin)
  byId('before').addEventListener('click', () => turn(-1))
  byId('after').addEventListener('click', () => turn(1))
  byId('keep').addEventListener('click', keep)
  byId('drop').addEventListener('click', drop)
  stage.addEventListener('click', event => {
    if (!isClear && event.detail > 0) toggleClear()
  })
  stage.addEventListener('pointerdown', pointerDown)
  stage.addEventListener('pointermove', pointerMove)
  stage.addEventListener('pointerup', pointerUp)
  stage.addEventListener('pointercancel', drop)

  const ref = () => item.images[place]

  function show(next) {
    if (next === item) return
    item = next
    place = 0
    isClear = always.checked
    drawn = replaced = from = null
    byId('pictures').hidden = item === null
    if (item === null) return
    item.boxes ??= []
    render()
    void load()
  }

  async function load() {
    const wanted = ref()
    const picture = byId('picture')
    picture.hidden = true
    byId('picture-problem').textContent = ''
    const source = await sourceOf(wanted)
    if (item === null || ref() !== wanted) return
    picture.hidden = source.url === undefined
    if (source.url === undefined)
      byId('picture-problem').textContent = `The picture is not here: ${source.problem}`
    else picture.src = source.url
  }

  function render() {
    if (item === null) return
    const count = item.images.length
    stage.dataset.clear = String(isClear)
    stage.dataset.drawing = String(drawn !== null)
    byId('picture').alt = isClear
      ? `Picture ${place + 1} of ${count}`
      : `Picture ${place + 1} of ${count}, blurred`
    byId('unblur').firstChild.data = isClear ? 'Blur ' : 'Show '
    byId('veil').hidden = isClear
    byId('draw').disabled = !isClear
    byId('turn').hidden = count < 2
    byId('place').textContent = `${place + 1} of ${count}`
    byId('before').disabled = place === 0
    byId('after').disabled = place === count - 1
    renderBoxes()
  }

  function renderBoxes() {
    const shown = item.boxes.flatMap((box, i) =>
      box.image === ref() && box !== replaced
        ? [boxElement(box, { state: 'kept', text: String(i + 1) })]
        : [],
    )
    for (const { image, box, text } of item.model?.read ?? [])
      if (image === ref() && box !== null) shown.push(boxElement(box, { state: 'read', text }))
    if (drawn !== null) shown.push(boxElement(drawn, { state: 'drawn', text: '' }))
    byId('boxes').replaceChildren(...shown)
    byId('drawing').hidden = drawn === null
    byId('box-list').replaceChildren(...boxRows(item.boxes, { move, remove }))
  }

  function toggleClear() {
    isClear = !isClear
    if (!isClear) drawn = replaced = null
    render()
  }

  function turn(by) {
    const next = place + by
    if (item === null || next < 0 || next >= item.images.length) return
    drawn = replaced = null
    place = next
    render()
    void load()
  }

  function begin() {
    if (item === null) return
    if (!isClear) return told('Show the picture first.')
    drawn = { ...firstBox }
    replaced = null
    stage.focus()
    render()
  }

  function move(box) {
    place = item.images.indexOf(box.image)
    isClear = true
    drawn = { ...box }
    replaced = box
    stage.focus()
    render()
    void load()
  }

  function remove(box) {
    item.boxes.splice(item.boxes.indexOf(box), 1)
    if (replaced === box) drawn = replaced = null
    told('Box deleted.')
    render()
  }

  function drop() {
    drawn = replaced = from = null
    render()
  }

  /** Keeps what is drawn and asks whose logo it is. */
  function keep() {
    const box = { image: ref(), ...roundedBox(drawn), name: replaced?.name ?? null }
    const number = replaced === null ? item.boxes.push(box) - 1 : item.boxes.indexOf(replaced)
    item.boxes[number] = box
    drawn = replaced = from = null
    told(`Box ${number + 1} kept.`)
    render()
    byId('box-list').children[number]?.querySelector('input').focus()
  }

  function offer(all) {
    names = all
    byId('box-names').replaceChildren(...nameOptions(names))
  }

  const pointOf = ({ clientX, clientY }) => {
    const { left, top, width, height } = stage.getBoundingClientRect()
    return { x: (clientX - left) / width, y: (clientY - top) / height }
  }

  function pointerDown(event) {
    // A finger scrolls, unless a box is being drawn.
    const draws = isClear && event.button === 0 && (event.pointerType !== 'touch' || drawn !== null)
    if (item === null || !draws || byId('picture').hidden) return
    event.preventDefault()
    stage.setPointerCapture(event.pointerId)
    from = pointOf(event)
  }

  function pointerMove(event) {
    if (from === null) return
    drawn = boxBetween(from, pointOf(event)) ?? drawn
    render()
  }

  function pointerUp(event) {
    if (from === null) return
    const box = boxBetween(from, pointOf(event))
    from = null
    if (box === null) return
    drawn = box
    keep()
  }

  return {
    show,
    /** So that the next question's first picture is there when it is asked. */
    fetchAhead(next) {
      if (next?.images?.length > 0) void sourceOf(next.images[0])
    },
    /** Whether a box waits to be kept or dropped. */
    isDrawing: () => drawn !== null,
    async useNamesOf(kind) {
      const { ok, body } = await api.get(`/v1/label/box-names?kind=${encodeURIComponent(kind)}`)
      offer(ok ? body.names : [])
    },
    /** Names of the boxes that are shown are offered from now on. */
    noteNames() {
      if (item === null) return
      const given = item.boxes.flatMap(({ name }) => name ?? [])
      offer([...new Set([...given, ...names])])
    },
    /** Acts on a key; answers whether it was one of the pictures'. */
    onKey({ key, shiftKey, ctrlKey }, takesLetters) {
      if (item === null) return false
      if (drawn !== null && isArrow(key)) {
        drawn = afterArrow(drawn, key, { resizes: shiftKey, fine: ctrlKey })
        render()
        return true
      }
      if (drawn !== null && (key === 'Enter' || key === 'Escape')) {
        if (key === 'Enter') keep()
        else drop()
        return true
      }
      const acts = {
        v: toggleClear,
        b: begin,
        ArrowLeft: () => turn(-1),
        ArrowRight: () => turn(1),
        x: () => item.boxes.length > 0 && remove(item.boxes.at(-1)),
      }
      const act = key.length > 1 || takesLetters ? acts[key.length > 1 ? key : key.toLowerCase()] : undefined
      act?.()
      return act !== undefined
    },
  }
}

/** What was read in pictures, as a line; empty where nothing was. */
export function readSaid(read) {
  const words = read.map(({ text }) => text.replace(/\s+/g, ' ').trim()).filter(text => text !== '')
  return words.length === 0 ? '' : `Read in the picture: “${words.join('” · “')}”`
}
