import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { LoopKind } from '../../pipelines/kind-declaration.ts'
import type { LoopFigures } from '../../pipelines/loop-figures.ts'
import { followLoop, type LoopLog } from '../../pipelines/loop-log.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { loadModel, type RegistryOptions, resolveModel } from '../../pipelines/model-registry.ts'
import type { Lease } from '../../pipelines/runtime/kafka/lease-runner.ts'
import type { TopicCodecs } from '../../pipelines/runtime/topic-codecs.ts'
import type { TopicLogParts } from '../../pipelines/topic-follower.ts'
import { type DefaultVersionOf, movesOf, versionOf } from '../../processors/fold-promotions.ts'
import { isPaused, openOf } from '../../processors/retrain/loop-state.ts'
import { type KindView, type NextMove, nextMove, type SaidStep } from '../../processors/retrain/next-move.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { RetrainStep } from '../../schemas/records.ts'
import type { SampleChooser } from '../choose-samples/sample-chooser.ts'
import { LoopWriter, type Output } from './loop-writer.ts'
import type { RetrainMetrics } from './retrain-metrics.ts'
import { type RolloutView, viewRollout } from './rollout-view.ts'
import { Trainings, type TrainOrder } from './trainings.ts'

export interface RetrainJobParts {
  readonly kinds: readonly LoopKind[]
  readonly registry: RegistryOptions
  readonly defaultOf: DefaultVersionOf
  readonly logs: TopicLogParts
  readonly codecs: TopicCodecs
  readonly figures: LoopFigures
  readonly samples: SampleChooser
  readonly metrics: RetrainMetrics
  readonly log: Logger
  /** Makes a challenger for a request. */
  readonly train: TrainOrder['train']
  /** Wall clock, ms since the epoch. */
  readonly now: () => number
  /** Told of every step that was written. */
  readonly onStep?: (step: RetrainStep) => void
}

/** Between two looks at every kind. */
const LOOK_EVERY_MS = 1_000
/** Between two looks for content to tag. */
const SAMPLES_EVERY_MS = 5_000

/**
 * The job that closes the loop: it looks at every kind, again and again, and makes its next move. All it knows is on topics and
 * in tables, and every move is one transaction under the lease, so it may be killed at any point and go on elsewhere.
 */
export class RetrainJob {
  private readonly parts: RetrainJobParts

  constructor(parts: RetrainJobParts) {
    this.parts = parts
  }

  /** Works until the lease ends. @throws what Kafka and its clients throw */
  async work(lease: Lease): Promise<void> {
    const { logs, defaultOf, kinds, train, log, codecs, now, onStep } = this.parts
    const loop = await followLoop(logs, defaultOf)
    const trainings = new Trainings({
      train,
      onBug: error => log.error({ error }, 'a training failed unexpectedly'),
    })
    const writer = new LoopWriter({ lease, loop, codecs, now, ...(onStep && { onStep }) })
    const session: Session = { lease, loop, trainings, writer, samplesAt: new Map() }
    this.parts.metrics.took()
    try {
      while (!lease.signal.aborted) {
        await loop.catchUp()
        for (const kind of kinds) await this.lookAt(kind, session)
        await pause(session)
      }
    } finally {
      this.parts.metrics.letGo()
      await trainings.cancel()
      await loop.stop()
    }
  }

  /** One kind at a time; what cannot be known just now is asked again at the next look. */
  private async lookAt(kind: LoopKind, session: Session): Promise<void> {
    try {
      await this.sayProgress(kind, session)
      for (let moves = 0; moves < MOVES_AT_ONCE_MAX; moves++) {
        const seen = await this.viewOf(kind, session)
        if (seen === null) return
        const move = nextMove(seen.view)
        this.parts.metrics.observe(seen.view)
        if (move.do === 'WAIT') break
        await this.make(move, kind, seen, session)
      }
      await this.offerSamples(kind, session)
    } catch (error) {
      if (session.lease.signal.aborted) return
      if (!(error instanceof NicrError) || !PASSING.has(error.code)) throw error
      this.parts.log.warn(
        { kind: kind.kind, code: error.code, detail: error.message },
        'the loop waits for a part that is away',
      )
    }
  }

