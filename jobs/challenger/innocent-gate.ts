import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { GateRules } from '../../processors/retrain/loop-rules.ts'
import type { GateResult } from './challenger.ts'
import { asLabel, type ComparedRow } from './compare.ts'
import { lowerShare } from './label-noise.ts'

/** Contents that the champion passes. */
export interface PassedContents {
  readonly count: number
  /** Those that the challenger, which did not learn from them, would block. */
  readonly blocked: number
  /** Contents that look like those of which people said otherwise than the champion: not counted. */
  readonly leftOut: number
}

/** Of labelled rows those that people call harmless and the champion passes. A kind of two classes only: a grade blocks nothing. */
export function taggedInnocent(
  kind: KindDeclaration,
  threshold: number,
  rows: readonly ComparedRow[],
): PassedContents {
  const passed = rows.filter(({ row, champion }) => asLabel(kind, row.target) === 0 && champion < threshold)
  const blocked = passed.filter(({ challenger }) => challenger >= threshold)
  return { count: passed.length, blocked: blocked.length, leftOut: 0 }
}

/**
 * Innocent contents that the champion passes stay passed: the share that would be blocked newly is not beyond what is allowed, by
 * the lower end of its interval. The gain in `better` may not be bought with them.
 * @param tagged called harmless by people
 * @param untagged the platform's own, of which nobody said anything; null where none are answered by a challenger without them
 */
export function innocentGate(
  { newlyBlockedMax }: GateRules,
  tagged: PassedContents,
  untagged: PassedContents | null,
): GateResult {
  const shares = { tagged: shareOf(tagged), untagged: shareOf(untagged) }
  const isBeyond = shares.tagged > newlyBlockedMax || shares.untagged > newlyBlockedMax
  const said = [
    `${tagged.blocked} of ${tagged.count} that people call harmless`,
    ...(untagged === null ? [] : [`${untagged.blocked} of ${untagged.count} that nobody tagged`]),
  ]
  const leftOut = untagged?.leftOut ?? 0
  const besides =
    leftOut === 0 ? '' : ` ${leftOut} that look like what people now call otherwise were left out.`
  return {
    name: 'innocent',
    passed: !isBeyond,
    figures: {
      tagged: tagged.count,
      taggedBlocked: tagged.blocked,
      taggedShareAtLeast: shares.tagged,
      ...(untagged && {
        untagged: untagged.count,
        untaggedBlocked: untagged.blocked,
        untaggedShareAtLeast: shares.untagged,
        leftOut,
      }),
    },
    detail: `Of contents that the champion passes, ${said.join(' and ')} would be blocked${
      isBeyond
        ? `: beyond doubt a share of more than ${newlyBlockedMax}, which is allowed.`
        : `; a share of ${newlyBlockedMax} is allowed.`
    }${besides}`,
  }
}

function shareOf(contents: PassedContents | null): number {
  return contents === null ? 0 : lowerShare(contents.blocked, contents.count)
}
