import { findingsOf } from './picture.js'
import { isBad, pictureVerdict } from './scores.js'

/**
 * Asks what is to be said of a draft's pictures, all of them together, as of a post's, and shows it. One question is open at a time;
 * what has changed meanwhile is asked for once more.
 * @param pictures answers those of now
 */
export function createLook({ api, verdict, pictures }) {
  let isLooking = false
  let isOutdated = false

  function show(answer) {
    const score = answer?.ok ? scoreOf(answer.body) : null
    const isSpam = score !== null && score.value !== null && isBad(score, 'spam')
    const findings = isSpam ? findingsOf(score) : []
    for (const picture of pictures()) picture.mark(findings)
    if (answer === null) verdict.replaceChildren()
    else if (score === null) verdict.textContent = `The pictures were not looked at: ${answer.body.detail}`
    else verdict.replaceChildren(...pictureVerdict(score))
  }

  return async () => {
    isOutdated = true
    if (isLooking) return
    isLooking = true
    let answer = null
    while (isOutdated) {
      isOutdated = false
      const images = imagesOf(pictures())
      if (images.length > 0) verdict.textContent = 'Looking at the pictures…'
      answer = images.length === 0 ? null : await api.post('/v1/score', { images })
    }
    isLooking = false
    show(answer)
  }
}

/** The uploaded ones, as content names them. */
export function imagesOf(pictures) {
  return pictures.flatMap(({ image }) => image ?? [])
}

/** The kind that decides, of those that look at pictures: the request holds nothing else. */
function scoreOf({ decidedBy, scores }) {
  return decidedBy === null ? (Object.values(scores)[0] ?? null) : scores[decidedBy]
}
