import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '../local/stack.ts'
import type { Config } from '../pipelines/config.ts'
import type { KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { NicrError } from '../schemas/errors.ts'

/** Partitions of the topics of a benchmark. */
export const PARTITIONS = 4

/** Topics of a benchmark on any broker: under a prefix of its own. */
export function benchTopicSettings({ topics }: Config): Config['topics'] & { readonly partitions: number } {
  const prefix = `${topics.prefix}bench-${process.pid}-${Date.now().toString(36)}.`
  return { ...topics, prefix, partitions: PARTITIONS }
}

/**
 * Runs `work` on the configured brokers, or on one started for it.
 * @param work is given the broker's process where it was started here
 */
export async function withBroker<T>(
  config: Config,
  aborted: AbortController,
  work: (kafka: KafkaSettings, brokerPid: number | null) => Promise<T>,
): Promise<T> {
  const { brokers, ...security } = config.kafka
  const settings = { ...security, clientId: 'nicr-bench' }
  if (brokers !== null) return work({ ...settings, brokers }, null)
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-bench-'))
  try {
    const embedded = { ...config.embedded, kafkaPort: 0 }
    const stack = await startStack(
      { ...config, dataDir, embedded },
      { only: ['kafka'], report: () => {}, signal: aborted.signal },
    )
    stack.onPartFailed((_, detail) =>
      aborted.abort(new NicrError('NICR_BENCH_FAILED', `the broker ended. ${detail}`)),
    )
    try {
      return await work({ ...settings, brokers: stack.kafkaBrokers }, stack.parts[0]?.pid ?? null)
    } finally {
      await stack.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
