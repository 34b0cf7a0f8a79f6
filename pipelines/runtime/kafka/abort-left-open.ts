import { TRANSACTION_TIMEOUT_MS } from './client.ts'
import { askCoordinator, type Cluster } from './cluster.ts'
import { retriable } from './errors.ts'

export interface LeftOpen {
  readonly transactionalId: string
  /** The consumer group whose offsets its transactions commit. */
  readonly group: string
  /** Every topic (full name) and partition that its transactions may write to. */
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

/**
 * Fences earlier owners of a transactional id and ends as aborted whatever they left open, on every partition.
 *
 * Initialising the producer id does so by itself, as long as the broker knows which partitions were written to. A
 * broker of a single node that is killed and comes back does not always: it says "Couldn't find leader endpoint for
 * partitions …, these partitions are likely deleted already and hence can be skipped" (Kafka 4.4, seen), and leaves
 * their records without a marker. The commit of the id's next transaction would then let aborted records through. So a
 * transaction that names all partitions is aborted first: its markers end what lies open on any of them.
 */
export async function abortLeftOpen(
  cluster: Cluster,
  { transactionalId, group, topics }: LeftOpen,
): Promise<void> {
  await askCoordinator(cluster, { id: transactionalId, of: 'transaction' }, async coordinator => {
    await requireLeaders(cluster, topics)
    const producer = await coordinator.initProducerId({
      transactionalId,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
    })
    const { producerId, producerEpoch } = producer
    const transaction = { transactionalId, producerId, producerEpoch }
    await coordinator.addPartitionsToTxn({ ...transaction, topics })
    await coordinator.addOffsetsToTxn({ ...transaction, groupId: group })
    await coordinator.endTxn({ ...transaction, transactionResult: false })
  })
}

/** Markers for a partition that has no leader yet are skipped by the broker, so they must wait until each has one. */
async function requireLeaders(cluster: Cluster, topics: LeftOpen['topics']): Promise<void> {
  for (const { topic } of topics) await cluster.addTargetTopic(topic)
  await cluster.refreshMetadata()
  for (const { topic, partitions } of topics) {
    const led = new Set(
      cluster
        .findTopicPartitionMetadata(topic)
        .filter(({ leader }) => leader >= 0)
        .map(({ partitionId }) => partitionId),
    )
    const without = partitions.find(partition => !led.has(partition))
    if (without !== undefined) throw retriable(`${topic}/${without} has no leader yet`)
  }
}
