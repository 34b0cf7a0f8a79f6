import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Logger } from 'pino'
import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { LoopFigures } from '../../pipelines/loop-figures.ts'
import { followLoop, type LoopLog } from '../../pipelines/loop-log.ts'
import { loadModel, type RegistryOptions, resolveModel } from '../../pipelines/model-registry.ts'
import type { Lease } from '../../pipelines/runtime/kafka/lease-runner.ts'
import type { OutputRecord } from '../../pipelines/runtime/records.ts'
import type { TopicCodecs } from '../../pipelines/runtime/topic-codecs.ts'
import type { TopicLogParts } from '../../pipelines/topic-follower.ts'
import {
  type DefaultVersionOf,
  movesOf,
  type PromotedAlias,
  versionOf,
} from '../../processors/fold-promotions.ts'
import type { LoopRules } from '../../processors/retrain/loop-rules.ts'
import { isPaused, openOf } from '../../processors/retrain/loop-state.ts'
import {
  type KindView,
  type NextMove,
  nextMove,
  RETRAIN_JOB,
  type SaidStep,
} from '../../processors/retrain/next-move.ts'
import { NicrError } from '../../schemas/errors.ts'
import { promotionId, retrainStepId } from '../../schemas/ids.ts'
import type { LabelSample, ModelPromotion, RetrainStep } from '../../schemas/records.ts'
import type { TopicName } from '../../schemas/topics.ts'
import type { SampleChooser } from '../choose-samples/sample-chooser.ts'
import type { RetrainMetrics } from './retrain-metrics.ts'
import { type RolloutView, viewRollout } from './rollout-view.ts'
import { Trainings, type TrainOrder } from './trainings.ts'

/** Topics that the job writes. */
export const RETRAIN_WRITES = ['retrain-steps', 'model-promotions', 'label-samples'] as const
type Written = (typeof RETRAIN_WRITES)[number]