  private async viewOf(kind: LoopKind, { loop, trainings }: Session): Promise<Seen | null> {
    const { defaultOf, figures, now } = this.parts
    const name = kind.kind
    const champion = versionOf(loop.promotions, name, 'CHAMPION', defaultOf)
    if (champion === null) return null
    const [request] = openOf(loop.state, name)
    const since = champion === defaultOf(name) ? 0 : trainedSince(loop, name, champion)
    const rollout = await viewRollout(kind, { promotions: loop.promotions, defaultOf, figures, now: now() })
    const view: KindView = {
      kind: name,
      now: now(),
      rules: kind.loop,
      scaleWidth: kind.scale.max - kind.scale.min,
      isPaused: isPaused(loop.state, name),
      champion,
      request: request ?? null,
      labels: request === undefined ? NO_LABELS : await figures.labels(name, since),
      training: trainings.stateOf(name),
      rollout: rollout.rollout,
    }
    return { view, rollout, since }
  }

  private async make(move: NextMove, kind: LoopKind, seen: Seen, session: Session): Promise<void> {
    const { trainings, writer, loop } = session
    const name = kind.kind
    const { champion } = seen.view
    switch (move.do) {
      case 'WAIT':
        return
      case 'CANCEL_TRAINING':
        return trainings.cancel(name)
      case 'TRAIN':
        if (trainings.isBusy) return this.sayOnce(waitingForTurn(move.request.id), kind, session)
        trainings.start({
          kind,
          request: move.request,
          champion,
          since: seen.since,
          promotions: loop.promotions,
        })
        return this.sayProgress(kind, session)
      case 'SAY':
        return writer.write(writer.step(name, move))
      case 'SHADOW':
      case 'CANARY':
        return this.withVersion(move, move.version, kind, session, async folder => {
          const { requestId, detail } = move
          const share = move.do === 'CANARY' ? move.share : 0
          return [writer.move(name, { alias: 'CHALLENGER', folder, requestId, detail, share })]
        })
      case 'PROMOTE':
        return this.withVersion(move, move.version, kind, session, async folder => {
          const { requestId, detail } = move
          const predecessor = await this.folderOf(name, champion)
          this.parts.metrics.countPromotion(name)
          return [
            writer.move(name, { alias: 'CHAMPION', folder, requestId, detail }),
            writer.move(name, { alias: 'CHALLENGER', folder: predecessor, requestId, detail }),
          ]
        })
      case 'END':
        trainings.forget(name)
        return writer.write(
          writer.step(name, move),
          ...(move.endsChallenger ? [writer.move(name, { ...move, alias: 'CHALLENGER', folder: null })] : []),
        )
      case 'WATCH': {
        const folder = await this.folderOf(name, move.predecessor)
        const detail = 'It scores along while its successor is watched.'
        return writer.write(writer.move(name, { alias: 'CHALLENGER', folder, requestId: null, detail }))
      }
      case 'END_WATCH':
        return writer.write(
          ...watchSteps(move, 'PROMOTED', seen).map(step => writer.step(name, step)),
          writer.move(name, { ...move, alias: 'CHALLENGER', folder: null }),
        )
      case 'ROLL_BACK': {
        const folder = await this.folderOf(name, move.to)
        this.parts.metrics.countRollback(name)
        this.parts.log.error({ kind: name, to: move.to, detail: move.detail }, 'rolled back')
        return writer.write(
          ...watchSteps(move, 'REJECTED', seen).map(step => writer.step(name, step)),
          writer.move(name, { ...move, alias: 'CHAMPION', folder }),
          writer.move(name, { ...move, alias: 'CHALLENGER', folder: null }),
        )
      }
    }
  }

  /**
   * Writes a step with the moves of a version that is what its manifest says, loaded once; where it is not, the request is
   * refused for that.
   */
  private async withVersion(
    said: SaidStep,
    version: string,
    { kind }: LoopKind,
    { trainings, writer, loop }: Session,
    moves: (folder: ModelFolder) => Promise<readonly Output[]>,
  ): Promise<void> {
    const folder = await this.checked(kind, version)
    trainings.forget(kind)
    if (typeof folder !== 'string') return writer.write(writer.step(kind, said), ...(await moves(folder)))
    const detail = `Version ${version} cannot be used: ${folder}`
    const refused = { ...said, step: 'REJECTED', task: 'artefact', progress: 1, detail } as const
    const challenger = movesOf(loop.promotions, kind, 'CHALLENGER').at(-1)?.promotion.version
    const end = { alias: 'CHALLENGER', folder: null, requestId: said.requestId, detail } as const
    return writer.write(
      writer.step(kind, refused),
      ...(challenger === version ? [writer.move(kind, end)] : []),
    )
  }

