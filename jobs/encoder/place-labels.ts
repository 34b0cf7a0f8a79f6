import type { KindDeclaration } from '../../pipelines/kinds.ts'
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

/** Of a kind with two classes: labels that are called as rows of it may be. What is called neither way has to be stated. */
function byName({ kind, training, scale }: KindDeclaration, labels: readonly string[]): readonly number[] {
  const placeOf = (label: string): number | null => {
    if (training.objective !== 'BINARY') return null
    const name = label.toLowerCase()
    if (training.positive.includes(name)) return 1
    return training.negative.includes(name) ? 0 : null
  }
  const places = labels.map(placeOf)
  // A single logit says how likely what the model is called for is.
  if (labels.length === 1 && training.objective === 'BINARY') return [1]
  if (places.every(place => place !== null)) return places
  throw invalid(
    `where the labels ${labels.join(', ')} lie on the scale of ${kind} has to be said: --labels '${labels
      .map((label, i) => `${label}=${i === 0 ? scale.min : scale.max}`)
      .join(',')}'`,
  )
}

function invalid(problem: string): NicrError {
  return new NicrError('NICR_INPUT_INVALID', problem)
}
