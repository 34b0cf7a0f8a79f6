import type { LabelStore } from '../../pipelines/label-store.ts'
import { ACTIVE_MS, activeAt } from '../../processors/tagging/divide-work.ts'
import type { Annotator } from '../../schemas/records.ts'
import { KEYS_MAX } from '../key-file.ts'
import type { KeyStore, Principal } from '../keys.ts'
import { TOKEN_ID } from '../tokens.ts'

/** The name a person labels under: of a token, one that no key can have. */
export function labellerOf({ id, name }: Pick<Principal, 'id' | 'name'>): string {
  return id.startsWith(TOKEN_ID) ? id : name
}

export interface Presence {
  /** Notes that a person works on a kind. */
  seen(principal: Principal, kind: string): void
  /** Who tags a kind now, sorted. The keys say who there is, what they do says who is here. */
  activeIn(kind: string): Promise<readonly string[]>
}

/** A person's presence is written this often at most. */
const WRITTEN_EVERY_MS = 60_000

/**
 * Who tags. Presence here is known at once, that of other replicas from where `write` brings it.
 * @param parts.write called at most once a minute for each person; its failures are the caller's to report
 */
export function createPresence(parts: {
  readonly keys: Pick<KeyStore, 'namesOf' | 'holds'>
  readonly present: LabelStore['present']
  readonly write: (annotator: Annotator) => void
  readonly now: () => number
}): Presence {
  const { keys, present, write, now } = parts
  /** By name, the least recently seen first. */
  const here = new Map<
    string,
    { readonly id: string; readonly kinds: Map<string, number>; writtenAt: number }
  >()

  return {
    seen(principal, kind) {
      const at = now()
      const name = labellerOf(principal)
      const known = here.get(name) ?? {
        id: principal.id,
        kinds: new Map(),
        writtenAt: Number.NEGATIVE_INFINITY,
      }
      here.delete(name)
      here.set(name, known)
      known.kinds.set(kind, at)
      for (const [other, seenAt] of known.kinds) if (seenAt <= at - ACTIVE_MS) known.kinds.delete(other)
      if (here.size > KEYS_MAX) here.delete(here.keys().next().value!)
      if (at - known.writtenAt < WRITTEN_EVERY_MS) return
      known.writtenAt = at
      write({ annotator: name, queues: [...known.kinds.keys()].sort(), active: true, seenAt: at, at })
    },
    async activeIn(kind) {
      const at = now()
      const roster = new Set(keys.namesOf('label'))
      const elsewhere = (await present(at - ACTIVE_MS)).filter(
        ({ annotator, queues }) =>
          queues.includes(kind) && (roster.has(annotator) || annotator.startsWith(TOKEN_ID)),
      )
      const seenAt = new Map(elsewhere.map(one => [one.annotator, one.seenAt]))
      for (const [name, { id, kinds }] of here) {
        const last = kinds.get(kind)
        if (last !== undefined && (id.startsWith(TOKEN_ID) || keys.holds(id)))
          seenAt.set(name, Math.max(last, seenAt.get(name) ?? 0))
      }
      return activeAt(
        [...seenAt].map(([name, last]) => ({ name, seenAt: last })),
        at,
      )
    },
  }
}
