/** How the page says numbers, times and names. */

export function time(at) {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}

export function percent(share) {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
}

export function whole(value) {
  return value >= 1e9 ? `10^${Math.floor(Math.log10(value))}` : Math.round(value).toLocaleString()
}

export function counted(count, one, many = `${one}s`) {
  return `${whole(count)} ${count === 1 ? one : many}`
}

export function nameOf(feature) {
  return { '*': 'everything together', labels: 'what people say of the scores' }[feature] ?? feature
}

/** Why there is no answer now. @param isShown whether an earlier one is there to be seen */
export function awayWords({ detail }, isShown) {
  const sentence = /[.!?]$/.test(detail) ? detail : `${detail}.`
  return `${sentence} ${isShown ? 'What is shown may be old.' : 'This page looks again by itself.'}`
}

/** A sentence as part of another: without its full stop, and beginning small. */
export function clause(sentence) {
  return (sentence.charAt(0).toLowerCase() + sentence.slice(1)).replace(/\.$/, '')
}
