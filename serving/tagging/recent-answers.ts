import type { Label } from '../../schemas/records.ts'

/**
 * Answers that were given here and that ClickHouse may not tell of yet: a question that was just answered is not asked again, and one that was just taken
 * back is. Bounded, in time and number; the oldest go first.
 */
export interface RecentAnswers {
  add(label: Label): void
  get(id: string): Label | undefined
  /** Of a person about a kind, those taken back included. */
  of(kind: string, labeller: string): readonly Label[]
  /** Who answered with what is known since added or left out. */
  labellersOf(
    asked: { readonly kind: string; readonly contentId: string; readonly revision: number },
    stored: readonly string[],
  ): readonly string[]
  /** Whether a person answered, or decided, any revision of a content. */
  hasAnswered(asked: {
    readonly kind: string
    readonly contentId: string
    readonly labeller: string
  }): boolean
  /** Whether a moderator decided it here. */
  isDecided(asked: { readonly kind: string; readonly contentId: string; readonly revision: number }): boolean
}

const REMEMBERED_MAX = 20_000
/** Longer than the sink needs, its restarts included. */
const REMEMBERED_MS = 10 * 60_000

export function createRecentAnswers(now: () => number): RecentAnswers {
  /** By id, the oldest first. */
  const known = new Map<string, { readonly label: Label; readonly heardAt: number }>()
  const byContent = new Map<string, Set<string>>()

  function forget(id: string): void {
    const entry = known.get(id)
    if (entry === undefined) return
    known.delete(id)
    const key = keyOf(entry.label)
    const ids = byContent.get(key)
    ids?.delete(id)
    if (ids?.size === 0) byContent.delete(key)
  }
  function forgetOld(): void {
    const before = now() - REMEMBERED_MS
    for (const [id, { heardAt }] of known) {
      if (heardAt > before && known.size <= REMEMBERED_MAX) return
      forget(id)
    }
  }
  function about(asked: { kind: string; contentId: string; revision: number }): Label[] {
    forgetOld()
    return [...(byContent.get(keyOf(asked)) ?? [])].map(id => known.get(id)!.label)
  }

  return {
    add(label) {
      forget(label.id)
      known.set(label.id, { label, heardAt: now() })
      const key = keyOf(label)
      const ids = byContent.get(key)
      if (ids === undefined) byContent.set(key, new Set([label.id]))
      else ids.add(label.id)
      forgetOld()
    },
    get: id => known.get(id)?.label,
    of(kind, labeller) {
      forgetOld()
      return [...known.values()]
        .map(({ label }) => label)
        .filter(
          label => label.kind === kind && label.labeller === labeller && label.origin !== 'adjudication',
        )
    },
    labellersOf(asked, stored) {
      const recent = about(asked).filter(({ origin }) => origin !== 'adjudication')
      if (recent.length === 0) return stored
      const labellers = new Set(stored)
      for (const { labeller, withdrawn } of recent)
        if (withdrawn) labellers.delete(labeller)
        else labellers.add(labeller)
      return [...labellers]
    },
    hasAnswered: ({ kind, contentId, labeller }) => {
      forgetOld()
      return [...known.values()].some(
        ({ label }) =>
          label.kind === kind &&
          label.contentId === contentId &&
          label.labeller === labeller &&
          !label.withdrawn,
      )
    },
    isDecided: asked => about(asked).some(({ origin, withdrawn }) => origin === 'adjudication' && !withdrawn),
  }
}

function keyOf({ kind, contentId, revision }: { kind: string; contentId: string; revision: number }): string {
  return `${kind}\0${revision}\0${contentId}`
}
