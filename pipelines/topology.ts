import type { Model } from '../processors/scorer.ts'
import { type KindDeclaration, kinds } from './kinds.ts'
import type { ProcessorDeclaration } from './runtime/processor-declaration.ts'
import { scoringStep } from './runtime/scoring-step.ts'

export interface TopologyParts {
  /** The version a kind is scored with, asked for once a batch. */
  readonly modelOf: (kind: KindDeclaration) => Model<unknown, unknown>
  readonly textLengthMax: number
  /** Wall clock in ms. */
  readonly now: () => number
  /** The kinds that are scored: every one of `kinds.ts` unless given. */
  readonly kinds?: Readonly<Record<string, KindDeclaration>>
}

/** Everything that runs between the topics: one scoring processor for each kind. */
export function topology(parts: TopologyParts): readonly ProcessorDeclaration[] {
  return Object.values(parts.kinds ?? kinds).map(kind => scoringProcessor(kind, parts))
}

/** content → scores: the processor of one kind. */
function scoringProcessor(
  kind: KindDeclaration,
  { modelOf, textLengthMax, now }: TopologyParts,
): ProcessorDeclaration {
  return {
    name: kind.processorName,
    reads: ['content'],
    writes: ['scores'],
    stateful: false,
    createStep: () => scoringStep({ scorer: kind.scorer, model: () => modelOf(kind), textLengthMax, now }),
  }
}

/** The names of all processors, as `nicr process` takes them. */
export function processorNames(): readonly string[] {
  return Object.values(kinds).map(({ processorName }) => processorName)
}
