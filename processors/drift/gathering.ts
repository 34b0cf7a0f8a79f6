import type { MonitorStep } from './monitor-findings.ts'
import type { SeenTerm } from './word-detector.ts'

/** Steps and words of a reference that is not whole yet, as JSON can say it. */
export interface GatheredState {
  readonly steps: readonly (Omit<MonitorStep, 'cells' | 'values'> & {
    /** Those that are not 0: cell, then records. */
    readonly cells: readonly (readonly [number, number])[]
  })[]
  readonly terms: readonly (readonly [string, number])[]
}

/** What a reference is going to be formed of: as many records as it takes, and the words of their batches. */
export class Gathering {
  private gatheredSteps: MonitorStep[] = []
  private gatheredTerms = new Map<string, number>()

  get steps(): readonly MonitorStep[] {
    return this.gatheredSteps
  }

  /** Records that hold each word. */
  get terms(): ReadonlyMap<string, number> {
    return this.gatheredTerms
  }

  get records(): number {
    return this.gatheredSteps.reduce((sum, { count }) => sum + count, 0)
  }

  add(steps: readonly MonitorStep[], terms: readonly SeenTerm[]): void {
    for (const { count, at, position, cells } of steps)
      this.gatheredSteps.push({ count, at, position, cells: Uint16Array.from(cells) })
    for (const { term, count } of terms)
      this.gatheredTerms.set(term, (this.gatheredTerms.get(term) ?? 0) + count)
  }

  clear(): void {
    this.gatheredSteps = []
    this.gatheredTerms = new Map()
  }

  snapshot(): GatheredState {
    return {
      steps: this.gatheredSteps.map(({ cells, ...step }) => ({
        ...step,
        cells: Array.from(cells, (own, cell) => [cell, own] as const).filter(([, own]) => own > 0),
      })),
      terms: [...this.gatheredTerms],
    }
  }

  /** @param cellsCount cells of a step in this layout */
  restore({ steps, terms }: GatheredState, cellsCount: number): void {
    this.gatheredSteps = steps.map(({ cells, ...step }) => {
      const all = new Uint16Array(cellsCount)
      for (const [cell, own] of cells) all[cell] = own
      return { ...step, cells: all }
    })
    this.gatheredTerms = new Map(terms)
  }
}
