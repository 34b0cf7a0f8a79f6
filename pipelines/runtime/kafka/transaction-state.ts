import type { Broker, OpenTransaction } from './cluster.ts'
import { protocolError } from './errors.ts'
import { kafkajsInternal } from './kafkajs-patches.ts'

/** What the coordinator of a transactional id knows of its latest transaction, which kafkajs has no request for. */
export interface TransactionState extends Omit<OpenTransaction, 'transactionalId'> {
  /** As Kafka names it: `Empty`, `Ongoing`, `PrepareCommit`, `CompleteCommit`, `CompleteAbort` and others. */
  readonly state: string
}

/** DescribeTransactions, version 0 (KIP-664): Kafka 3.0 and later. */
const API_KEY = 65
const NONE = 0
const TRANSACTIONAL_ID_NOT_FOUND = 105

/**
 * Asks the coordinator for the latest transaction of an id; null where it knows none, or is a broker that cannot say.
 * @throws an error of kafkajs that may pass: the coordinator moved, or still loads what it knows
 */
export async function describeTransaction(
  coordinator: Broker,
  transactionalId: string,
): Promise<TransactionState | null> {
  if (coordinator.versions?.[API_KEY] === undefined) return null
  const { errorCode, ...state } = await coordinator.connectionPool.send({
    request: requestFor(transactionalId),
    response: { decode: decodeResponse, parse: async (answer: Described) => answer },
  })
  if (errorCode === TRANSACTIONAL_ID_NOT_FOUND) return null
  if (errorCode !== NONE) throw protocolError(errorCode)
  return state
}

interface Described extends TransactionState {
  readonly errorCode: number
}

/** `[transactional_id COMPACT_STRING] TAG_BUFFER`, behind the tag buffer of the header. */
function requestFor(transactionalId: string) {
  const Encoder = kafkajsInternal<new () => Encoder>('protocol/encoder')
  return {
    apiKey: API_KEY,
    apiVersion: 0,
    apiName: 'DescribeTransactions',
    encode: async () =>
      new Encoder()
        .writeUVarIntBytes()
        .writeUVarIntArray([new Encoder().writeUVarIntString(transactionalId)])
        .writeUVarIntBytes(),
  }
}

/**
 * `throttle_time_ms INT32 [error_code INT16, transactional_id COMPACT_STRING, transaction_state COMPACT_STRING, transaction_timeout_ms INT32,
 * transaction_start_time_ms INT64, producer_id INT64, producer_epoch INT16, [topics], TAG_BUFFER] TAG_BUFFER`, of which the topics are not read.
 */
async function decodeResponse(bytes: Buffer): Promise<Described> {
  const Decoder = kafkajsInternal<new (bytes: Buffer) => Decoder>('protocol/decoder')
  const decoder = new Decoder(bytes)
  decoder.readTaggedFields()
  decoder.readInt32()
  const [described] = decoder.readUVarIntArray(one => {
    const errorCode = one.readInt16()
    one.readUVarIntString()
    const state = one.readUVarIntString()
    one.readInt32()
    one.readInt64()
    return { errorCode, state, producerId: one.readInt64().toString(), producerEpoch: one.readInt16() }
  })
  return described!
}

interface Encoder {
  writeUVarIntBytes(): Encoder
  writeUVarIntArray(items: readonly Encoder[]): Encoder
  writeUVarIntString(text: string): Encoder
}

interface Decoder {
  readTaggedFields(): unknown
  readInt16(): number
  readInt32(): number
  readInt64(): { toString(): string }
  readUVarIntString(): string
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[]
}
