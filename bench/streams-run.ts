import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { BatchContext } from '../pipelines/runtime/kafka/group-consumer.ts'
import { ProcessorRunner } from '../pipelines/runtime/kafka/processor-runner.ts'
import { RuntimeMetrics } from '../pipelines/runtime/metrics.ts'
import type { ProcessorDeclaration } from '../pipelines/runtime/processor-declaration.ts'
import type { RawBatch } from '../pipelines/runtime/records.ts'
import type { Step } from '../pipelines/runtime/step.ts'
import type { BatchReport } from '../pipelines/runtime/task.ts'
import type { Emitted } from '../processors/processor.ts'
import type { TopicName } from '../schemas/topics.ts'
import type { PeerEvent } from './content-events.ts'
import { type PeerScore, peerCodecs } from './peer-schemas.ts'
import { predictSmall } from './small-model.ts'
import type { MemberCommand, MemberMessage, StreamJob } from './streams-members.ts'

/**
 * Our side of the comparison with other stream processors, a program of its own: a processor on the real runtime that
 * does the peers' job. It reads their records by their schema, scores them with the small model, and writes their scores.
 */

/** While it waits for the other members it must not miss that the group divides the partitions anew. */
const HOLD_MS = 20

const step: Step = {
  run(batch, emit) {
    for (const { key, value } of batch) {
      const { id, text } = value as unknown as PeerEvent
      const score: PeerScore = { id, ...predictSmall(text), scored_at: Date.now() }
      emit({ topic: 'scores', key: key ?? id, value: score } as unknown as Emitted)
    }
    return []
  },
}

let isReleased = false
let hasBegun = false

process.once('disconnect', () => process.exit(1))
process.once('message', (job: StreamJob) => {
  run(job).catch(fail)
})

async function run(job: StreamJob): Promise<void> {
  const declaration: ProcessorDeclaration = {
    name: job.run,
    reads: ['content'],
    writes: ['scores'],
    stateful: false,
    createStep: () => step,
  }
  const runner = new HeldRunner(declaration, {
    kafka: { ...job.kafka, clientId: `nicr-${job.run}` },
    config: { ...job, deadLettersInARowMax: 1 },
    codecs: peerCodecs(job.schemas),
    metrics: new ReportingMetrics(new Registry()),
    log: pino({ level: 'error' }, pino.destination({ fd: 2, sync: true })),
    onFailed: fail,
  })
  process.on('message', (command: MemberCommand) => {
    if (command === 'GO') isReleased = true
    else if (command === 'STOP') runner.stop().then(() => process.exit(0), fail)
  })
  await runner.start()
}

/** The runner itself, which waits with its first batches until every member has its partitions. */
class HeldRunner extends ProcessorRunner {
  override assigned(assignment: ReadonlyMap<TopicName, readonly number[]>): void {
    super.assigned(assignment)
    say({ type: 'ASSIGNED', partitions: this.tasks.length })
  }

  override async handle(batch: RawBatch, context: BatchContext): Promise<void> {
    while (!isReleased) {
      if (!context.isActive()) return
      await context.heartbeat()
      await delay(HOLD_MS)
    }
    if (!hasBegun) say({ type: 'FIRST', at: Date.now() })
    hasBegun = true
    return super.handle(batch, context)
  }
}

/** The runtime reports a batch once it was committed. */
class ReportingMetrics extends RuntimeMetrics {
  override observeBatch(processor: string, report: BatchReport, seconds: number): void {
    super.observeBatch(processor, report, seconds)
    say({ type: 'COMMITTED', events: report.read })
  }
}

function say(message: MemberMessage): void {
  process.send?.(message)
}

function fail(error: unknown): never {
  console.error(error)
  process.exit(1)
}
