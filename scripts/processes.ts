import { kinds } from '../pipelines/kinds.ts'
import { SINK_NAME } from '../pipelines/runtime/kafka/sink-runner.ts'
import { processorNames, readsOf } from '../pipelines/topology.ts'
import { fullTopicName, type TopicName, topicNames, topics } from '../schemas/topics.ts'

/**
 * What a deployment has to know of each process of Nicr that has no server: docker-compose.yml and deploy/kubernetes are written
 * from it (`npm run generate`).
 */
export interface DeployedProcess {
  /** Of the service, the Deployment, and the processor. */
  readonly name: string
  /** Arguments of `nicr`. */
  readonly command: readonly string[]
  /** What it finds in the data directory, or leaves there; null: nothing. */
  readonly data: string | null
  /** Of `sizes`, by what was measured. */
  readonly size: Size
  /** How it is scaled by its lag; null where it reads one partition, so that further replicas stand by. */
  readonly scaling: Scaling | null
}

export interface Scaling {
  readonly group: string
  /** Full name of what is looked at; null: every topic of the group. */
  readonly topic: string | null
  /** Records that one replica may be behind before another is wanted. */
  readonly lag: number
}

/** Memory in MiB and cores: what is set aside, and what is the most. */
export interface Size {
  readonly memory: { readonly request: number; readonly limit: number }
  readonly cpu: { readonly request: number; readonly limit: number }
}

const PREFIX = 'nicr.'
export const DATA_DIR = '/var/lib/nicr'

/** Peaks measured under a backlog are in docs/operations/deploy.md; limits are about twice as much. */
export const sizes = {
  watching: { memory: { request: 192, limit: 512 }, cpu: { request: 0.05, limit: 1 } },
  text: { memory: { request: 384, limit: 1024 }, cpu: { request: 0.25, limit: 1 } },
  rows: { memory: { request: 384, limit: 1024 }, cpu: { request: 0.1, limit: 1 } },
  images: { memory: { request: 768, limit: 2048 }, cpu: { request: 0.25, limit: 2 } },
  training: { memory: { request: 768, limit: 3072 }, cpu: { request: 0.1, limit: 2 } },
  serving: { memory: { request: 768, limit: 2048 }, cpu: { request: 0.25, limit: 2 } },
} as const satisfies Record<string, Size>

/** A content takes a text kind .04 ms of CPU and a picture 5 to 140 ms; a lag is some seconds of one replica's work. */
const LAGS = { text: 50_000, images: 1_000, rows: 100_000 }

/** Every process that `nicr process` and `nicr retrain` run, each by itself. */
export function deployedProcesses(): readonly DeployedProcess[] {
  const scorers = new Map(Object.values(kinds).map(kind => [kind.processorName, kind]))
  const processors = processorNames().map((name): DeployedProcess => {
    const looks = scorers.get(name)?.input === 'IMAGE'
    const scaling = scalingOf(name, readsOf(name)!, looks ? LAGS.images : LAGS.text)
    const watching = scaling === null ? sizes.watching : sizes.rows
    return {
      name,
      command: ['process', name],
      data: scorers.has(name) ? 'Model versions that were trained here.' : (DATA[name] ?? null),
      size: looks ? sizes.images : scorers.has(name) ? sizes.text : watching,
      scaling,
    }
  })
  const retrain: DeployedProcess = {
    name: 'retrain',
    command: ['retrain'],
    data: 'Data sets and the versions that it trains.',
    size: sizes.training,
    scaling: null,
  }
  const sink: DeployedProcess = {
    name: SINK_NAME,
    command: ['process', SINK_NAME],
    data: null,
    size: sizes.rows,
    scaling: scalingOf(SINK_NAME, topicNames, LAGS.rows),
  }
  return [...processors, retrain, sink]
}

/** What processors beside the scorers have in the data directory. */
const DATA: Readonly<Record<string, string>> = {
  'detect-drift': 'What versions that were trained here learned from.',
  'bank-images': 'Images that were uploaded.',
}

function scalingOf(name: string, reads: readonly TopicName[], lag: number): Scaling | null {
  if (!reads.some(topic => topics[topic].partitions === 'data')) return null
  const [only] = reads
  return { group: `${PREFIX}${name}`, topic: reads.length === 1 ? fullTopicName(PREFIX, only!) : null, lag }
}
