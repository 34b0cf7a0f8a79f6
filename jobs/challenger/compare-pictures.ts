import type { ComparedRow } from './compare.ts'
import type { PartialFit } from './family.ts'
import { labelledLooks, nearestLooks } from './labelled-looks.ts'
import { NO_CHANGE, type PictureHead, valueOfRow, worst } from './picture-head.ts'
import type { TaughtPictures } from './teaching-pictures.ts'

/** Labelled pictures most like one that tell whether its look is known. */
const ALIKE = 3

/**
 * What champion and challenger say of labelled pictures. Where somebody else labelled what looks like one otherwise than the champion says,
 * the look may mean something else now, and was not told enough to hold a label against it.
 */
export function comparePictures(
  taught: TaughtPictures,
  judged: readonly number[],
  { learned, isTaught }: PartialFit<PictureHead>,
): ComparedRow[] {
  const { labelled, pictures, threshold } = taught
  const looks = labelledLooks(taught, threshold, isTaught)
  const peopleMin = Math.min(2, new Set(looks.flatMap(({ by }) => by)).size)
  return judged.map(place => {
    const row = labelled[place]!
    const own = pictures[place]!
    const people = row.evidence.map(({ by }) => by)
    const turned = nearestLooks(looks, worst(own), ALIKE).filter(({ isContradicted }) => isContradicted)
    return {
      row,
      champion: valueOfRow(own, NO_CHANGE),
      challenger: valueOfRow(own, learned),
      isNew: null,
      isTold: !turned.some(({ by }) => peopleMin < 2 || by.some(one => !people.includes(one))),
      terms: [...new Set(own.flatMap(({ terms }) => terms))],
    }
  })
}
