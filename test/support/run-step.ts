import type { Rejected, Step } from '../../pipelines/runtime/step.ts'
import type { Emitted, Incoming } from '../../processors/processor.ts'

/** What a step makes of a batch. */
export async function runStep(
  step: Pick<Step, 'run'>,
  batch: readonly Incoming[],
): Promise<{ readonly emitted: readonly Emitted[]; readonly rejected: readonly Rejected[] }> {
  const emitted: Emitted[] = []
  const rejected = await step.run(batch, record => emitted.push(record))
  return { emitted, rejected }
}
