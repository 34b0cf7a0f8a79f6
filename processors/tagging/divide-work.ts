import { drawOf } from '../text/hashing.ts'

/** A person who tags a kind, and when they last did something of it, ms since the epoch. */
export interface Tagger {
  readonly name: string
  readonly seenAt: number
}

/** A question that still lacks answers. */
export interface OpenTask {
  readonly sampleId: string
  readonly contentId: string
  readonly revision: number
  readonly source: string
  /** Share of the questions that its source may take, where the kind’s rules name none. */
  readonly share: number
  /** How many people should answer it. */
  readonly overlap: number
  /** Who answered it. */
  readonly labellers: readonly string[]
  /** When it was chosen or last answered, ms since the epoch. */
  readonly waitsSince: number
}

/** Who did nothing for so long is away, and gets no share. */
export const ACTIVE_MS = 15 * 60_000
/** A question that waits so long is offered to one more person, and after as long again to another. */
export const WIDEN_MS = 5 * 60_000

/**
 * All candidates for a sample, the first in line first: by rendezvous hashing (highest random weight; Thaler and Ravishankar, 1998).
 * Everybody has the first place equally often, and one who comes or goes moves only their own share.
 */
export function rankedFor(sampleId: string, names: readonly string[]): string[] {
  return names
    .map(name => ({ name, weight: drawOf(`${name}\0${sampleId}`) }))
    .sort((left, right) => right.weight - left.weight || (left.name < right.name ? -1 : 1))
    .map(({ name }) => name)
}

/** Who of the taggers is at work at `now`, sorted by name, so that every replica that knows the same people divides alike. */
export function activeAt(taggers: readonly Tagger[], now: number): string[] {
  return taggers
    .filter(({ seenAt }) => seenAt > now - ACTIVE_MS)
    .map(({ name }) => name)
    .sort()
}

/**
 * Whose turn a question is: OWN among the people it lacks answers from, the highest ranking of the active who have not answered;
 * LENT where it waited so long that it goes to this person too; null otherwise.
 * @param active names, this person's among them
 */
export function turnOf(
  task: OpenTask,
  { name, active, now }: { readonly name: string; readonly active: readonly string[]; readonly now: number },
): 'OWN' | 'LENT' | null {
  const lacking = task.overlap - task.labellers.length
  if (lacking <= 0 || task.labellers.includes(name)) return null
  const candidates = active.filter(one => !task.labellers.includes(one))
  const place = rankedFor(task.sampleId, candidates).indexOf(name)
  if (place === -1) return null
  if (place < lacking) return 'OWN'
  const widened = Math.max(0, Math.floor((now - task.waitsSince) / WIDEN_MS))
  return place < lacking + widened ? 'LENT' : null
}

/**
 * A person's questions in the order they are asked: their own before those lent to them, and in each the sources interleaved so that
 * every beginning of it holds them by their shares; of a source the longest waiting first. A content is asked once, whatever chose it.
 * @param shares by source; a source without one has its samples' own
 */
export function orderedTasks(
  tasks: readonly OpenTask[],
  person: { readonly name: string; readonly active: readonly string[]; readonly now: number },
  shares: Readonly<Record<string, number>>,
): OpenTask[] {
  const own: OpenTask[] = []
  const lent: OpenTask[] = []
  for (const task of tasks) {
    const turn = turnOf(task, person)
    if (turn === 'OWN') own.push(task)
    else if (turn === 'LENT') lent.push(task)
  }
  const seen = new Set<string>()
  return [...interleaved(own, shares), ...interleaved(lent, shares)].filter(({ contentId, revision }) => {
    const key = `${revision}\0${contentId}`
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}

/** A share of nothing would never be asked. */
const SHARE_MIN = 0.001

function interleaved(tasks: readonly OpenTask[], shares: Readonly<Record<string, number>>): OpenTask[] {
  const sources = new Map<string, { share: number; waiting: OpenTask[]; taken: number }>()
  for (const task of tasks) {
    const share = Object.hasOwn(shares, task.source) ? shares[task.source]! : task.share
    const known = sources.get(task.source)
    if (known === undefined)
      sources.set(task.source, { share: Math.max(SHARE_MIN, share), waiting: [task], taken: 0 })
    else known.waiting.push(task)
  }
  // Sorted, so that the order in which tasks come decides nothing.
  const turns = [...sources.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, turn]) => turn)
  for (const { waiting } of turns)
    waiting.sort(
      (one, other) => one.waitsSince - other.waitsSince || (one.sampleId < other.sampleId ? -1 : 1),
    )
  const ordered: OpenTask[] = []
  while (ordered.length < tasks.length) {
    let next: (typeof turns)[number] | null = null
    for (const turn of turns)
      if (turn.taken < turn.waiting.length && (next === null || isBehind(turn, next))) next = turn
    ordered.push(next!.waiting[next!.taken++]!)
  }
  return ordered
}

/** Whether it has had less of its share than the other. */
function isBehind(
  one: { readonly share: number; readonly taken: number },
  other: { readonly share: number; readonly taken: number },
): boolean {
  return (one.taken + 0.5) / one.share < (other.taken + 0.5) / other.share
}
