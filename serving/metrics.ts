import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Every metric of the server. No label ever holds an id, a key or a text. */
export interface ServingMetrics {
  readonly httpSeconds: Histogram<'method' | 'route' | 'status'>
  readonly liveSockets: Gauge
  countFrame(direction: 'in' | 'out', type: string): void
  readonly draftsScored: Counter
  readonly draftsSkipped: Counter
  readonly scoresDegraded: Counter<'kind' | 'code'>
  readonly draftSeconds: Histogram
  readonly scorePushSeconds: Histogram
}

/** From half a millisecond, a draft's due, to the scoring time-out. */
const LATENCY_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

export function createServingMetrics(registry: Registry): ServingMetrics {
  const registers = [registry]
  // Frames are many: they are tallied, and added to the counter only when somebody reads it.
  const frames = { in: new Map<string, number>(), out: new Map<string, number>() }
  /** Direction in or out; type is a frame type of the protocol, or `invalid`. */
  new Counter({
    name: 'nicr_live_frames_total',
    help: 'Frames on /v1/live, by direction and type.',
    labelNames: ['direction', 'type'],
    registers,
    collect() {
      for (const [direction, tally] of Object.entries(frames)) {
        for (const [type, count] of tally) this.inc({ direction, type }, count)
        tally.clear()
      }
    },
  })
  return {
    /** From the last byte of the head to the answer, by route pattern. */
    httpSeconds: new Histogram({
      name: 'nicr_http_request_duration_seconds',
      help: 'Time to answer HTTP requests, by method, route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    }),
    /** Falls to zero while a replica drains. */
    liveSockets: new Gauge({ name: 'nicr_live_sockets', help: 'Open sockets of /v1/live.', registers }),
    countFrame(direction, type) {
      frames[direction].set(type, (frames[direction].get(type) ?? 0) + 1)
    },
    draftsScored: new Counter({
      name: 'nicr_drafts_scored_total',
      help: 'Drafts that were scored and answered.',
      registers,
    }),
    /** High against `scored` means that scoring does not keep up with typing. */
    draftsSkipped: new Counter({
      name: 'nicr_drafts_skipped_total',
      help: 'Drafts never answered because a later text of the same draft had come.',
      registers,
    }),
    /** Not zero means that a model is missing, or slower than its limit. */
    scoresDegraded: new Counter({
      name: 'nicr_scores_degraded_total',
      help: 'Scores asked for by HTTP that no model answered in time, by kind and error code.',
      labelNames: ['kind', 'code'],
      registers,
    }),
    /** What an author waits for, without the network. */
    draftSeconds: new Histogram({
      name: 'nicr_draft_duration_seconds',
      help: 'Time from a draft frame to its score frame.',
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    }),
    /** End to end on our side: from the scorer's clock to the socket. */
    scorePushSeconds: new Histogram({
      name: 'nicr_score_push_delay_seconds',
      help: 'Time from the moment a content was scored to the moment its score was pushed to sockets.',
      buckets: [...LATENCY_BUCKETS_SECONDS, 30, 60],
      registers,
    }),
  }
}
