import { element, tool } from './dom.js'
import { createPicture, foundList } from './picture.js'

/**
 * One picture of a draft: its preview, its upload, and what can be done with it.
 * @param uploadEnded called with whether it is uploaded now; not once it was taken away
 */
export function createDraftPicture({ file, api, uploadEnded, replace, remove }) {
  const name = file.name || 'pasted picture'
  const url = URL.createObjectURL(file)
  const view = createPicture({ url, name })
  const state = element('p', 'picture-state')
  const found = element('div')
  const retry = tool('Try again', () => void upload())
  const tools = [retry, tool('Replace', () => replace(picture)), tool('Remove', () => remove(picture))]
  for (const one of tools) one.setAttribute('aria-label', `${one.textContent}: ${name}`)
  const node = element('li', '', view.node, state, found, element('div', 'picture-tools', ...tools))
  /** As POST /v1/images answered. */
  let uploaded = null
  let isGone = false

  async function upload() {
    state.textContent = 'Uploading…'
    retry.hidden = true
    const { ok, body } = await api.upload('/v1/images', file)
    if (isGone) return
    uploaded = ok ? body : null
    retry.hidden = ok
    state.textContent = ok ? '' : `Not uploaded: ${body.detail}`
    uploadEnded(ok)
  }

  const picture = {
    node,
    name,
    url,
    upload,
    /** As content names it; null until it is uploaded. */
    get image() {
      return uploaded && { ref: uploaded.ref, sha256: uploaded.sha256, mimeType: uploaded.mimeType }
    },
    /** Draws those of the findings that are of this picture. */
    mark(findings) {
      const own = findings.filter(({ image }) => image === uploaded?.ref)
      view.mark(own)
      found.replaceChildren(...(own.length === 0 ? [] : [foundList(own, `Spam in ${name}`)]))
    },
    /** @param keepsUrl whether something else shows the picture from now on */
    takeAway({ keepsUrl }) {
      isGone = true
      if (!keepsUrl) URL.revokeObjectURL(url)
    },
  }
  return picture
}
