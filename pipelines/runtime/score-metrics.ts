import { Counter, type Registry } from 'prom-client'
import type { Score } from '../../schemas/records.ts'

/** Scores are many: they are tallied, and added to the counter only when somebody reads it. */
export class ScoreMetrics {
  private readonly tallies = new Map<string, Map<Score['alias'], Map<Score['status'], number>>>()

  constructor(registry: Registry) {
    const { tallies } = this
    new Counter({
      registers: [registry],
      name: 'nicr_scores_total',
      help: 'Scores made of published content, by kind, status and alias; once more where a batch is done again.',
      labelNames: ['kind', 'status', 'alias'],
      collect() {
        for (const [kind, byAlias] of tallies)
          for (const [alias, tally] of byAlias) {
            for (const [status, count] of tally) this.inc({ kind, status, alias }, count)
            tally.clear()
          }
      },
    })
  }

  /** `kind`: a declared one. */
  count(kind: string, { status, alias }: Pick<Score, 'status' | 'alias'>): void {
    const byAlias = mapUnder(this.tallies, kind)
    const tally = mapUnder(byAlias, alias)
    tally.set(status, (tally.get(status) ?? 0) + 1)
  }
}

/** The map under a key, made where there is none. */
function mapUnder<Key, Inner extends Map<unknown, unknown>>(outer: Map<Key, Inner>, key: Key): Inner {
  let inner = outer.get(key)
  if (inner === undefined) {
    inner = new Map() as Inner
    outer.set(key, inner)
  }
  return inner
}
