import { element, tool } from './dom.js'
import { createPicture, findingsOf, foundList } from './picture.js'
import { isBad, pictureVerdict } from './scores.js'

/** The pictures of a draft: chosen, dropped or pasted, uploaded, looked at, and taken away again. */
const PICTURES_MAX = 4
/** As POST /v1/images takes them. */
const BYTES_MAX = 10_000_000
const TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']

/** @param changed called whenever there are other pictures, or one is uploaded */
export function createPictures({ byId, api, changed }) {
  const field = byId('pictures')
  const files = byId('picture-files')
  const add = byId('add-pictures')
  const tray = byId('tray')
  const verdict = byId('pictures-verdict')
  let pictures = []
  /** The one that the next chosen file takes the place of. */
  let replaced = null
  let isLooking = false
  let isOutdated = false

  files.accept = TYPES.join(',')
  add.addEventListener('click', () => choose(null))
  files.addEventListener('change', () => {
    take([...files.files], replaced)
    files.value = ''
  })
  takeDropped(byId('composer'), dropped => take(dropped))
  byId('text').addEventListener('paste', event => {
    const { files: pasted, types } = event.clipboardData
    // Programs put a picture of what was copied beside its text.
    if (pasted.length === 0 || types.includes('text/plain')) return
    event.preventDefault()
    take([...pasted])
  })

  function choose(picture) {
    replaced = picture
    files.multiple = picture === null
    files.click()
  }

  function take(chosen, instead = null) {
    if (field.disabled) return
    const room = PICTURES_MAX - pictures.length + (instead === null ? 0 : 1)
    const fit = chosen.filter(file => problemOf(file) === null)
    const problems = chosen.flatMap(file => problemOf(file) ?? [])
    if (fit.length > room) problems.push(`A post has at most ${PICTURES_MAX} pictures.`)
    byId('pictures-problem').textContent = problems.join(' ')
    const added = fit.slice(0, room).map(createEntry)
    if (added.length === 0) return
    const at = instead === null ? pictures.length : pictures.indexOf(instead)
    pictures.splice(at, instead === null ? 0 : 1, ...added)
    if (instead !== null) URL.revokeObjectURL(instead.url)
    draw()
    for (const picture of added) void upload(picture)
  }

  function createEntry(file) {
    const url = URL.createObjectURL(file)
    const name = file.name || 'pasted picture'
    const picture = { file, url, name, uploaded: null, view: createPicture({ url, name }) }
    const retry = tool('Try again', () => void upload(picture))
    const remove = tool('Remove', () => removeOne(picture))
    const replace = tool('Replace', () => choose(picture))
    for (const one of [retry, replace, remove]) one.setAttribute('aria-label', `${one.textContent}: ${name}`)
    picture.state = element('p', 'picture-state')
    picture.found = element('div')
    picture.retry = retry
    picture.node = element(
      'li',
      '',
      picture.view.node,
      picture.state,
      picture.found,
      element('div', 'picture-tools', retry, replace, remove),
    )
    return picture
  }

  async function upload(picture) {
    picture.state.textContent = 'Uploading…'
    picture.retry.hidden = true
    const { ok, body } = await api.upload('/v1/images', picture.file)
    if (!pictures.includes(picture)) return
    picture.uploaded = ok ? body : null
    picture.retry.hidden = ok
    picture.state.textContent = ok ? '' : `Not uploaded: ${body.detail}`
    changed()
    if (ok) void look()
  }

  function removeOne(picture) {
    pictures = pictures.filter(one => one !== picture)
    URL.revokeObjectURL(picture.url)
    byId('pictures-problem').textContent = ''
    draw()
    void look()
    add.focus()
  }

  function draw() {
    tray.replaceChildren(...pictures.map(({ node }) => node))
    changed()
  }

  /** Asks for the score of all pictures together, as of a post; what has changed meanwhile is asked for once more. */
  async function look() {
    isOutdated = true
    if (isLooking) return
    isLooking = true
    let answer = null
    while (isOutdated) {
      isOutdated = false
      const images = imagesOf(pictures)
      if (images.length > 0) verdict.textContent = 'Looking at the pictures…'
      answer = images.length === 0 ? null : await api.post('/v1/score', { images })
    }
    isLooking = false
    show(answer)
  }

  function show(answer) {
    const score = answer?.ok ? scoreOf(answer.body) : null
    const isSpam = score !== null && score.value !== null && isBad(score, 'spam')
    const findings = isSpam ? findingsOf(score) : []
    for (const { uploaded, view, found, name } of pictures) {
      const own = findings.filter(({ image }) => image === uploaded?.ref)
      view.mark(own)
      found.replaceChildren(...(own.length === 0 ? [] : [foundList(own, `Spam in ${name}`)]))
    }
    if (answer === null) verdict.replaceChildren()
    else if (score === null) verdict.textContent = `The pictures were not looked at: ${answer.body.detail}.`
    else verdict.replaceChildren(...pictureVerdict(score))
  }

  return {
    get isEmpty() {
      return pictures.length === 0
    },
    /** Whether all are uploaded, so that a post can name them. */
    get isReady() {
      return pictures.every(({ uploaded }) => uploaded !== null)
    },
    get images() {
      return imagesOf(pictures)
    },
    lock(isLocked) {
      field.disabled = isLocked
    },
    /** Empties the tray. What was posted lives on in the feed with its address; of what was not, it is given back. */
    clear({ isPosted }) {
      const taken = pictures.map(({ uploaded, url, name }) => ({ ref: uploaded?.ref, url, name }))
      if (!isPosted) for (const { url } of pictures) URL.revokeObjectURL(url)
      pictures = []
      byId('pictures-problem').textContent = ''
      draw()
      void look()
      return taken
    },
  }
}

function imagesOf(pictures) {
  return pictures.flatMap(({ uploaded }) => {
    if (uploaded === null) return []
    const { ref, sha256, mimeType } = uploaded
    return [{ ref, sha256, mimeType }]
  })
}

/** The kind that decides, of those that look at pictures; the request held nothing else. */
function scoreOf({ decidedBy, scores }) {
  return decidedBy === null ? (Object.values(scores)[0] ?? null) : scores[decidedBy]
}

function problemOf({ name, type, size }) {
  if (!TYPES.includes(type)) return `${name} is no JPEG, PNG, WebP, GIF or AVIF.`
  return size > BYTES_MAX ? `${name} has more than ${BYTES_MAX / 1e6} MB.` : null
}

function takeDropped(place, take) {
  const holdsFiles = event => event.dataTransfer.types.includes('Files')
  const mark = isOver => place.classList.toggle('is-target', isOver)
  place.addEventListener('dragover', event => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    mark(true)
  })
  place.addEventListener('dragleave', event => {
    if (!place.contains(event.relatedTarget)) mark(false)
  })
  place.addEventListener('drop', event => {
    mark(false)
    if (!holdsFiles(event)) return
    event.preventDefault()
    take([...event.dataTransfer.files])
  })
}
