import type { SaidRule } from '../processors/drift/judge-readers.ts'
import type { KindDeclaration } from './kinds.ts'

/** Two values of a scale agree where they are less than this share of it apart. */
const AGREEING_SHARE = 1 / 5

/** How what people say of a kind's score is held against it: a value of the scale, or one of two classes. */
export function saidRuleOf({ scale, labels, training }: KindDeclaration): SaidRule {
  const isGraded = training.objective === 'GRADED'
  const near = (scale.max - scale.min) * AGREEING_SHARE
  return {
    scale,
    agrees: ({ value, label }, said) =>
      isGraded
        ? Math.abs(value - said) < near
        : (label === null ? value >= 0.5 : label === labels[1]) === said >= 0.5,
  }
}
