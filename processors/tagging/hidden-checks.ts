import { drawOf } from '../text/hashing.ts'
import { rankedFor } from './divide-work.ts'

/** A question whose answer is known. */
export interface HiddenCheck {
  readonly sampleId: string
  readonly contentId: string
  readonly revision: number
  /** On the kind's own scale. */
  readonly gold: number
  /** Who answered it, and whose answers made it sure: none of them is asked. */
  readonly labellers: readonly string[]
}

/**
 * A person's questions with hidden checks among them. Which places hold one is drawn by person and place, so that nobody can count them
 * out, and a queue that is asked for again has the same ones; over many places their share is `goldShare`. Without a question left there are no checks.
 * @param place how many the person has answered: the place of the first question
 * @param length of the queue at most
 */
export function withChecks<Task>(
  tasks: readonly Task[],
  checks: readonly HiddenCheck[],
  {
    name,
    kind,
    place,
    goldShare,
    length,
  }: {
    readonly name: string
    readonly kind: string
    readonly place: number
    readonly goldShare: number
    readonly length: number
  },
): (Task | HiddenCheck)[] {
  const unseen = new Map(
    checks.filter(({ labellers }) => !labellers.includes(name)).map(check => [check.sampleId, check]),
  )
  const queue: (Task | HiddenCheck)[] = []
  // Of each person another order.
  const order = rankedFor(name, [...unseen.keys()])
  let asked = 0
  let checked = 0
  while (queue.length < length && asked < tasks.length) {
    const isCheck = checked < order.length && drawOf(`${kind}\0${place + queue.length}\0${name}`) < goldShare
    queue.push(isCheck ? unseen.get(order[checked++]!)! : tasks[asked++]!)
  }
  return queue
}
