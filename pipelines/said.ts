import type { SaidRule } from '../processors/drift/judge-readers.ts'
import { AGREEING_SHARE } from '../processors/tagging/join-labels.ts'
import type { KindDeclaration } from './kind-declaration.ts'

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
