import { element } from './dom.js'
import { createPicture, findingsOf, foundList } from './picture.js'
import { isBad } from './scores.js'

/**
 * The pictures of a post. Those this page has uploaded are shown, with boxes over what makes them spam; of others there are only
 * the words that were read in them.
 */
export function createPostPictures(pictures = []) {
  const shown = pictures
    .filter(({ url }) => url != null)
    .map(({ ref, url, name }) => ({ ref, name, view: createPicture({ url, name }), found: element('div') }))
  const others = element('div')
  const node = element(
    'div',
    'post-pictures',
    ...shown.map(({ view, found }) => element('div', '', view.node, found)),
    others,
  )

  return {
    node,
    /** @param score of the kind that looks at pictures; undefined where there is none yet */
    show(score) {
      const isSpam = score !== undefined && score.value !== null && isBad(score, 'spam')
      const findings = isSpam ? findingsOf(score) : []
      for (const { ref, name, view, found } of shown) {
        const own = findings.filter(({ image }) => image === ref)
        view.mark(own)
        found.replaceChildren(...listOf(own, `Spam in ${name}`))
      }
      const rest = findings.filter(({ image }) => shown.every(({ ref }) => ref !== image))
      others.replaceChildren(...listOf(rest, 'Spam in a picture'))
    },
    /** Gives the pictures' memory back. */
    close() {
      for (const { url } of pictures) if (url != null) URL.revokeObjectURL(url)
    },
  }
}

function listOf(findings, label) {
  return findings.length === 0 ? [] : [foundList(findings, label)]
}
