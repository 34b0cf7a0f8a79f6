import type { Emitted, Incoming, Processor } from '../../processors/processor.ts'
import { eventTimeOf } from '../../processors/score-content.ts'
import type { TopicName } from '../../schemas/topics.ts'
import type { StateStore } from './state-store.ts'
import { type Emit, processorStep, type Step } from './step.ts'

/** What runs: a name, what it reads and writes, and how its step is made. The topology is a list of these. */
export interface ProcessorDeclaration {
  /** A verb and its object; names the consumer group and, where there is state, the changelog. */
  readonly name: string
  readonly reads: readonly TopicName[]
  readonly writes: readonly TopicName[]
  /** Whether there is a changelog topic `<name>-changelog`. */
  readonly stateful: boolean
  /** Whether records that cannot be decoded are passed over instead of dead-lettered, for another processor has done so. */
  readonly withoutLetters?: true
  /** Whether records are gathered for up to a second: a batch costs as much as many records, and nobody waits for the answer. */
  readonly gathers?: true
  readonly createStep: (store: StateStore | null) => Step
}

/** Declares a stateful processor. */
export function declareProcessor<In extends TopicName, Out extends TopicName, State>(
  processor: Processor<In, Out, State>,
): ProcessorDeclaration {
  return {
    name: processor.name,
    reads: processor.reads,
    writes: processor.writes,
    stateful: true,
    createStep: store => {
      if (store === null) throw new Error(`${processor.name} needs a state store`)
      return processorStep(processor as unknown as Processor<TopicName, TopicName, unknown>, store, eventTime)
    },
  }
}

/**
 * The processor, with what it emits told as well.
 * @param onEmitted called before the commit, so once more where the batch is done again
 * @param withhold whether nothing of it is written: its state goes on as if it were
 */
export function observed(
  declaration: ProcessorDeclaration,
  { onEmitted, withhold }: { readonly onEmitted: (emitted: Emitted) => void; readonly withhold: boolean },
): ProcessorDeclaration {
  return {
    ...declaration,
    createStep: store => {
      const step = declaration.createStep(store)
      const told =
        (emit: Emit): Emit =>
        emitted => {
          onEmitted(emitted)
          if (!withhold) emit(emitted)
        }
      return {
        ...step,
        run: (batch, emit) => step.run(batch, told(emit)),
        ...(step.runPieces && { runPieces: (pieces, emit) => step.runPieces!(pieces, told(emit)) }),
      }
    },
  }
}

function eventTime(record: Incoming): number {
  const { at } = record.value as { at?: number }
  return eventTimeOf(at ?? 0, record.appendedAt)
}
