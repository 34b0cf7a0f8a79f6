import type { OutgoingMessage } from './record-batch.ts'

/**
 * How kafkajs's producers send, mended. kafkajs 2.2.4 keeps answers by broker: where one broker of several is lost in the middle of
 * a send, a partition that moves to a broker which has answered already is passed over and the send succeeds without it, and
 * a broker that has not answered yet is sent everything a second time, under new sequence numbers. Within a transaction that is a
 * record lost and a record repeated, both committed. Here answers are kept by partition, and nothing is tried again before
 * all brokers have answered or failed.
 */

/** What is used of a producer's own parts. */
export interface SendingParts {
  readonly logger: {
    debug(message: string, extra?: object): void
    error(message: string, extra?: object): void
  }
  readonly cluster: SendingCluster
  readonly partitioner: Partitioner
  readonly eosManager: Sequencing
  readonly retrier: <T>(work: (bail: (error: Error) => void, retryCount: number) => Promise<T>) => Promise<T>
}

interface SendingCluster {
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  refreshMetadata(): Promise<void>
  connect(): Promise<void>
  isConnected(): boolean
  removeBroker(place: { readonly host: string; readonly port: number }): void
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[]
  findLeaderForPartitions(topic: string, partitions: readonly string[]): Readonly<Record<string, number[]>>
  findBroker(node: { readonly nodeId: string }): Promise<SendingBroker>
}

interface SendingBroker {
  readonly nodeId: string | number
  produce(request: object): Promise<{
    readonly topics: readonly {
      readonly topicName: string
      readonly partitions: readonly { readonly partition: number }[]
    }[]
  }>
}

interface Sequencing {
  acquireBrokerLock(broker: SendingBroker): Promise<void>
  releaseBrokerLock(broker: SendingBroker): void
  isTransactional(): boolean
  addPartitionsToTransaction(topicData: readonly TopicData[]): Promise<void>
  getSequence(topic: string, partition: number): number
  updateSequence(topic: string, partition: number, increment: number): void
  getTransactionalId(): string
  getProducerId(): unknown
  getProducerEpoch(): number
}

type Partitioner = (choice: never) => number

interface TopicData {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly messages: readonly OutgoingMessage[]
    firstSequence?: number
  }[]
}

interface SendBatch {
  readonly acks: number
  readonly timeout?: number
  readonly compression?: number
  readonly topicMessages: readonly { readonly topic: string; readonly messages: readonly OutgoingMessage[] }[]
}

/** What is used of kafkajs's other modules. */
export interface SendingModules {
  readonly group: (grouping: {
    readonly topic: string
    readonly partitionMetadata: readonly { readonly partitionId: number }[]
    readonly messages: readonly OutgoingMessage[]
    readonly partitioner: Partitioner
  }) => Record<string, OutgoingMessage[]>
  /** An error for which metadata is read anew and the send is tried again. */
  readonly metadataNotLoaded: (message: string) => Error
  readonly isStaleMetadata: (error: unknown) => boolean
}

/** Brokers with what each leads of a send. */
type Requests = ReadonlyMap<SendingBroker, TopicData[]>

/** The module that takes the place of kafkajs's `producer/sendMessages`. */
export function createSendMessages(modules: SendingModules) {
  return (parts: SendingParts) => (batch: SendBatch) => new Sending(modules, parts, batch).run()
}

class Sending {
  private readonly modules: SendingModules
  private readonly parts: SendingParts
  private readonly batch: SendBatch
  /** By topic, then partition; chosen once, so that a record keeps its partition whenever it is tried again. */
  private readonly grouped = new Map<string, Readonly<Record<string, OutgoingMessage[]>>>()
  /** By topic and partition: what is here is not sent again, whoever leads it by then. */
  private readonly answers = new Map<string, object | null>()

  constructor(modules: SendingModules, parts: SendingParts, batch: SendBatch) {
    this.modules = modules
    this.parts = parts
    this.batch = batch
  }

  /** @returns the brokers' answers, one a partition; none where no acknowledgement is asked for */
  run(): Promise<object[]> {
    const { cluster, retrier } = this.parts
    return retrier(async (bail, retryCount) => {
      await cluster.addMultipleTargetTopics(this.batch.topicMessages.map(({ topic }) => topic))
      try {
        const requests = await this.plan()
        const outcomes = await Promise.allSettled([...requests].map(request => this.request(...request)))
        const failed = outcomes.find(({ status }) => status === 'rejected')
        if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
        return [...this.answers.values()].filter(answer => answer !== null)
      } catch (error) {
        await this.prepareAnother(error as SendError, { bail, retryCount })
        return []
      }
    })
  }

