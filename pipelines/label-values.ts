import type { LabelScale } from '../processors/tagging/join-labels.ts'
import type { KindDeclaration, TrainingRule } from './kind-declaration.ts'

/** What values of a kind mean, as joining labels needs it. */
export function labelScaleOf({ scale, training }: KindDeclaration): LabelScale {
  return { objective: training.objective, min: scale.min, max: scale.max }
}

/**
 * What a row's label says, for training, evaluation and tagging alike: a number on the scale of a graded kind; 0 or 1 of a binary
 * one, which also takes true, false and the names of its labels. Null for anything else.
 */
export function targetOf(kind: KindDeclaration, label: unknown): number | null {
  const rule: TrainingRule = kind.training
  if (rule.objective === 'GRADED')
    return typeof label === 'number' && label >= kind.scale.min && label <= kind.scale.max ? label : null
  if (label === 1 || label === true || rule.positive.includes(label as string)) return 1
  if (label === 0 || label === false || rule.negative.includes(label as string)) return 0
  return null
}

/** What is wrong with a label that says nothing, after `the field … is`. */
export function labelsWanted({ training, scale }: KindDeclaration): string {
  if (training.objective === 'GRADED') return `not a number from ${scale.min} to ${scale.max}`
  return `none of 0, 1, true, false, ${[...training.negative, ...training.positive].join(', ')}`
}

/** The name of the class that a value of a BINARY kind is in. */
export function classNameOf({ labels }: KindDeclaration, value: number): string {
  return labels[value >= 0.5 ? 1 : 0]!
}
