import type { Kafka, Producer } from 'kafkajs'
import { abortLeftOpen, type LeftOpen } from './abort-left-open.ts'
import { RETRY, TRANSACTION_TIMEOUT_MS } from './client.ts'
import type { Cluster } from './cluster.ts'

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

/** Connects the producer and makes it the owner of its id: what an earlier owner left open is ended, and it is fenced. */
export async function takeOver(producer: Producer, cluster: Cluster, leftOpen: LeftOpen): Promise<void> {
  await abortLeftOpen(cluster, leftOpen)
  await producer.connect()
  // kafkajs initialises the producer id with the first transaction; an empty one reaches no partition.
  await (await producer.transaction()).abort()
}

/** Every message states its partition: it was chosen when the sends were planned. */
export function statedPartition() {
  return ({ message }: { message: { partition?: number } }): number => {
    if (message.partition === undefined) throw new Error('a message without a partition')
    return message.partition
  }
}
