import { pino } from 'pino'
import { Registry } from 'prom-client'
import { Champions } from '../pipelines/champions.ts'
import type { BatchContext } from '../pipelines/runtime/kafka/group-consumer.ts'
import { ProcessorRunner } from '../pipelines/runtime/kafka/processor-runner.ts'
import { MemorySchemas } from '../pipelines/runtime/memory/memory-schemas.ts'
import { RuntimeMetrics } from '../pipelines/runtime/metrics.ts'
import type { ProcessorDeclaration } from '../pipelines/runtime/processor-declaration.ts'
import type { RawBatch } from '../pipelines/runtime/records.ts'
import { scoringStep } from '../pipelines/runtime/scoring-step.ts'
import type { BatchReport } from '../pipelines/runtime/task.ts'
import { TopicCodecs } from '../pipelines/runtime/topic-codecs.ts'
import { topology } from '../pipelines/topology.ts'
import type { Model } from '../processors/scorer.ts'
import { answerJob, type Job, Meter } from './measured-process.ts'
import { smallModel, smallScorer } from './small-model.ts'

/**
 * The measured side of the pipeline benchmark, a program of its own: the real processors of a job, on the real runtime.
 * Only the schema registry is replaced by memory.
 */
answerJob(async job => {
  const declarations = await declarationsOf(job)
  const meter = new Meter(job.events * declarations.length)
  const log = pino({ level: 'error' }, pino.destination({ fd: 2, sync: true }))
  const metrics = new MeteredMetrics(meter)
  const codecs = new TopicCodecs(new MemorySchemas(), () => Date.now())
  const runners = declarations.map(
    declaration =>
      new MeteredRunner(meter, declaration, {
        kafka: { ...job.kafka, clientId: `nicr-${declaration.name}` },
        config: { ...job, deadLettersInARowMax: 1 },
        codecs,
        metrics,
        log,
        onFailed: error => {
          console.error(error)
          process.exit(1)
        },
      }),
  )
  await Promise.all(runners.map(runner => runner.start()))
  const measurement = await meter.finished
  return {
    measurement,
    close: async () => {
      await Promise.all(runners.map(runner => runner.stop()))
    },
  }
})

/** The job's processors, named for the run, so that each run has groups of its own. */
async function declarationsOf(job: Job): Promise<readonly ProcessorDeclaration[]> {
  const parts = { textLengthMax: 100_000, now: () => Date.now() }
  if (job.work === 'small-model') {
    const model = asUnknown(smallModel(job.run))
    const scorer = smallScorer as unknown as Parameters<typeof scoringStep>[0]['scorer']
    const createStep = () => scoringStep({ scorer, model: () => model, ...parts })
    return [{ name: job.run, reads: ['content'], writes: ['scores'], stateful: false, createStep }]
  }
  const champions = await Champions.load({}, new RuntimeMetrics(new Registry()))
  const declarations = topology({
    ...parts,
    topicPrefix: job.topics.prefix,
    modelOf: kind => {
      const model = champions.of(kind)
      return { ...model, card: { ...model.card, version: job.run } }
    },
  })
  // What is measured is what scoring a post costs: the others read a record for hundreds of posts, or (compare-kinds) scores.
  const scorers = declarations.filter(({ reads }) => reads.includes('content'))
  return scorers.map(declaration => ({ ...declaration, name: `${job.run}-${declaration.name}` }))
}

function asUnknown<Input, Prediction>(model: Model<Input, Prediction>): Model<unknown, unknown> {
  return model as unknown as Model<unknown, unknown>
}

/** The runner itself; only the first batch is noted. */
class MeteredRunner extends ProcessorRunner {
  private readonly meter: Meter

  constructor(meter: Meter, ...rest: ConstructorParameters<typeof ProcessorRunner>) {
    super(...rest)
    this.meter = meter
  }

  override handle(batch: RawBatch, context: BatchContext): Promise<void> {
    this.meter.begin()
    return super.handle(batch, context)
  }
}

/** The runtime reports a batch once it was committed. */
class MeteredMetrics extends RuntimeMetrics {
  private readonly meter: Meter

  constructor(meter: Meter) {
    super(new Registry())
    this.meter = meter
  }

  override observeBatch(processor: string, report: BatchReport, seconds: number): void {
    super.observeBatch(processor, report, seconds)
    this.meter.count(report.read)
  }
}
