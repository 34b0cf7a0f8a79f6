import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import {
  type EncoderTally,
  type EncoderWatch,
  type OpenEncoder,
  runFailures,
  standInReasons,
} from './inference/encoder/encoder-watch.ts'

const RUN_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** How encoders run. A version's series end with it; while it takes its own place, both are one. */
export class EncoderMetrics implements EncoderWatch {
  private readonly open = new Set<OpenEncoder>()
  private readonly texts
  private readonly seconds
  private readonly stoodIn
  private readonly failures
  private readonly lost

  constructor(registry: Registry) {
    const registers = [registry]
    const labelNames = ['kind', 'version'] as const
    this.declareStates(registers)
    this.texts = new Counter({
      registers,
      name: 'nicr_encoder_texts_total',
      help: 'Texts that encoders have run, those with words left out for the sake of reasons too.',
      labelNames,
    })
    this.seconds = new Histogram({
      registers,
      name: 'nicr_encoder_run_duration_seconds',
      help: 'Time of a run of an encoder, of up to sixteen texts, its way to the process and back included.',
      labelNames,
      buckets: RUN_SECONDS,
    })
    this.stoodIn = new Counter({
      registers,
      name: 'nicr_encoder_degraded_total',
      help: 'Texts that the n-grams answered for, since the encoder was late for a draft or failed.',
      labelNames: [...labelNames, 'reason'],
    })
    this.failures = new Counter({
      registers,
      name: 'nicr_encoder_failures_total',
      help: 'Runs of encoders that failed, by error code.',
      labelNames: [...labelNames, 'code'],
    })
    this.lost = new Counter({
      registers,
      name: 'nicr_encoder_process_restarts_total',
      help: 'Processes of encoders that ended unasked; another takes the place.',
      labelNames,
    })
  }

  opened(encoder: OpenEncoder): EncoderTally {
    const { kind, version } = encoder
    const labels = { kind, version }
    this.open.add(encoder)
    this.texts.inc(labels, 0)
    this.lost.inc(labels, 0)
    return {
      ran: (texts, seconds) => {
        this.texts.inc(labels, texts)
        this.seconds.observe(labels, seconds)
      },
      failed: code => this.failures.inc({ ...labels, code }),
      lost: () => this.lost.inc(labels),
      stoodIn: (reason, texts) => this.stoodIn.inc({ ...labels, reason }, texts),
      closed: () => this.forget(encoder),
    }
  }

  /** Read when they are asked for. */
  private declareStates(registers: Registry[]): void {
    const { open } = this
    new Gauge({
      registers,
      name: 'nicr_encoder_threads',
      help: 'Threads of each process of a loaded encoder, by the execution provider that it runs on.',
      labelNames: ['kind', 'version', 'provider'],
      collect() {
        this.reset()
        for (const { kind, version, provider, threads } of open)
          this.set({ kind, version, provider }, threads)
      },
    })
    new Gauge({
      registers,
      name: 'nicr_encoder_processes',
      help: 'Processes of a loaded encoder: busy with a run, or idle.',
      labelNames: ['kind', 'version', 'state'],
      collect() {
        this.reset()
        for (const { kind, version, state } of open) {
          const { processes, busy } = state()
          this.inc({ kind, version, state: 'busy' }, busy)
          this.inc({ kind, version, state: 'idle' }, processes - busy)
        }
      },
    })
    new Gauge({
      registers,
      name: 'nicr_encoder_waiting_texts',
      help: 'Texts that wait for a run of an encoder, by line: drafts, then reasons of drafts, then the stream.',
      labelNames: ['kind', 'version', 'line'],
      collect() {
        this.reset()
        for (const { kind, version, state } of open)
          for (const [line, texts] of Object.entries(state().waiting))
            this.inc({ kind, version, line }, texts)
      },
    })
  }

  private forget(closed: OpenEncoder): void {
    this.open.delete(closed)
    const { kind, version } = closed
    for (const one of this.open) if (one.kind === kind && one.version === version) return
    const labels = { kind, version }
    this.texts.remove(labels)
    this.seconds.remove(labels)
    this.lost.remove(labels)
    for (const reason of standInReasons) this.stoodIn.remove({ ...labels, reason })
    for (const code of runFailures) this.failures.remove({ ...labels, code })
  }
}
