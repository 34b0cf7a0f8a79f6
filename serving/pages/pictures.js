import { createDraftPicture } from './draft-picture.js'
import { chooseFiles, problemOf, takeDropped, takePasted } from './picture-files.js'
import { createLook, imagesOf } from './picture-look.js'

/** The pictures of a draft: added, uploaded, looked at, replaced and taken away. */
const PICTURES_MAX = 4

/** @param changed called whenever there are other pictures, or an upload ended */
export function createPictures({ byId, api, changed }) {
  const field = byId('pictures')
  const add = byId('add-pictures')
  let pictures = []
  /** The one that the next chosen file takes the place of. */
  let replaced = null

  const look = createLook({ api, verdict: byId('pictures-verdict'), pictures: () => pictures })
  const choose = chooseFiles(byId('picture-files'), files => take(files, replaced))
  add.addEventListener('click', () => open(null))
  takeDropped(byId('composer'), files => take(files))
  takePasted(byId('text'), files => take(files))

  function open(picture) {
    replaced = picture
    choose({ isOne: picture !== null })
  }

  function take(files, instead = null) {
    if (field.disabled) return
    const fit = files.filter(file => problemOf(file) === null)
    const problems = files.flatMap(file => problemOf(file) ?? [])
    const out = pictures.filter(picture => picture === instead)
    const room = PICTURES_MAX - pictures.length + out.length
    if (fit.length > room) problems.push(`A post has at most ${PICTURES_MAX} pictures.`)
    const added = fit.slice(0, room).map(create)
    if (added.length > 0) {
      for (const picture of out) picture.takeAway({ keepsUrl: false })
      pictures.splice(out.length === 0 ? pictures.length : pictures.indexOf(instead), out.length, ...added)
    }
    draw(problems.join(' '))
    for (const picture of added) void picture.upload()
    // What was said of the one that is gone does not hold.
    if (added.length > 0 && out.length > 0) void look()
  }

  function create(file) {
    const uploadEnded = isUploaded => {
      changed()
      if (isUploaded) void look()
    }
    return createDraftPicture({ file, api, uploadEnded, replace: open, remove })
  }

  function remove(picture) {
    picture.takeAway({ keepsUrl: false })
    pictures = pictures.filter(one => one !== picture)
    draw()
    void look()
    add.focus()
  }

  function draw(problem = '') {
    byId('tray').replaceChildren(...pictures.map(({ node }) => node))
    byId('pictures-problem').textContent = problem
    changed()
  }

  return {
    get isEmpty() {
      return pictures.length === 0
    },
    /** Whether all are uploaded, so that a post can name them. */
    get isReady() {
      return pictures.every(({ image }) => image !== null)
    },
    get images() {
      return imagesOf(pictures)
    },
    lock(isLocked) {
      field.disabled = isLocked
    },
    /** Empties the tray. Answers what was in it; the addresses hold where it was posted, for the feed to show. */
    clear({ isPosted }) {
      const taken = pictures.map(({ image, url, name }) => ({ ref: image?.ref, url, name }))
      for (const picture of pictures) picture.takeAway({ keepsUrl: isPosted })
      pictures = []
      draw()
      void look()
      return taken
    },
  }
}
