import { TRANSACTION_TIMEOUT_MS } from './client.ts'
import { askCoordinator, type Cluster, type OpenTransaction } from './cluster.ts'
import { retriable } from './errors.ts'
import { describeTransaction, type TransactionState } from './transaction-state.ts'

export interface LeftOpen {
  readonly transactionalId: string
  /** The consumer group whose offsets its transactions commit. */
  readonly group: string
  /** Every topic (full name) and partition that its transactions may write to. */
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

/**
 * Fences earlier owners of a transactional id and ends whatever they left open, on every partition: as the coordinator decided
 * their last transaction, or as aborted where it was not decided.
 *
 * Initialising the producer id does so by itself, as long as the broker knows which partitions were written to. A
 * broker of a single node that is killed and comes back does not always: it says "Couldn't find leader endpoint for
 * partitions …, these partitions are likely deleted already and hence can be skipped" (Kafka 4.4, seen), and leaves
 * their records without a marker, committed or not. The marker of the id's next transaction would then decide on them: aborted
 * records would be let through, or acknowledged ones hidden although the input's offset is committed. So a transaction that
 * names all partitions comes first, and ends as the last one did: its markers end what lies open on any of them.
 *
 * What it cannot mend: an owner that outlives the broker, and whose next transaction on these partitions is aborted.
 */
export async function endLeftOpen(
  cluster: Cluster,
  { transactionalId, group, topics }: LeftOpen,
): Promise<void> {
  let own: Omit<OpenTransaction, 'transactionalId'> | null = null
  let transactionResult = false
  await askCoordinator(cluster, { id: transactionalId, of: 'transaction' }, async coordinator => {
    await requireLeaders(cluster, topics)
    const last = await describeTransaction(coordinator, transactionalId)
    // A try before this one may have failed with the transaction that it began itself: that decides nothing.
    const isOwn = last?.producerId === own?.producerId && last?.producerEpoch === own?.producerEpoch
    if (last !== null && !isOwn) transactionResult = isCommitted(last)
    own = await coordinator.initProducerId({
      transactionalId,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
    })
    const transaction = { transactionalId, ...own }
    await coordinator.addPartitionsToTxn({ ...transaction, topics })
    await coordinator.addOffsetsToTxn({ ...transaction, groupId: group })
    await coordinator.endTxn({ ...transaction, transactionResult })
  })
}

/** @throws an error that may pass while the markers of a decision are still being written */
function isCommitted({ state }: TransactionState): boolean {
  if (state.startsWith('Prepare')) throw retriable(`the coordinator still ends a transaction (${state})`)
  return state === 'CompleteCommit'
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
