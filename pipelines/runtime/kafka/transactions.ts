import type { Kafka, Producer, Transaction } from 'kafkajs'
import { RETRY, TRANSACTION_TIMEOUT_MS } from './client.ts'
import { type Cluster, createRetrier } from './cluster.ts'
import { endLeftOpen, type LeftOpen } from './end-left-open.ts'
import { protocolErrorType } from './errors.ts'

/** A producer under a transactional id, not connected yet: see `takeOver`. */
export function transactionalProducer(kafka: Kafka, transactionalId: string): Producer {
  return kafka.producer({
    transactionalId,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: statedPartition,
    retry: RETRY,
  })
}

/** Connects the producer and makes it the owner of its id: what an earlier owner left open is ended as it was decided, and it is fenced. */
export async function takeOver(producer: Producer, cluster: Cluster, leftOpen: LeftOpen): Promise<void> {
  await endLeftOpen(cluster, leftOpen)
  await producer.connect()
  // kafkajs initialises the producer id with the first transaction; an empty one reaches no partition.
  await (await producer.transaction()).abort()
}

/**
 * Adds a group's offsets to a transaction. Whatever comes first in one is refused while the broker still completes the one before:
 * kafkajs tries a send again by itself, and offsets not, which come first where a batch has no outputs.
 */
export async function sendOffsets(
  transaction: Transaction,
  offsets: Parameters<Transaction['sendOffsets']>[0],
): Promise<void> {
  await createRetrier()(async bail => {
    try {
      await transaction.sendOffsets(offsets)
    } catch (error) {
      if (protocolErrorType(error) === 'CONCURRENT_TRANSACTIONS') throw error
      bail(error)
    }
  })
}

/** Every message states its partition: it was chosen when the sends were planned. */
export function statedPartition() {
  return ({ message }: { message: { partition?: number } }): number => {
    if (message.partition === undefined) throw new Error('a message without a partition')
    return message.partition
  }
}
