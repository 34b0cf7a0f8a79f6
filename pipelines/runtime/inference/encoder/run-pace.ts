/** How much a run moves the pace; one that hung is no measure. */
const STEP = 0.2
const JUMP_MAX = 4
/** Below it a jump says nothing, in ms. */
const LEAST_MS = 1

/** How long runs of an encoder take, as they did of late: so much a text, and so much to hand a run over and be answered. */
export class RunPace {
  private ofText: number | null = null
  private ofRun = 0

  /** @param ms from handing over to the answer; `ownMs` of it the process ran */
  note(texts: number, ms: number, ownMs: number): void {
    this.ofText = moved(this.ofText, ownMs / texts)
    this.ofRun = moved(this.ofRun, ms - ownMs)
  }

  /** Of texts in so many runs; 0 before the first. */
  msOf(texts: number, runs: number): number {
    return texts * (this.ofText ?? 0) + runs * this.ofRun
  }
}

function moved(former: number | null, found: number): number {
  if (former === null) return found
  return former + STEP * (Math.min(found, JUMP_MAX * Math.max(former, LEAST_MS)) - former)
}