  /** The version's folder; or why it cannot be used. */
  private async checked(kind: string, version: string): Promise<ModelFolder | string> {
    try {
      const model = await loadModel(`${kind}@${version}`, this.parts.registry)
      await model.close()
      return await this.folderOf(kind, version)
    } catch (error) {
      if (error instanceof NicrError) return `${error.code}: ${error.message}`
      throw error
    }
  }

  private folderOf(kind: string, version: string): Promise<ModelFolder> {
    return resolveModel(`${kind}@${version}`, this.parts.registry)
  }

  /** What a training came to since the last look, or nothing. */
  private async sayProgress({ kind }: LoopKind, { trainings, writer }: Session): Promise<void> {
    const news = trainings.news(kind)
    if (news !== null) await writer.write(writer.step(kind, news))
  }

  private async sayOnce(said: SaidStep, { kind }: LoopKind, session: Session): Promise<void> {
    const { loop, writer } = session
    const last = loop.state.open.get(said.requestId)?.last
    if (last?.step !== said.step || last.task !== said.task) await writer.write(writer.step(kind, said))
    await pause(session)
  }

  private async offerSamples({ kind }: LoopKind, { loop, writer, samplesAt }: Session): Promise<void> {
    const now = this.parts.now()
    const last = samplesAt.get(kind) ?? Number.NEGATIVE_INFINITY
    if (now - last < SAMPLES_EVERY_MS) return
    samplesAt.set(kind, now)
    const [request] = openOf(loop.state, kind)
    const samples = await this.parts.samples.choose(kind, { requestId: request?.request.id ?? null })
    if (samples.length === 0) return
    await writer.write(
      ...samples.map(value => ({ topic: 'label-samples' as const, key: value.contentId, value })),
    )
  }
}

interface Session {
  readonly lease: Lease
  readonly loop: LoopLog
  readonly trainings: Trainings
  readonly writer: LoopWriter
  readonly samplesAt: Map<string, number>
}

interface Seen {
  readonly view: KindView
  readonly rollout: RolloutView
  /** Labels from then on are new to the champion, ms since the epoch. */
  readonly since: number
}

const NO_LABELS = { contents: 0, lastAt: null } as const
/** A kind's moves follow from each other; beyond this something goes in circles, and the next look is soon. */
const MOVES_AT_ONCE_MAX = 5

const PASSING: ReadonlySet<string> = new Set([
  'NICR_CLICKHOUSE_UNAVAILABLE',
  'NICR_REGISTRY_UNAVAILABLE',
  'NICR_MODEL_NOT_FOUND',
])

function pause({ lease }: Session): Promise<void> {
  return delay(LOOK_EVERY_MS, undefined, { signal: lease.signal }).catch(() => undefined)
}

/** When the champion was first promoted: what was labelled before then it has learned from. */
function trainedSince({ promotions }: LoopLog, kind: string, champion: string): number {
  return (
    movesOf(promotions, kind, 'CHAMPION').find(({ promotion }) => promotion.version === champion)?.since ?? 0
  )
}

/** Of the request that the watched version comes from, if any. */
function watchSteps(
  { requestId, detail }: { readonly requestId: string | null; readonly detail: string },
  step: RetrainStep['step'],
  { rollout, view }: Seen,
): SaidStep[] {
  if (requestId === null) return []
  const task = step === 'REJECTED' ? 'roll-back' : 'watch'
  const { figures } = rollout
  return [{ requestId, step, task, progress: 1, figures, detail, modelVersion: view.champion }]
}

function waitingForTurn(requestId: string): SaidStep {
  return {
    requestId,
    step: 'TAGGING',
    task: 'turn',
    progress: 1,
    figures: {},
    detail: 'There are labels enough; another kind is being trained here, and this one is next.',
    modelVersion: null,
  }
}
