import { readRunning } from '../local/running.ts'
import type { ClickHouseAddress } from '../pipelines/clickhouse.ts'
import type { Config } from '../pipelines/config.ts'
import type { KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import type { RegistryAddress } from '../pipelines/schema-registry.ts'
import { NicrError } from '../schemas/errors.ts'

/** Where the parts are: as configured, or as the running `nicr up` on the data directory says. */
export interface Addresses {
  readonly kafka: KafkaSettings
  readonly registry: RegistryAddress
  readonly clickhouse: ClickHouseAddress
  /** The server, where one is known. */
  readonly server: string | null
  readonly key: string | null
}

/** @throws NicrError NICR_NOT_RUNNING if a part is neither configured nor run by a `nicr up` on the data directory */
export function findAddresses(config: Config): Addresses {
  const running = readRunning(config.dataDir)
  return addressesFrom(config, {
    kafkaBrokers: running?.kafkaBrokers ?? [],
    registryUrl: running?.registryUrl ?? '',
    clickhouseUrl: running?.clickhouseUrl ?? '',
    // A `nicr serve` of its own is where the configuration says.
    server:
      running?.server ??
      (config.server.port === 0 ? null : `http://${config.server.host}:${config.server.port}`),
    key: running?.key ?? null,
  })
}

interface Found {
  readonly kafkaBrokers: readonly string[]
  readonly registryUrl: string
  readonly clickhouseUrl: string
  readonly server: string | null
  readonly key: string | null
}

/** The configuration's own addresses go before those found. `clientId` begins the names of the clients in Kafka. */
export function addressesFrom(config: Config, found: Found, clientId = 'nicr'): Addresses {
  const { kafka, registry, clickhouse, dataDir } = config
  const required = <T extends { readonly length: number }>(setting: string, value: T): T => {
    if (value.length === 0) throw notRunning(`${setting} is not set`, dataDir, setting)
    return value
  }
  return {
    kafka: {
      brokers: required('KAFKA_BROKERS', kafka.brokers ?? found.kafkaBrokers),
      ssl: kafka.ssl,
      sslCa: kafka.sslCa,
      sasl: kafka.sasl,
      clientId,
    },
    registry: { ...registry, url: required('SCHEMA_REGISTRY_URL', registry.url ?? found.registryUrl) },
    clickhouse: { ...clickhouse, url: required('CLICKHOUSE_URL', clickhouse.url ?? found.clickhouseUrl) },
    server: found.server,
    key: config.apiKey ?? found.key,
  }
}

/** What is said where nothing runs on the data directory and the settings that would do instead are not given. */
export function notRunning(why: string, dataDir: string, settings: string): NicrError {
  return new NicrError(
    'NICR_NOT_RUNNING',
    `${why}, and no \`nicr up\` runs on the data directory ${dataDir}; give the right one as NICR_DATA_DIR, start one with \`npm start\`, or set ${settings}`,
  )
}
