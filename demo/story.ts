import type {
  DriftReport,
  LabelSample,
  ModelPromotion,
  RetrainRequest,
  RetrainStep,
} from '../schemas/records.ts'
import type { LoopMark } from './loop-record.ts'

/** What Nicr said, on the topic where it said it. */
export type Said =
  | { readonly topic: 'drift-reports'; readonly value: DriftReport }
  | { readonly topic: 'retrain-requests'; readonly value: RetrainRequest }
  | { readonly topic: 'label-samples'; readonly value: LabelSample }
  | { readonly topic: 'retrain-steps'; readonly value: RetrainStep }
  | { readonly topic: 'model-promotions'; readonly value: ModelPromotion }

/** What to tell of it; nothing where it is no news. */
export interface Told {
  readonly line: string
  readonly mark?: Pick<LoopMark, 'type' | 'text'>
}

/** How far the loop has come. */
export interface Progress {
  /** Contents in slang that were published when the first alarm was read; null: none yet. */
  readonly alarmAfter: number | null
  readonly alarms: number
  /** New words and expressions, in the order they were named. */
  readonly words: readonly string[]
  readonly requestedAt: number | null
  readonly samples: number
  /** Contents labelled, and those needed and wanted, as the request's steps say. */
  readonly labels: number
  readonly labelsWanted: number
  readonly step: RetrainStep['step'] | null
  readonly task: string
  /** The version that was made, and when it was promoted. */
  readonly challenger: string | null
  readonly promotedAt: number | null
  /** It ended otherwise than it should: the sentence that says why. */
  readonly failed: string | null
  /** Whether the watch ended well. */
  readonly isWatched: boolean
}

export interface StoryParts {
  readonly kind: string
  /** What the platform has published by now; the story tells since when the language drifts. */
  readonly published: () => { readonly contents: number; readonly inSlang: number }
}

const WORDS_SHOWN = 4

/**
 * Follows what Nicr says of one kind, and tells what is news. It knows nothing that is not on a topic, but for how much was
 * published meanwhile.
 */
export class Story {
  private readonly parts: StoryParts
  private readonly asking = new Set<string>()
  /** The request that the story is of. */
  private request: string | null = null
  private state: Progress = {
    alarmAfter: null,
    alarms: 0,
    words: [],
    requestedAt: null,
    samples: 0,
    labels: 0,
    labelsWanted: 0,
    step: null,
    task: '',
    challenger: null,
    promotedAt: null,
    failed: null,
    isWatched: false,
  }

  constructor(parts: StoryParts) {
    this.parts = parts
  }

  get progress(): Progress {
    return this.state
  }

  take(said: Said): Told[] {
    if (said.value.kind !== this.parts.kind) return this.takeOther(said)
    switch (said.topic) {
      case 'drift-reports':
        return this.takeReport(said.value)
      case 'retrain-requests':
        return this.takeRequest(said.value)
      case 'label-samples':
        return this.takeSample(said.value)
      case 'retrain-steps':
        return this.takeStep(said.value)
      case 'model-promotions':
        return this.takePromotion(said.value)
    }
  }

  private with(changes: Partial<Progress>): void {
    this.state = { ...this.state, ...changes }
  }

  /** Every kind reads the same words, so others ask too. */
  private takeOther({ topic, value: { kind } }: Said): Told[] {
    if (topic !== 'retrain-requests' || this.asking.has(kind)) return []
    this.asking.add(kind)
    return [{ line: `${kind} asks for a training too; nobody tags it in this demo, so it waits` }]
  }

