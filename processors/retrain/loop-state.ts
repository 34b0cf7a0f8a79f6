import type { Automation, RetrainRequest, RetrainStep } from '../../schemas/records.ts'
import type { Incoming } from '../processor.ts'

/**
 * `nicr.retrain-requests`, `nicr.retrain-steps` and `nicr.automation`, each in its own order, → which requests are open, how
 * far they are, and which kinds are paused. Whoever takes over folds the same topics and goes on from the same place.
 */

/** A request that has not ended. */
export interface OpenRequest {
  readonly request: RetrainRequest
  /** The last step said of it; null where nothing was. */
  readonly last: RetrainStep | null
}

export interface LoopState {
  /** By id, in the order they were asked. */
  readonly open: ReadonlyMap<string, OpenRequest>
  /** Last steps of requests that are not here yet, and of those that ended; the latest `STEPS_KEPT_MAX`. */
  readonly steps: ReadonlyMap<string, RetrainStep>
  /** The last word on each kind. */
  readonly automation: ReadonlyMap<string, Automation>
}

/** Steps of other requests than open ones: what a late repeat of a request is known by. */
const STEPS_KEPT_MAX = 10_000

export const emptyLoop: LoopState = { open: new Map(), steps: new Map(), automation: new Map() }

const ENDS: readonly string[] = ['PROMOTED', 'REJECTED', 'EXPIRED']

/** Whether a request that came to this step is over. */
export function isEnd({ step }: Pick<RetrainStep, 'step'>): boolean {
  return ENDS.includes(step)
}

type LoopTopic = 'retrain-requests' | 'retrain-steps' | 'automation'

/** Folds the next record of one of the topics in; records of different topics may come in any order. */
export function foldLoop(
  state: LoopState,
  record: { [T in LoopTopic]: { readonly topic: T; readonly value: Incoming<T>['value'] } }[LoopTopic],
): LoopState {
  switch (record.topic) {
    case 'automation':
      return { ...state, automation: new Map(state.automation).set(record.value.kind, record.value) }
    case 'retrain-requests': {
      const request = record.value
      const last = state.steps.get(request.id) ?? null
      if (state.open.has(request.id) || (last !== null && isEnd(last))) return state
      return { ...state, open: new Map(state.open).set(request.id, { request, last }) }
    }
    case 'retrain-steps': {
      const step = record.value
      const steps = new Map(state.steps)
      steps.delete(step.requestId)
      steps.set(step.requestId, step)
      for (const id of steps.keys()) {
        if (steps.size <= STEPS_KEPT_MAX) break
        steps.delete(id)
      }
      const known = state.open.get(step.requestId)
      if (known === undefined) return { ...state, steps }
      const open = new Map(state.open)
      if (isEnd(step)) open.delete(step.requestId)
      else open.set(step.requestId, { ...known, last: step })
      return { ...state, steps, open }
    }
  }
}

/** Open requests of a kind, the oldest first. */
export function openOf({ open }: LoopState, kind: string): OpenRequest[] {
  return [...open.values()].filter(({ request }) => request.kind === kind)
}

/** Whether nothing of a kind is trained or promoted by itself. */
export function isPaused({ automation }: LoopState, kind: string): boolean {
  return automation.get(kind)?.paused ?? false
}
