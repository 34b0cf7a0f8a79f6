import type { Kafka, KafkaConfig, logLevel, SASLOptions } from 'kafkajs'
import type { Logger } from 'pino'
import type { Config } from '../../config.ts'
import { loadKafkajs } from './kafkajs-patches.ts'

/**
 * Clients of Kafka. kafkajs is loaded here and nowhere else, so that its mends are in place before anything uses it.
 */
const kafkajs = loadKafkajs()

/** Quick first retries: kafkajs waits 300 ms by default, which made back-to-back transactions take 330 ms instead of 31. */
export const RETRY = {
  initialRetryTime: 10,
  factor: 0.2,
  multiplier: 2,
  maxRetryTime: 2_000,
  retries: 12,
} as const
/** An open transaction stalls every read-committed reader, so a dead writer must not hold one for long. */
export const TRANSACTION_TIMEOUT_MS = 10_000
export const SESSION_TIMEOUT_MS = 10_000
export const HEARTBEAT_INTERVAL_MS = 2_000
export const REBALANCE_TIMEOUT_MS = 30_000
const CONNECTION_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000

export interface KafkaSettings {
  readonly brokers: readonly string[]
  readonly ssl: boolean
  readonly sslCa: string | null
  readonly sasl: Config['kafka']['sasl']
  readonly clientId: string
}

/** A client with its own cache of offsets: consumers of one client would share what they believe to be committed. */
export function createKafka(
  settings: KafkaSettings,
  log: Logger,
  {
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    retries = RETRY.retries,
  }: { readonly requestTimeoutMs?: number; readonly retries?: number } = {},
): Kafka {
  const config: KafkaConfig = {
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    retry: { ...RETRY, retries },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => entry => logEntry(log, entry),
    ...(settings.ssl ? { ssl: settings.sslCa === null ? true : { ca: [settings.sslCa] } } : {}),
    ...(settings.sasl === null ? {} : { sasl: settings.sasl as SASLOptions }),
  }
  return new kafkajs.Kafka(config)
}

export const { AssignerProtocol, CompressionTypes } = kafkajs
/** Protocol constants, for the other files of this folder. */
export const kafkaConstants = { ConfigResourceTypes: kafkajs.ConfigResourceTypes } as const

/**
 * kafkajs calls ERROR what it then retries by itself (a rebalance, a broker that is away), so its lines are warnings
 * at most here; what ends a consumer is reported by the consumer.
 */
function logEntry(
  log: Logger,
  entry: {
    level: logLevel
    namespace: string
    log: { message: string; timestamp: string; [key: string]: unknown }
  },
): void {
  const { message, timestamp: _, stack: __, ...detail } = entry.log
  const fields = { part: 'kafkajs', namespace: entry.namespace, ...detail }
  if (entry.level <= kafkajs.logLevel.WARN && !isRoutine(message)) log.warn(fields, message)
  else log.debug(fields, message)
}

/** What happens at every start, rebalance or shutdown, or between two transactions. */
function isRoutine(message: string): boolean {
  return /rebalanc|re-joining|not aware of this member|Response Heartbeat|Response JoinGroup|Response SyncGroup|CONCURRENT_TRANSACTIONS|GROUP_COORDINATOR_NOT_AVAILABLE|Pausing|Resuming|Limiting retries|coordinator is loading|Restarting the consumer|^Response |^Failed to send messages: .*another concurrent operation/i.test(
    message,
  )
}
