import { type FoldedPromotion, madeAt } from '../pipelines/promotion-history.ts'

/** How `nicr models history` says one promotion. @param entries all there are: they say what came before it */
export function historyText(entry: FoldedPromotion, entries: readonly FoldedPromotion[]): string {
  const { value, ignored } = entry
  const { kind, alias, by, reason } = value
  const fate = ignored === null ? '' : `  IGNORED: ${ignored}`
  const when = new Date(madeAt(entry)).toISOString()
  return `${when}  ${kind} ${alias.toLowerCase()}  ${movedText(entry, entries)}  by ${by || 'unknown'}${reason === '' ? '' : `: ${reason}`}${fate}`
}

/** A challenger that takes another share of the content stays on its version. */
function movedText({ value, offset }: FoldedPromotion, entries: readonly FoldedPromotion[]): string {
  const { kind, alias, previous, version, share } = value
  if (alias !== 'CHALLENGER' || version === '' || version !== previous)
    return `${previous || (alias === 'CHALLENGER' ? '(none)' : '(default)')} → ${version || '(none)'}`
  const before = entries.findLast(
    one =>
      one.offset < offset && one.ignored === null && one.value.kind === kind && one.value.alias === alias,
  )
  return `${version}: share ${before?.value.share ?? '(unknown)'} → ${share}`
}