  private async plan(): Promise<Requests> {
    const { cluster, partitioner } = this.parts
    await cluster.refreshMetadataIfNecessary()
    const requests = new Map<SendingBroker, TopicData[]>()
    for (const { topic, messages } of this.batch.topicMessages) {
      const partitionMetadata = cluster.findTopicPartitionMetadata(topic)
      if (partitionMetadata.length === 0)
        throw this.modules.metadataNotLoaded('Producing to topic without metadata')
      const grouped =
        this.grouped.get(topic) ?? this.modules.group({ topic, partitionMetadata, messages, partitioner })
      this.grouped.set(topic, grouped)
      const left = Object.keys(grouped).filter(partition => !this.answers.has(`${topic}/${partition}`))
      const leaders = Object.entries(cluster.findLeaderForPartitions(topic, left))
      // Partitions that the metadata does not name are left out of the leaders.
      if (leaders.reduce((count, [, led]) => count + led.length, 0) < left.length)
        throw this.modules.metadataNotLoaded(`Not all partitions of ${topic} are in the metadata`)
      for (const [nodeId, led] of leaders) {
        const broker = await cluster.findBroker({ nodeId })
        const partitions = led.map(partition => ({ partition, messages: grouped[partition]! }))
        requests.set(broker, [...(requests.get(broker) ?? []), { topic, partitions }])
      }
    }
    return requests
  }

  private async request(broker: SendingBroker, topicData: TopicData[]): Promise<void> {
    const { eosManager } = this.parts
    const { acks, timeout, compression } = this.batch
    const transactional = eosManager.isTransactional()
    await eosManager.acquireBrokerLock(broker)
    try {
      if (transactional) await eosManager.addPartitionsToTransaction(topicData)
      this.countSequences(topicData, 1)
      const answer = await broker
        .produce({
          transactionalId: transactional ? eosManager.getTransactionalId() : undefined,
          producerId: eosManager.getProducerId(),
          producerEpoch: eosManager.getProducerEpoch(),
          acks,
          timeout,
          compression,
          topicData,
        })
        .catch(error => {
          this.countSequences(topicData, -1)
          throw error
        })
      for (const { topic, partitions } of topicData)
        for (const { partition } of partitions) this.answers.set(`${topic}/${partition}`, null)
      if (acks === 0) return
      for (const { topicName, partitions } of answer.topics)
        for (const one of partitions) this.answers.set(`${topicName}/${one.partition}`, { topicName, ...one })
    } finally {
      eosManager.releaseBrokerLock(broker)
    }
  }

  private countSequences(topicData: readonly TopicData[], sign: 1 | -1): void {
    const { eosManager } = this.parts
    for (const { topic, partitions } of topicData)
      for (const entry of partitions) {
        if (sign === 1) entry.firstSequence = eosManager.getSequence(topic, entry.partition)
        eosManager.updateSequence(topic, entry.partition, sign * entry.messages.length)
      }
  }

  /** As kafkajs does it: reads metadata anew and throws to be tried again, or bails. */
  private async prepareAnother(
    error: SendError,
    { bail, retryCount }: { readonly bail: (error: Error) => void; readonly retryCount: number },
  ): Promise<void> {
    const { cluster, logger } = this.parts
    if (error.name === 'KafkaJSConnectionClosedError')
      cluster.removeBroker({ host: error.host ?? '', port: error.port ?? 0 })
    if (!cluster.isConnected()) {
      logger.debug(`Cluster has disconnected, reconnecting: ${error.message}`, { retryCount })
      await cluster.connect()
      await cluster.refreshMetadata()
      throw error
    }
    logger.error(`Failed to send messages: ${error.message}`, { retryCount })
    if (
      this.modules.isStaleMetadata(error) ||
      MOVED.includes(error.name) ||
      isRetriableProtocolError(error)
    ) {
      await cluster.refreshMetadata()
      throw error
    }
    if (error.retriable) throw error
    bail(error)
  }
}

interface SendError extends Error {
  readonly retriable?: boolean
  readonly host?: string
  readonly port?: number
}

/** After these somebody else may lead the partitions. */
const MOVED: readonly string[] = [
  'KafkaJSMetadataNotLoaded',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
]

function isRetriableProtocolError({ name, retriable }: SendError): boolean {
  return name === 'KafkaJSProtocolError' && retriable === true
}
