import { Counter, Gauge, type Registry } from 'prom-client'
import type { KindView } from '../../processors/retrain/next-move.ts'

/** Steps of a request, as a number that a dashboard can draw. */
const STATES = ['none', 'tagging', 'training', 'shadow', 'canary', 'watch'] as const
type State = (typeof STATES)[number]

/** What the loop is doing, for the one instance that does it: states of others would be of the past. */
export class RetrainMetrics {
  private readonly lease
  private readonly state
  private readonly labels
  private readonly paused
  private readonly promotions
  private readonly rollbacks

  constructor(registry: Registry) {
    const registers = [registry]
    this.lease = new Gauge({
      registers,
      name: 'nicr_retrain_lease',
      help: '1 in the instance that holds the lease of the loop, and so works; 0 in those that stand by.',
    })
    this.state = new Gauge({
      registers,
      name: 'nicr_retrain_state',
      help: 'Where the loop of a kind is: 1 for the state it is in (none, tagging, training, shadow, canary, watch).',
      labelNames: ['kind', 'state'],
    })
    this.labels = new Gauge({
      registers,
      name: 'nicr_retrain_labels',
      help: 'Contents labelled for the open request, and how many it needs.',
      labelNames: ['kind', 'count'],
    })
    this.paused = new Gauge({
      registers,
      name: 'nicr_retrain_paused',
      help: '1 where nothing of a kind is trained or promoted by itself.',
      labelNames: ['kind'],
    })
    this.promotions = new Counter({
      registers,
      name: 'nicr_retrain_promotions_total',
      help: 'Challengers that the loop promoted.',
      labelNames: ['kind'],
    })
    this.rollbacks = new Counter({
      registers,
      name: 'nicr_retrain_rollbacks_total',
      help: 'Promotions that the loop took back.',
      labelNames: ['kind'],
    })
  }

  /** This instance works from now on. */
  took(): void {
    this.lease.set(1)
  }

  /** Another instance works from now on, or none. */
  letGo(): void {
    this.lease.set(0)
    for (const gauge of [this.state, this.labels, this.paused]) gauge.reset()
  }

  observe(view: KindView): void {
    const { kind } = view
    const now = stateOf(view)
    for (const state of STATES) this.state.set({ kind, state }, state === now ? 1 : 0)
    this.labels.set({ kind, count: 'labelled' }, view.labels.contents)
    this.labels.set({ kind, count: 'needed' }, view.rules.labels.min)
    this.paused.set({ kind }, view.isPaused ? 1 : 0)
    // There from the first look on, so that the first one is an increase.
    for (const counter of [this.promotions, this.rollbacks]) counter.inc({ kind }, 0)
  }

  countPromotion(kind: string): void {
    this.promotions.inc({ kind })
  }

  countRollback(kind: string): void {
    this.rollbacks.inc({ kind })
  }
}

function stateOf({ rollout, training, request }: KindView): State {
  if (training.state !== 'NONE') return 'training'
  if (rollout.phase === 'SHADOW') return 'shadow'
  if (rollout.phase === 'CANARY') return 'canary'
  if (request !== null) return 'tagging'
  return rollout.phase === 'WATCH' ? 'watch' : 'none'
}
