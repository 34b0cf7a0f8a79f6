import type { Kafka } from 'kafkajs'
import type { AbortedTransaction } from './aborted-transactions.ts'
import { RETRY } from './client.ts'
import { kafkajsInternal } from './kafkajs-patches.ts'
import type { FetchedRecord } from './record-batch.ts'

/** What is used of kafkajs's own cluster and brokers, for requests that its clients do not offer. */
export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  refreshMetadata(): Promise<void>
  findTopicPartitionMetadata(
    topic: string,
  ): readonly { readonly partitionId: number; readonly leader: number }[]
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
  findBroker(node: { nodeId: string }): Promise<Broker>
  findGroupCoordinator(group: { groupId: string; coordinatorType?: number }): Promise<Broker>
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
}

export interface Broker {
  /** Versions of requests that it takes, by their key. */
  readonly versions: Readonly<Record<number, unknown>> | null
  /** Sends what kafkajs has no method for. */
  readonly connectionPool: { send<T>(exchange: Exchange<T>): Promise<T> }
  fetch(request: object): Promise<{ responses: readonly { partitions: readonly FetchedPartition[] }[] }>
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>
  offsetCommit(commit: {
    groupId: string
    groupGenerationId: number
    memberId: string
    topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[]
  }): Promise<unknown>
  initProducerId(producer: {
    transactionalId: string
    transactionTimeout: number
  }): Promise<Pick<OpenTransaction, 'producerId' | 'producerEpoch'>>
  addPartitionsToTxn(
    added: OpenTransaction & { topics: readonly { topic: string; partitions: readonly number[] }[] },
  ): Promise<unknown>
  addOffsetsToTxn(added: OpenTransaction & { groupId: string }): Promise<unknown>
  endTxn(end: OpenTransaction & { transactionResult: boolean }): Promise<unknown>
}

/** A request and its answer as kafkajs's own are written. */
interface Exchange<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<unknown>
  }
  readonly response: {
    readonly decode: (bytes: Buffer) => Promise<T>
    readonly parse: (answer: T) => Promise<T>
  }
}

export interface OpenTransaction {
  readonly transactionalId: string
  readonly producerId: string
  readonly producerEpoch: number
}

export interface FetchedPartition {
  readonly partition: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly messages: readonly FetchedRecord[]
}

export const READ_COMMITTED = 1
const METADATA_AGE_MS_MAX = 300_000

/** kafkajs keeps its cluster behind a symbol; the version is pinned (see kafkajs-patches.ts). */
export function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  if (symbol === undefined) throw new Error('kafkajs has no createCluster; another version?')
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol]!
  return create({
    metadataMaxAge: METADATA_AGE_MS_MAX,
    allowAutoTopicCreation: false,
    isolationLevel: READ_COMMITTED,
  })
}

type Retrier = <T>(work: (bail: (error: unknown) => void) => Promise<T>) => Promise<T>

/** Does a thing again, with kafkajs's own waits, until it succeeds, bails or has failed too often. */
export function createRetrier(): Retrier {
  return kafkajsInternal<(settings: typeof RETRY) => Retrier>('retry')(RETRY)
}

/** Kafka's numbers of the two kinds of coordinator. */
const COORDINATOR_TYPE = { group: 0, transaction: 1 } as const

/**
 * Asks the coordinator of a group or a transactional id, again for as long as kafkajs tries: a broker that has just
 * started knows none yet, and one that completes a transaction asks for patience.
 */
export async function askCoordinator<T>(
  cluster: Cluster,
  { id, of }: { readonly id: string; readonly of: keyof typeof COORDINATOR_TYPE },
  ask: (coordinator: Broker) => Promise<T>,
): Promise<T> {
  return createRetrier()(async () =>
    ask(await cluster.findGroupCoordinator({ groupId: id, coordinatorType: COORDINATOR_TYPE[of] })),
  )
}
