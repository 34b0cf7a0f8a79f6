import { setTimeout as delay } from 'node:timers/promises'
import type { SimulatedAnnotator } from './annotators.ts'
import type { Truth } from './community/truth.ts'
import { ask, type Server } from './http.ts'

/** Simulated people at work: each asks for questions under a key of their own and answers one after the other, as a page does. */
export interface Team {
  /** Answers given. */
  readonly answers: number
  /** Disagreements that the moderator decided. */
  readonly decided: number
  /** Resolves once everybody has put down the pen. */
  stop(): Promise<void>
}

export interface TeamParts {
  /** Of the server; a key for each person. */
  readonly url: string
  readonly people: readonly { readonly annotator: SimulatedAnnotator; readonly key: string }[]
  /** Decides where people differ. */
  readonly moderator: { readonly annotator: SimulatedAnnotator; readonly key: string }
  readonly kind: string
  /** What the simulation knows of a content. */
  readonly truthOf: (contentId: string) => Truth | undefined
  /** How many times faster than people they answer. */
  readonly speed: number
}

interface Queue {
  readonly guidelineVersion: string | null
  readonly items: readonly {
    readonly sampleId: string
    readonly contentId: string
    readonly revision: number
  }[]
}

interface Disagreements {
  readonly items: readonly { readonly contentId: string; readonly revision: number }[]
}

/** Questions taken at once: few, since answers of others change who is asked what. */
const QUESTIONS = 5
const LOOK_AGAIN_MS = 1_000
/** Failures in a row that a person puts up with; a new key is known after a second or two. */
const FAILURES_MAX = 10

/** @throws nothing: who cannot work says so by `onFailed` */
export function startTeam(parts: TeamParts, onFailed: (error: unknown) => void): Team {
  const stopped = new AbortController()
  const { signal } = stopped
  const counts = { answers: 0, decided: 0 }
  const work = (shift: () => Promise<number>) => untilStopped(shift, signal).catch(onFailed)
  const all = Promise.all([
    ...parts.people.map(({ annotator, key }) =>
      work(() => answerQuestions(parts, { annotator, key, signal, onAnswer: () => counts.answers++ })),
    ),
    work(() => decideDisagreements(parts, { signal, onDecided: () => counts.decided++ })),
  ])
  return {
    get answers() {
      return counts.answers
    },
    get decided() {
      return counts.decided
    },
    async stop() {
      stopped.abort()
      await all
    },
  }
}

/** Works shift after shift, and looks again a moment later where there was nothing to do. */
async function untilStopped(shift: () => Promise<number>, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      const done = await shift()
      failures = 0
      if (done > 0) continue
    } catch (error) {
      if (signal.aborted) return
      if (++failures > FAILURES_MAX) throw error
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function answerQuestions(
  { url, kind, truthOf, speed }: TeamParts,
  {
    annotator,
    key,
    signal,
    onAnswer,
  }: {
    readonly annotator: SimulatedAnnotator
    readonly key: string
    readonly signal: AbortSignal
    readonly onAnswer: () => void
  },
): Promise<number> {
  const server: Server = { url, key }
  const queue = await ask<Queue>(server, `/v1/label/queue?kind=${kind}&limit=${QUESTIONS}`, { signal })
  let done = 0
  for (const { sampleId, contentId, revision } of queue.items) {
    const truth = truthOf(contentId)
    if (truth === undefined) continue
    const { value, seconds } = annotator.answer({ id: contentId, kind, truth })
    await delay((seconds * 1000) / speed, undefined, { signal })
    const label = {
      kind,
      sampleId,
      contentId,
      revision,
      value,
      seconds,
      ...(queue.guidelineVersion === null ? {} : { guidelineVersion: queue.guidelineVersion }),
    }
    await ask(server, '/v1/labels', { body: label, signal })
    onAnswer()
    done++
  }
  return done
}

async function decideDisagreements(
  { url, kind, truthOf, speed, moderator: { annotator, key } }: TeamParts,
  { signal, onDecided }: { readonly signal: AbortSignal; readonly onDecided: () => void },
): Promise<number> {
  const server: Server = { url, key }
  const path = `/v1/label/disagreements?kind=${kind}&limit=${QUESTIONS}`
  const { items } = await ask<Disagreements>(server, path, { signal })
  let done = 0
  for (const { contentId, revision } of items) {
    const truth = truthOf(contentId)
    if (truth === undefined) continue
    const { value, seconds } = annotator.answer({ id: contentId, kind, truth })
    await delay((seconds * 1000) / speed, undefined, { signal })
    const label = { kind, contentId, revision, value, seconds, origin: 'adjudication' }
    await ask(server, '/v1/labels', { body: label, signal })
    onDecided()
    done++
  }
  return done
}
