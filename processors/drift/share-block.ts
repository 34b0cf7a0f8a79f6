import type { MonitorStep } from './monitor-findings.ts'

/** What is counted of records that follow each other, to compare the share of a class in them. */
export interface ShareBlock {
  readonly count: number
  /** Event times of its first and last step, ms since the epoch; 0 of none. */
  readonly from: number
  readonly at: number
  /** Records by feature × bins + bin. */
  readonly cells: Float64Array
  /** Of them, those drawn as of the class. */
  readonly drawn: Float64Array
}

export function emptyBlock(cells: number): ShareBlock {
  return { count: 0, from: 0, at: 0, cells: new Float64Array(cells), drawn: new Float64Array(cells) }
}

/**
 * A block and a step that follows it; the block's counts are added to, not copied.
 * @param slice place of the drawn class among the slices of a step
 */
export function withStep(block: ShareBlock, { count, at, cells }: MonitorStep, slice: number): ShareBlock {
  const { length } = block.cells
  for (let cell = 0; cell < length; cell++) {
    block.cells[cell]! += cells[cell]!
    block.drawn[cell]! += cells[slice * length + cell]!
  }
  return { ...block, count: block.count + count, from: block.count === 0 ? at : block.from, at }
}

/** Two blocks that follow each other as one. */
export function together(before: ShareBlock, after: ShareBlock): ShareBlock {
  return {
    count: before.count + after.count,
    from: before.from,
    at: after.at,
    cells: before.cells.map((count, cell) => count + after.cells[cell]!),
    drawn: before.drawn.map((count, cell) => count + after.drawn[cell]!),
  }
}

/** A block as JSON can say it. */
export type ShareBlockState = Omit<ShareBlock, 'cells' | 'drawn'> & {
  readonly cells: readonly number[]
  readonly drawn: readonly number[]
}

export function blockState(block: ShareBlock): ShareBlockState {
  return { ...block, cells: [...block.cells], drawn: [...block.drawn] }
}

export function blockOfState(state: ShareBlockState): ShareBlock {
  return { ...state, cells: Float64Array.from(state.cells), drawn: Float64Array.from(state.drawn) }
}
