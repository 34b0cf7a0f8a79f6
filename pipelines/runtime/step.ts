import type { Emitted, Incoming, Processor } from '../../processors/processor.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import type { TopicName } from '../../schemas/topics.ts'
import type { StateStore } from './state-store.ts'

/**
 * What a task does with a batch of decoded records: a stateful processor, record by record, or a scorer, model call by
 * model call. One step serves one task, so it may keep state; it is told when a batch's results were committed.
 */
export interface Step {
  /**
   * @param emit takes what is to be written, in order
   * @returns what it rejects
   */
  run(batch: readonly Incoming[], emit: Emit): readonly Rejected[] | Promise<readonly Rejected[]>
  /**
   * As `run`, and called instead of it, for a step that is done with some records before it looks at the next: they are decoded
   * when they are asked for, so that little of a large batch is held at once. `index` counts through all pieces.
   */
  runPieces?(pieces: Iterable<readonly Incoming[]>, emit: Emit): Promise<readonly Rejected[]>
  /**
   * How many of the records are done and committed together, from the first on, at least one: a step whose records are dear takes
   * few, so that none waits for all. Everything it is given unless it says.
   */
  takes?(batch: readonly Incoming[]): number
  /**
   * Called once, when the state store was restored: the offset of the input from which the step must read again to be where it
   * was, up to what was committed; null for as it is. What the records before the committed offset lead to is not written.
   * @param committed the next offset as committed
   */
  resumeFrom?(topic: TopicName, committed: number): number | null
}

/** Records of a piece. */
export const PIECE_RECORDS = 256

/**
 * Takes one record, and is done with it when it returns: of a large batch no more than the bytes are kept.
 * @param cause of the batch, the record that it follows from, if it follows from one: it carries that one's trace on
 */
export type Emit = (record: Emitted, cause?: Incoming) => void

export interface Rejected {
  /** The place in the batch. */
  readonly index: number
  readonly code: ErrorCode
  readonly detail: string
}

/** Runs a processor over a batch, its state in `store`. Stream time is the highest append-bounded event time seen. */
export function processorStep(
  processor: Processor<TopicName, TopicName, unknown>,
  store: StateStore,
  eventTimeOf: (record: Incoming) => number,
): Step {
  return {
    run(batch, emit) {
      const rejected: Rejected[] = []
      batch.forEach((record, index) => {
        const key = processor.keyOf?.(record) ?? record.key ?? ''
        const outcome = processor.process(store.get(key) ?? processor.init(key), record)
        if ('reject' in outcome) {
          rejected.push({ index, ...outcome.reject })
          return
        }
        store.set(key, outcome.state, outcome.punctuateAt ?? null)
        for (const one of outcome.emit) emit(one, record)
        store.advance(eventTimeOf(record))
        punctuateDue(processor, store, emit)
      })
      return rejected
    },
  }
}

function punctuateDue(
  processor: Processor<TopicName, TopicName, unknown>,
  store: StateStore,
  emit: Emit,
): void {
  for (const key of store.takeDue()) {
    const outcome = processor.punctuate?.(store.get(key) ?? processor.init(key), key, store.streamTime)
    if (outcome === undefined) continue
    if ('reject' in outcome)
      throw new Error(
        `${processor.name} rejected in punctuate, where there is no record to reject: ${outcome.reject.detail}`,
      )
    store.set(key, outcome.state, outcome.punctuateAt ?? null)
    for (const one of outcome.emit) emit(one)
  }
}
