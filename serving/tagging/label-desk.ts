import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import type { LabelStore, Tagged, TaggedContent } from '../../pipelines/label-store.ts'
import { textLoopRules } from '../../processors/retrain/loop-rules.ts'
import { type OpenTask, orderedTasks } from '../../processors/tagging/divide-work.ts'
import { type HiddenCheck, withChecks } from '../../processors/tagging/hidden-checks.ts'
import type { Label } from '../../schemas/records.ts'
import type { Principal } from '../keys.ts'
import { labellerOf, type Presence } from './presence.ts'
import type { RecentAnswers } from './recent-answers.ts'
import { remembered } from './remembered.ts'

export interface Question extends TaggedContent {
  readonly sampleId: string
}

export interface LabelDesk {
  /**
   * What a person is asked next, hidden checks among it, and how many questions are left for them.
   * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
   */
  questions(
    principal: Principal,
    kind: KindDeclaration,
    limit: number,
  ): Promise<{ readonly items: readonly Question[]; readonly left: number }>
  /** How many answers the person gave, and how many questions are left for them and for all. */
  standing(
    principal: Principal,
    kind: KindDeclaration,
  ): Promise<{
    readonly done: number
    readonly left: number
    readonly open: number
    readonly people: number
  }>
  /** Notes an answer that was written, or taken back. */
  answered(principal: Principal, label: Label): void
}

/** What is open, the checks and who is here: asked for so often at most, whoever many tag. */
const REMEMBERED_MS = 1_000
const KINDS_REMEMBERED = 100
/** Of a queue, contents are looked up in pieces: some contents were deleted meanwhile. */
const PIECES_MAX = 4

/** Divides the open questions among the people who tag. */
export function createLabelDesk(parts: {
  readonly store: LabelStore
  readonly presence: Presence
  readonly recent: RecentAnswers
  readonly now: () => number
  readonly kinds: Readonly<Record<string, KindDeclaration>>
}): LabelDesk {
  const { store, presence, recent, now, kinds } = parts
  const memory = { ageMs: REMEMBERED_MS, keysMax: KINDS_REMEMBERED, now }
  const openTasks = remembered(memory, kind => store.openTasks(kind, rulesOf(kindNamed(kind, kinds)).openMax))
  const checks = remembered(memory, kind => store.checks(kind))
  const activeIn = remembered(memory, kind => presence.activeIn(kind))

  async function tasksOf(kind: string): Promise<OpenTask[]> {
    const tasks = await openTasks(kind)
    return tasks.flatMap(task => {
      const asked = { kind, contentId: task.contentId, revision: task.revision }
      if (recent.isDecided(asked)) return []
      return [{ ...task, labellers: recent.labellersOf(asked, task.labellers) }]
    })
  }

  async function shareOf(principal: Principal, kind: KindDeclaration) {
    const name = labellerOf(principal)
    const mine = recent.of(kind.kind, name)
    const [tasks, active, stored] = await Promise.all([
      tasksOf(kind.kind),
      activeIn(kind.kind),
      store.answersOf(
        kind.kind,
        name,
        mine.map(({ id }) => id),
      ),
    ])
    // Who asks is here, whatever was known a moment ago.
    const people = active.includes(name) ? active : [...active, name].sort()
    const order = orderedTasks(tasks, { name, active: people, now: now() }, rulesOf(kind).shares)
    const done = stored + mine.filter(({ withdrawn }) => !withdrawn).length
    return { name, order, done, open: tasks.filter(isOpen).length, people: people.length }
  }

  return {
    async questions(principal, kind, limit) {
      presence.seen(principal, kind.kind)
      const [{ name, order, done }, known] = await Promise.all([shareOf(principal, kind), checks(kind.kind)])
      const asked = new Set(order.map(keyOf))
      // A content that is still asked about is no check as well.
      const current = known
        .filter(check => !asked.has(keyOf(check)))
        .map(check => ({
          ...check,
          labellers: recent.labellersOf({ ...check, kind: kind.kind }, check.labellers),
        }))
      const { goldShare } = rulesOf(kind)
      const queue = withChecks(order, current, {
        name,
        kind: kind.kind,
        place: done,
        goldShare,
        length: limit * PIECES_MAX,
      })
      return { items: await firstHeld(store, kind, queue, limit), left: order.length }
    },
    async standing(principal, kind) {
      const { order, done, open, people } = await shareOf(principal, kind)
      return { done, left: order.length, open, people }
    },
    answered(principal, label) {
      recent.add(label)
      presence.seen(principal, label.kind)
    },
  }
}

function isOpen({ labellers, overlap }: OpenTask): boolean {
  return labellers.length < overlap
}

function rulesOf({ loop = textLoopRules }: KindDeclaration) {
  return loop.samples
}

async function firstHeld(
  store: LabelStore,
  kind: KindDeclaration,
  queue: readonly (OpenTask | HiddenCheck)[],
  limit: number,
): Promise<readonly Question[]> {
  const items: Question[] = []
  for (let from = 0; from < queue.length && items.length < limit; from += limit) {
    const piece = queue.slice(from, from + limit)
    const contents = await store.contentsOf(kind, piece.map(tagged))
    const held = new Map(contents.map(content => [keyOf(content), content]))
    for (const asked of piece) {
      const found = held.get(keyOf(asked))
      if (found === undefined || items.length >= limit) continue
      // Spelled out: nothing else of a sample may show.
      const { contentId, revision, text, language, images } = found
      items.push({ sampleId: asked.sampleId, contentId, revision, text, language, images })
    }
  }
  return items
}

function tagged({ contentId, revision }: Tagged): Tagged {
  return { contentId, revision }
}

function keyOf({ contentId, revision }: Tagged): string {
  return `${revision}\0${contentId}`
}
