import { describe, expect, it } from 'vitest'
import { RETRY } from '../../../../pipelines/runtime/kafka/client.ts'
import { kafkajsInternal } from '../../../../pipelines/runtime/kafka/kafkajs-patches.ts'

/** What kafkajs's producers do with several brokers when one is lost in the middle of a send. */

type Send = (batch: { acks: number; topicMessages: readonly object[] }) => Promise<readonly object[]>
type Retrier = (work: () => Promise<unknown>) => Promise<unknown>

interface Produced {
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly firstSequence: number }[]
  }[]
}

describe('a send whose partitions lie on several brokers', () => {
  it('reaches a partition that moves to a broker which has answered already', async () => {
    const cluster = new TwoBrokers()
    cluster.onProduce = async node => {
      if (node === '1') throw cluster.lose('1')
    }
    const answers = await cluster.send()
    expect(cluster.taken.toSorted()).toEqual(['2 takes 0 from 0', '2 takes 1 from 0'])
    expect(answers).toEqual([
      expect.objectContaining({ partition: 1 }),
      expect.objectContaining({ partition: 0 }),
    ])
  })

  it('is not made a second time to a broker that has not answered yet', async () => {
    const cluster = new TwoBrokers()
    let release = () => {}
    const slow = new Promise<void>(resolve => {
      release = resolve
    })
    cluster.onProduce = async (node, { topicData }) => {
      if (node === '1') {
        setTimeout(release, 50)
        throw cluster.lose('1')
      }
      if (topicData[0]!.partitions.some(({ partition }) => partition === 1)) await slow
    }
    await cluster.send()
    expect(cluster.taken.toSorted()).toEqual(['2 takes 0 from 0', '2 takes 1 from 0'])
  })

  it('waits for a partition that the metadata does not name', async () => {
    const cluster = new TwoBrokers()
    const [first] = cluster.metadata
    cluster.metadata = [first!]
    cluster.onRefresh = () => {
      cluster.metadata = [first!, { partitionId: 1, leader: 2 }]
    }
    await cluster.send()
    expect(cluster.taken.toSorted()).toEqual(['1 takes 0 from 0', '2 takes 1 from 0'])
  })
})

/** Partition 0 lies on broker 1, partition 1 on broker 2; who takes what is written down. */
class TwoBrokers {
  readonly taken: string[] = []
  metadata = [
    { partitionId: 0, leader: 1 },
    { partitionId: 1, leader: 2 },
  ]
  onProduce: (node: string, produced: Produced) => Promise<void> = async () => undefined
  onRefresh: () => void = () => undefined
  private readonly sequences = new Map<number, number>()
  private readonly brokers = new Map(['1', '2'].map(nodeId => [nodeId, this.broker(nodeId)]))

  /** Broker 2 leads all from now on. @returns what a client is told by the connection that ends */
  lose(nodeId: string): Error {
    this.metadata = this.metadata.map(one => ({ ...one, leader: 2 }))
    const { KafkaJSConnectionClosedError } = kafkajsInternal<{
      KafkaJSConnectionClosedError: new (message: string, place: object) => Error
    }>('errors')
    return new KafkaJSConnectionClosedError('Closed connection', { host: nodeId, port: 1 })
  }

  /** One message for each partition. */
  send(): Promise<readonly object[]> {
    const create = kafkajsInternal<(parts: object) => Send>('producer/sendMessages')
    const createRetry = kafkajsInternal<(settings: object) => Retrier>('retry')
    const send = create({
      logger: { debug: () => undefined, error: () => undefined },
      cluster: this.cluster(),
      partitioner: ({ message }: { message: { partition: number } }) => message.partition,
      eosManager: this.sequencing(),
      retrier: createRetry({ ...RETRY, retries: 3 }),
    })
    const messages = [0, 1].map(partition => ({ key: null, value: Buffer.from('x'), partition }))
    return send({ acks: -1, topicMessages: [{ topic: 't', messages }] })
  }

  private broker(nodeId: string) {
    return {
      nodeId,
      produce: async (produced: Produced) => {
        await this.onProduce(nodeId, produced)
        const topics = produced.topicData.map(({ topic, partitions }) => ({
          topicName: topic,
          partitions: partitions.map(({ partition, firstSequence }) => {
            this.taken.push(`${nodeId} takes ${partition} from ${firstSequence}`)
            return { partition, errorCode: 0, baseOffset: '0' }
          }),
        }))
        return { topics }
      },
    }
  }

  private cluster() {
    return {
      addMultipleTargetTopics: async () => undefined,
      refreshMetadataIfNecessary: async () => undefined,
      refreshMetadata: async () => this.onRefresh(),
      removeBroker: () => undefined,
      isConnected: () => true,
      findTopicPartitionMetadata: () => this.metadata,
      findLeaderForPartitions: (_topic: string, partitions: readonly (string | number)[]) => {
        const leaders: Record<string, number[]> = {}
        for (const partition of partitions.map(Number)) {
          const leader = this.metadata.find(({ partitionId }) => partitionId === partition)?.leader
          if (leader === undefined) continue
          leaders[leader] ??= []
          leaders[leader].push(partition)
        }
        return leaders
      },
      findBroker: async ({ nodeId }: { nodeId: string }) => this.brokers.get(nodeId),
    }
  }

  private sequencing() {
    return {
      acquireBrokerLock: async () => undefined,
      releaseBrokerLock: () => undefined,
      isTransactional: () => false,
      getProducerId: () => 1,
      getProducerEpoch: () => 0,
      getSequence: (_topic: string, partition: number) => this.sequences.get(partition) ?? 0,
      updateSequence: (_topic: string, partition: number, by: number) =>
        void this.sequences.set(partition, (this.sequences.get(partition) ?? 0) + by),
    }
  }
}