  private takeReport(report: DriftReport): Told[] {
    if (!report.drifted) return []
    const { inSlang } = this.parts.published()
    const told: Told[] = []
    this.with({ alarms: this.state.alarms + 1 })
    if (inSlang === 0)
      return [{ line: `false alarm: ${report.feature} in ${report.slice}, before anything had changed` }]
    const fresh = newWords(report).filter(word => !this.state.words.includes(word))
    if (this.state.alarmAfter === null) {
      this.with({ alarmAfter: inSlang })
      const what = fresh.length > 0 ? 'new words' : `${report.feature} in ${report.slice}`
      told.push({
        line: `ALARM after ${inSlang} contents in slang: ${what} (${report.method})`,
        mark: { type: 'alarm', text: `alarm after ${inSlang} in slang` },
      })
    }
    if (fresh.length > 0) {
      this.with({ words: [...this.state.words, ...fresh] })
      told.push({ line: `it names ${fresh.join(', ')}` })
    }
    return told
  }

  private takeRequest({ id, policy, reason, requestedAt }: RetrainRequest): Told[] {
    if (this.request !== null) return [{ line: `policy ${policy} asks as well: ${reason}` }]
    this.request = id
    this.with({ requestedAt })
    const words = this.state.words.slice(0, WORDS_SHOWN).join(', ')
    return [
      {
        line: `a training is asked for (policy ${policy}): ${reason}`,
        mark: {
          type: 'words',
          text: words === '' ? 'training asked for' : `asked for, since ${words} are new`,
        },
      },
    ]
  }

  private takeSample({ source }: LabelSample): Told[] {
    if (source !== 'gold') this.with({ samples: this.state.samples + 1 })
    return []
  }

  private takeStep({ requestId, step, task, figures, detail, modelVersion, at }: RetrainStep): Told[] {
    // The training that ends one request ends the others of its kind.
    if (requestId !== this.request) return []
    const isNew = step !== this.state.step || task !== this.state.task
    this.with({
      step,
      task,
      ...(step === 'SHADOW' ? { challenger: modelVersion } : {}),
      ...(figures['labels'] === undefined ? {} : { labels: figures['labels'] }),
      ...(figures['labelsWanted'] === undefined ? {} : { labelsWanted: figures['labelsWanted'] }),
    })
    if (!isNew) return []
    switch (step) {
      case 'TAGGING':
        return task === 'tag' || task === 'settle' ? [{ line: `tagging: ${detail}` }] : [{ line: detail }]
      case 'TRAINING':
        return [
          {
            line: `training, ${task}: ${detail}`,
            ...(task === 'snapshot'
              ? {
                  mark: {
                    type: 'training',
                    text: `training on ${this.state.labels} labelled contents`,
                  } as const,
                }
              : {}),
          },
        ]
      case 'SHADOW':
        return [{ line: `${task}: ${detail}${disagreement(figures)}` }]
      case 'PROMOTED':
        if (task === 'watch') {
          this.with({ isWatched: true })
          return [{ line: `watch: ${detail}` }]
        }
        this.with({ promotedAt: at })
        return [
          {
            line: `PROMOTED: ${detail}${disagreement(figures)}`,
            mark: { type: 'promoted', text: `version ${modelVersion} promoted` },
          },
        ]
      case 'REJECTED':
      case 'EXPIRED':
        this.with({ failed: detail })
        return [{ line: `${step}: ${detail}` }]
      default:
        return []
    }
  }

  private takePromotion({ alias, version, by, reason }: ModelPromotion): Told[] {
    // What the loop does is in its steps; a person's moves are nobody's plan here.
    return by === 'retrain' ? [] : [{ line: `${by} moved ${alias} to ${version}: ${reason}` }]
  }
}

const NEW_LANGUAGE: readonly (string | null)[] = ['NEW_WORDS', 'NEW_COMPANY']

function newWords({ finding, contributors }: DriftReport): string[] {
  return NEW_LANGUAGE.includes(finding) ? contributors.map(({ name }) => name) : []
}

/** How two versions differ on the same contents. */
function disagreement(figures: Readonly<Record<string, number>>): string {
  const { records = 0, differingShare, meanShift } = figures
  if (records === 0 || differingShare === undefined || meanShift === undefined) return ''
  const shift = `${meanShift >= 0 ? '+' : '−'}${Math.abs(meanShift).toFixed(2)}`
  return ` They differ on ${Math.round(100 * differingShare)} % of them, by ${shift} points on average.`
}
