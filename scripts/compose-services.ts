import { packageVersion } from '../schemas/package-root.ts'
import { DATA_DIR, type DeployedProcess, deployedProcesses, type Size } from './processes.ts'

/** Three brokers of docker-compose.brokers.yml, as clients of the network name them. */
export const BROKERS = ['kafka', 'kafka-2', 'kafka-3'] as const

/** As in docker-compose.yml, which a test compares. */
const KAFKA_VERSION = '4.4.0'
/** The first broker's for clients of the machine; each further one has the next. */
const HOST_PORT = 9094
/** 16 bytes in base64url, the same for all of a cluster. */
const CLUSTER_ID = 'TmljckNvbXBvc2VCcm9rZQ'

/** The services of docker-compose.yml that run processes without a server. */
export function processServices(): string {
  return deployedProcesses().map(processService).join('\n')
}

/** What every service with a broker’s address is told in docker-compose.brokers.yml. */
export function brokerAddresses(): string {
  const names = ['apply', ...deployedProcesses().map(({ name }) => name), 'serve']
  const brokers = BROKERS.map(broker => `${broker}:9092`).join(',')
  const services = names.map(name => `  ${name}:\n    environment:\n      KAFKA_BROKERS: ${brokers}\n`)
  // Topics with three copies are created once all three are there.
  const further = BROKERS.slice(1).map(name => `      ${name}:\n        condition: service_healthy\n`)
  services[0] += `    depends_on:\n${further.join('')}`
  return services.join('\n')
}

/** The brokers of docker-compose.brokers.yml beside the one of docker-compose.yml, which they resemble but for their names and ports. */
export function furtherBrokers(): string {
  return BROKERS.map((name, at) => brokerService(name, at + 1))
    .slice(1)
    .join('\n')
}

function brokerService(name: string, id: number): string {
  const hostPort = HOST_PORT + id - 1
  const voters = BROKERS.map((broker, at) => `${at + 1}@${broker}:9093`).join(',')
  return `  ${name}:
    image: apache/kafka:${KAFKA_VERSION}
    restart: unless-stopped
    environment:
      CLUSTER_ID: ${CLUSTER_ID}
      KAFKA_HEAP_OPTS: -Xmx1g
      KAFKA_NODE_ID: "${id}"
      KAFKA_PROCESS_ROLES: broker,controller
      KAFKA_LISTENERS: INTERNAL://:9092,CONTROLLER://:9093,HOST://:${hostPort}
      KAFKA_ADVERTISED_LISTENERS: INTERNAL://${name}:9092,HOST://localhost:${hostPort}
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,HOST:PLAINTEXT
      KAFKA_INTER_BROKER_LISTENER_NAME: INTERNAL
      KAFKA_CONTROLLER_LISTENER_NAMES: CONTROLLER
      KAFKA_CONTROLLER_QUORUM_VOTERS: ${voters}
      KAFKA_LOG_DIRS: /var/lib/kafka/data
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false"
      KAFKA_DEFAULT_REPLICATION_FACTOR: "3"
      KAFKA_MIN_INSYNC_REPLICAS: "2"
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "3"
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "3"
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "2"
      KAFKA_OFFSETS_RETENTION_MINUTES: "86400"
      KAFKA_TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS: "1000"
    ports:
      - "127.0.0.1:${hostPort}:${hostPort}"
    volumes:
      - ${name}-data:/var/lib/kafka/data
    healthcheck:
      test: ["CMD", "/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", "${name}:9092"]
      interval: 10s
      timeout: 10s
      retries: 12
      start_period: 60s
    stop_grace_period: 60s
${limits({ memory: { request: 1024, limit: 3072 }, cpu: { request: 0, limit: 2 } })}${logging}`
}

function processService({ name, command, data, size }: DeployedProcess): string {
  return `  ${name}:
    image: nicr:${packageVersion()}
    command: [${command.map(word => `"${word}"`).join(', ')}]
    restart: unless-stopped
    stop_grace_period: 30s
    env_file: deploy/nicr.env
    secrets:
      - clickhouse-password
${data === null ? '' : `    volumes:\n      # ${data}\n      - nicr-data:${DATA_DIR}\n`}    depends_on:
      apply:
        condition: service_completed_successfully
    healthcheck:
      test:
        - "CMD"
        - "node"
        - "-e"
        - "fetch('http://127.0.0.1:9464/readyz').then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
      interval: 30s
      timeout: 10s
      retries: 4
      start_period: 60s
${hardening}${limits(size)}${logging}`
}

/** Nobody becomes root in these, and nothing else is needed. */
const hardening = `    cap_drop:
      - ALL
    security_opt:
      - no-new-privileges:true
`

const logging = `    logging:
      driver: json-file
      options:
        max-size: 10m
        max-file: "3"
`

function limits({ memory, cpu }: Size): string {
  return `    deploy:
      resources:
        limits:
          cpus: "${cpu.limit}"
          memory: ${memory.limit}M
        reservations:
          memory: ${memory.request}M
`
}
