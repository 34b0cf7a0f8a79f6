import type { DataSetRow } from '../data-set/data-set.ts'
import { NO_CHANGE, valueOfRow, worst } from './picture-head.ts'
import { isSpam, type TeachingPicture, type TeachingPictures } from './teaching-pictures.ts'

/** A labelled row by how it looks. */
export interface LabelledLook {
  readonly inputs: Float32Array
  /** As people say. */
  readonly isSpam: boolean
  /** Whether the champion says otherwise. */
  readonly isContradicted: boolean
  /** Who labelled it. */
  readonly by: readonly string[]
}

/** Each is held against every picture that is asked of; the latest tell most. */
const LOOKS_MAX = 2_000

/** The labelled rows that teach. */
export function labelledLooks(
  { labelled, weights, pictures }: TeachingPictures,
  threshold: number,
  isTaught: (row: DataSetRow) => boolean,
): LabelledLook[] {
  const rows = [...labelled.keys()].filter(row => weights[row]! > 0 && isTaught(labelled[row]!))
  return rows.slice(-LOOKS_MAX).map(row => {
    const own = pictures[row]!
    const said = valueOfRow(own, NO_CHANGE) >= threshold
    const meant = isSpam(labelled[row]!)
    const by = labelled[row]!.evidence.map(one => one.by)
    return { inputs: worst(own).inputs, isSpam: meant, isContradicted: said !== meant, by }
  })
}

/** Those that look most like a picture, the likest first; by the distance of their inputs. */
export function nearestLooks(
  looks: readonly LabelledLook[],
  { inputs }: Pick<TeachingPicture, 'inputs'>,
  count: number,
): LabelledLook[] {
  const found: { readonly look: LabelledLook; readonly distance: number }[] = []
  for (const look of looks) {
    const atMost = found.length < count ? Number.POSITIVE_INFINITY : found.at(-1)!.distance
    const distance = squaredDistance(inputs, look.inputs, atMost)
    if (distance >= atMost) continue
    const place = found.findIndex(one => one.distance > distance)
    found.splice(place === -1 ? found.length : place, 0, { look, distance })
    if (found.length > count) found.pop()
  }
  return found.map(({ look }) => look)
}

/** As far as it is less than `atMost`. */
function squaredDistance(one: Float32Array, other: Float32Array, atMost: number): number {
  let sum = 0
  for (let i = 0; i < one.length && sum < atMost; i++) sum += (one[i]! - other[i]!) ** 2
  return sum
}
