import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import type { TrainingRow } from './training-row.ts'
import type { DataSummary, SourceSummary } from './training-rows.ts'

/** A head that is to be learned: from the rows of one source, one thing they say. */
export interface PlannedHead {
  readonly name: string
  readonly source: string
  readonly loss: 'squared' | 'logistic'
  /** What a row of the source says: squared −1 … 1, logistic 0 … 1; NaN where it says nothing of this. */
  target(row: TrainingRow): number
}

/** With fewer rows, classes apart from the grade add noise and no knowledge (public sets, cross-validated). */
const BAND_ROWS_MIN = 20_000
/** A class must be at least this share of its source. */
const BAND_SHARE_MIN = 0.02

/** The heads that the rows of a source can teach. */
export function planHeads(kind: KindDeclaration, { sources }: DataSummary): PlannedHead[] {
  return sources.flatMap(source => [...mainHeads(kind, source), ...aspectHeads(source)])
}

function mainHeads(kind: KindDeclaration, source: SourceSummary): PlannedHead[] {
  const { training } = kind
  const { name, rows, targets, low, high } = source
  const head = (suffix: string, loss: PlannedHead['loss'], target: PlannedHead['target']): PlannedHead => ({
    name: `${name}${suffix}`,
    source: name,
    loss,
    target,
  })
  if (training.objective === 'BINARY') return [head('', 'logistic', row => row.target)]
  if (targets.length <= 2) {
    const between = (targets[0]! + targets.at(-1)!) / 2
    return [head('', 'logistic', row => Number(row.target > between))]
  }
  const toTarget = targetScale(kind)
  const heads = [head('', 'squared', row => toTarget(row.target))]
  if (rows < BAND_ROWS_MIN) return heads
  if (low >= rows * BAND_SHARE_MIN)
    heads.push(
      head(
        '.low',
        'logistic',
        band(target => target < training.middle.min),
      ),
    )
  if (high >= rows * BAND_SHARE_MIN)
    heads.push(
      head(
        '.high',
        'logistic',
        band(target => target > training.middle.max),
      ),
    )
  return heads
}

/**
 * Rows written to correct a grade say nothing of a band: they are extremes of their own, and taught by them the bands tell
 * the source's own rows apart less well (GoEmotions, nice against unkind: AUC .931 in place of .939).
 */
function band(isIn: (target: number) => boolean): PlannedHead['target'] {
  return row => (row.isCorrective ? Number.NaN : Number(isIn(row.target)))
}

function aspectHeads({ name, aspects }: SourceSummary): PlannedHead[] {
  return aspects.map(aspect => ({
    name: `${name}.${aspect}`,
    source: name,
    loss: 'logistic',
    target: row => row.aspects?.[aspect] ?? Number.NaN,
  }))
}

/** A register's head has a name of its own: a source may teach a tone of the same name. */
export function registerName(source: string): string {
  return `register:${source}`
}

/** Graded targets are learned as −1 … 1, so that learning rates do not depend on the scale. */
export function targetScale({ training, scale }: KindDeclaration): (target: number) => number {
  if (training.objective === 'BINARY') return target => target
  const middle = (scale.min + scale.max) / 2
  const half = (scale.max - scale.min) / 2
  return target => (target - middle) / half
}
