import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { NicrError } from '../../schemas/errors.ts'

/**
 * Where each label lies on the kind's scale, from 0, its bottom, to 1, its top.
 * @param stated `POSITIVE=10,NEGATIVE=0`, in units of the kind's scale; by the labels' own names unless given
 * @throws NicrError NICR_INPUT_INVALID where a label has no place
 */
export function placeLabels(
  kind: KindDeclaration,
  labels: readonly string[],
  stated: string | undefined,
): readonly number[] {
  const { min, max } = kind.scale
  if (stated === undefined) return byName(kind, labels)
  const places = new Map<string, number>()
  for (const part of stated.split(',')) {
    const [, label = '', text = ''] = /^(.*)=([^=]*)$/.exec(part.trim()) ?? []
    const value = Number(text)
    if (label === '' || text.trim() === '' || !(value >= min && value <= max))
      throw invalid(`--labels: ${part} is not LABEL=NUMBER with a number from ${min} to ${max}`)
    if (!labels.includes(label))
      throw invalid(`--labels: the model has no label ${label}, but ${labels.join(', ')}`)
    places.set(label, (value - min) / (max - min))
  }
  const missing = labels.filter(label => !places.has(label))
  if (missing.length > 0) throw invalid(`--labels says nothing of ${missing.join(', ')}`)
  return labels.map(label => places.get(label)!)
}

/**
 * Labels that are called as rows of the kind may be, or as its own labels: of a graded kind each lies in the middle of its part of the
 * scale. What is called otherwise has to be stated.
 */
function byName(declared: KindDeclaration, labels: readonly string[]): readonly number[] {
  const { kind, training, scale } = declared
  const parts = partsOf(declared)
  const placeOf = (label: string): number | null => {
    const name = label.toLowerCase()
    if (training.objective !== 'BINARY') return parts.get(name) ?? null
    if (training.positive.includes(name)) return 1
    return training.negative.includes(name) ? 0 : null
  }
  const places = labels.map(placeOf)
  // A single logit says how likely what the model is called for is.
  if (labels.length === 1 && training.objective === 'BINARY') return [1]
  if (places.every(place => place !== null)) return places
  throw invalid(
    `where the labels ${labels.join(', ')} lie on the scale of ${kind} has to be said: --labels '${labels
      .map(
        (label, i) =>
          `${label}=${scale.min + (i * (scale.max - scale.min)) / Math.max(1, labels.length - 1)}`,
      )
      .join(',')}'`,
  )
}

/** Of a graded kind: the middle of the part of the scale that each of its labels stands for. */
function partsOf({ labels, training, scale }: KindDeclaration): ReadonlyMap<string, number> {
  if (training.objective !== 'GRADED') return new Map()
  const bounds = [scale.min, training.middle.min, training.middle.max, scale.max]
  return new Map(
    labels.map((label, i) => {
      const middle = (bounds[i]! + bounds[i + 1]!) / 2
      return [label, (middle - scale.min) / (scale.max - scale.min)]
    }),
  )
}

function invalid(problem: string): NicrError {
  return new NicrError('NICR_INPUT_INVALID', problem)
}