/** A kind that has a loop. */
export type LoopKind = KindDeclaration & { readonly loop: LoopRules }

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
    const { logs, defaultOf, kinds, train, log } = this.parts
    const loop = await followLoop(logs, defaultOf)
    const trainings = new Trainings({
      train,
      onBug: error => log.error({ error }, 'a training failed unexpectedly'),
    })
    const session: Session = { lease, loop, trainings, samplesAt: new Map() }
    try {
      while (!lease.signal.aborted) {
        await loop.catchUp()
        for (const kind of kinds) await this.lookAt(kind, session)
        await delay(LOOK_EVERY_MS, undefined, { signal: lease.signal }).catch(() => undefined)
      }
    } finally {
      await trainings.cancel()
      await loop.stop()
    }
  }

  /** One kind at a time; what cannot be known just now is asked again at the next look. */
  private async lookAt(kind: LoopKind, session: Session): Promise<void> {
    try {
      await this.sayProgress(kind, session)
      for (let moves = 0; moves < MOVES_AT_ONCE_MAX; moves++) {
        const view = await this.viewOf(kind, session)
        if (view === null) return
        const move = nextMove(view.view)
        this.parts.metrics.observe(view.view)
        if (move.do === 'WAIT') break
        await this.make(move, kind, view, session)
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
    const { trainings } = session
    switch (move.do) {
      case 'WAIT':
        return
      case 'CANCEL_TRAINING':
        return trainings.cancel(kind.kind)
      case 'TRAIN':
        if (trainings.isBusy) return this.sayOnce(waitingForTurn(move.request.id), kind, session)
        trainings.start({
          kind,
          request: move.request,
          champion: seen.view.champion,
          since: seen.since,
          promotions: session.loop.promotions,
        })
        return this.sayProgress(kind, session)
      case 'SAY':
        return this.commit(session, [this.step(move, kind)])
      case 'SHADOW':
      case 'CANARY':
        return this.let(move, kind, session)
      case 'PROMOTE':
        return this.promote(move, kind, seen, session)
      case 'END':
        trainings.forget(kind.kind)
        return this.commit(session, [
          this.step(move, kind),
          ...(move.endsChallenger ? [this.move(kind, 'CHALLENGER', null, session, move)] : []),
        ])
      case 'WATCH': {
        const folder = await resolveModel(`${kind.kind}@${move.predecessor}`, this.parts.registry)
        const said = { requestId: null, detail: 'It scores along while its successor is watched.' }
        return this.commit(session, [this.move(kind, 'CHALLENGER', folder, session, said)])
      }
      case 'END_WATCH':
        return this.commit(session, [
          ...this.watchStep(move, 'PROMOTED', kind, seen),
          this.move(kind, 'CHALLENGER', null, session, move),
        ])
      case 'ROLL_BACK': {
        this.parts.metrics.countRollback(kind.kind)
        const folder = await resolveModel(`${kind.kind}@${move.to}`, this.parts.registry)
        this.parts.log.error({ kind: kind.kind, to: move.to, detail: move.detail }, 'rolled back')
        return this.commit(session, [
          ...this.watchStep(move, 'REJECTED', kind, seen),
          this.move(kind, 'CHAMPION', folder, session, move),
          this.move(kind, 'CHALLENGER', null, session, move),
        ])
      }
    }
  }

  /** A version takes the alias CHALLENGER, or a share of the content with it. */
  private async let(
    move: Extract<NextMove, { do: 'SHADOW' | 'CANARY' }>,
    kind: LoopKind,
    session: Session,
  ): Promise<void> {
    const folder = await this.checked(kind, move.version)
    if (typeof folder === 'string') return this.refuse(move, folder, kind, session)
    session.trainings.forget(kind.kind)
    await this.commit(session, [
      this.step(move, kind),
      this.move(kind, 'CHALLENGER', folder, session, move, move.do === 'CANARY' ? move.share : 0),
    ])
  }

  private async promote(
    move: Extract<NextMove, { do: 'PROMOTE' }>,
    kind: LoopKind,
    { view: { champion } }: Seen,
    session: Session,
  ): Promise<void> {
    const folder = await this.checked(kind, move.version)
    if (typeof folder === 'string') return this.refuse(move, folder, kind, session)
    const predecessor = await resolveModel(`${kind.kind}@${champion}`, this.parts.registry)
    this.parts.metrics.countPromotion(kind.kind)
    await this.commit(session, [
      this.step(move, kind),
      this.move(kind, 'CHAMPION', folder, session, move),
      this.move(kind, 'CHALLENGER', predecessor, session, move),
    ])
  }

  /** A version that is what its manifest says, loaded once; or why not. */
  private async checked(kind: LoopKind, version: string) {
    try {
      const model = await loadModel(`${kind.kind}@${version}`, this.parts.registry)
      await model.close()
      return await resolveModel(`${kind.kind}@${version}`, this.parts.registry)
    } catch (error) {
      if (error instanceof NicrError) return `${error.code}: ${error.message}`
      throw error
    }
  }

  private refuse(move: SaidStep, why: string, kind: LoopKind, session: Session): Promise<void> {
    session.trainings.forget(kind.kind)
    const isChallenger =
      movesOf(session.loop.promotions, kind.kind, 'CHALLENGER').at(-1)?.promotion.version ===
      move.modelVersion
    const detail = `Version ${move.modelVersion} cannot be used: ${why}`
    return this.commit(session, [
      this.step({ ...move, step: 'REJECTED', task: 'artefact', progress: 1, detail }, kind),
      ...(isChallenger
        ? [this.move(kind, 'CHALLENGER', null, session, { requestId: move.requestId, detail })]
        : []),
    ])
  }

  private watchStep(
    { requestId, detail }: { readonly requestId: string | null; readonly detail: string },
    step: RetrainStep['step'],
    kind: LoopKind,
    { rollout, view }: Seen,
  ): Output[] {
    if (requestId === null) return []
    const said = {
      requestId,
      step,
      task: step === 'REJECTED' ? 'roll-back' : 'watch',
      progress: 1,
      figures: rollout.figures,
      detail,
      modelVersion: view.champion,
    }
    return [this.step(said, kind)]
  }

  /** What a training came to since the last look, or nothing. */
  private async sayProgress(kind: LoopKind, session: Session): Promise<void> {
    const news = session.trainings.news(kind.kind)
    if (news !== null) await this.commit(session, [this.step(news, kind)])
  }

  private async sayOnce(said: SaidStep, kind: LoopKind, session: Session): Promise<void> {
    const last = session.loop.state.open.get(said.requestId)?.last
    if (last?.step !== said.step || last.task !== said.task)
      await this.commit(session, [this.step(said, kind)])
    await delay(LOOK_EVERY_MS, undefined, { signal: session.lease.signal }).catch(() => undefined)
  }

  private async offerSamples(kind: LoopKind, session: Session): Promise<void> {
    const now = this.parts.now()
    const last = session.samplesAt.get(kind.kind) ?? Number.NEGATIVE_INFINITY
    if (now - last < SAMPLES_EVERY_MS) return
    session.samplesAt.set(kind.kind, now)
    const [request] = openOf(session.loop.state, kind.kind)
    const samples = await this.parts.samples.choose(kind.kind, { requestId: request?.request.id ?? null })
    if (samples.length === 0) return
    await this.commit(
      session,
      samples.map((value: LabelSample) => ({ topic: 'label-samples' as const, key: value.contentId, value })),
    )
  }

  private step(said: SaidStep, { kind }: LoopKind): Output {
    const { requestId, step, task, progress, figures, detail, modelVersion } = said
    const at = this.parts.now()
    const value: RetrainStep = {
      id: retrainStepId({ requestId, step, task, at }),
      requestId,
      kind,
      step,
      task,
      progress,
      figures,
      detail,
      modelVersion,
      at,
    }
    return { topic: 'retrain-steps', key: requestId, value }
  }

  /** @param folder the version's; null takes the alias away */
  private move(
    { kind }: LoopKind,
    alias: PromotedAlias,
    folder: Awaited<ReturnType<typeof resolveModel>> | null,
    { loop }: Session,
    { requestId, detail }: { readonly requestId: string | null; readonly detail: string },
    share = alias === 'CHAMPION' ? 1 : 0,
  ): Output {
    const moves = movesOf(loop.promotions, kind, alias)
    const previous = moves.at(-1)?.promotion.version || null
    const at = this.parts.now()
    const version = folder?.manifest.version ?? ''
    const value: ModelPromotion = {
      id: promotionId({ kind, alias, version, previous, at }),
      kind,
      alias,
      version,
      artifact: folder === null ? '' : pathToFileURL(folder.path).href,
      digest: folder?.manifest.digest ?? '',
      previous,
      share,
      reason: detail,
      requestId,
      by: RETRAIN_JOB,
      at,
    }
    return { topic: 'model-promotions', key: kind, value }
  }

  private async commit({ lease, loop }: Session, outputs: readonly Output[]): Promise<void> {
    const { codecs } = this.parts
    for (const topic of RETRAIN_WRITES) await codecs.of<TopicName>(topic).open()
    const records = outputs.map(
      ({ topic, key, value }): OutputRecord => ({
        destination: { topic },
        partition: 0,
        key: Buffer.from(key),
        value: codecs.of<TopicName>(topic).encode(value),
        headers: [],
      }),
    )
    await lease.commit(records, loop.requestsRead)
    // The marker of a transaction is written a moment after it was answered; the next move must know of this one.
    await loop.until(
      outputs
        .filter(({ topic }) => topic !== 'label-samples')
        .map(({ value }) => (value as { readonly id: string }).id),
    )
    for (const { topic, value } of outputs)
      if (topic === 'retrain-steps') this.parts.onStep?.(value as RetrainStep)
  }
}

interface Output {
  readonly topic: Written
  readonly key: string
  readonly value: RetrainStep | ModelPromotion | LabelSample
}

interface Session {
  readonly lease: Lease
  readonly loop: LoopLog
  readonly trainings: Trainings
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

/** When the champion was first promoted: what was labelled before then it has learned from. */
function trainedSince({ promotions }: LoopLog, kind: string, champion: string): number {
  return (
    movesOf(promotions, kind, 'CHAMPION').find(({ promotion }) => promotion.version === champion)?.since ?? 0
  )
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
