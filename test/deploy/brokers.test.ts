import { expect, it } from 'vitest'
import { readConfig } from '../../pipelines/config.ts'
import { BROKERS } from '../../scripts/compose-services.ts'
import { merged, readCompose } from '../support/compose-file.ts'

/** docker-compose.brokers.yml laid over docker-compose.yml, as `docker compose -f … -f …` does. */

const one = readCompose('docker-compose.yml')
const three = merged(one, readCompose('docker-compose.brokers.yml'))
const brokers = BROKERS.map(name => three.services[name]!)

it('the brokers differ by their names, numbers and ports alone', () => {
  const alike = brokers.map(({ environment, ...service }, at) => {
    const { KAFKA_NODE_ID: id, KAFKA_CONTROLLER_QUORUM_VOTERS: voters, ...same } = environment!
    expect(id).toBe(String(at + 1))
    expect(voters).toBe('1@kafka:9093,2@kafka-2:9093,3@kafka-3:9093')
    const text = JSON.stringify({ ...service, same: Object.entries(same).toSorted() })
    return text.replaceAll(BROKERS[at]!, 'kafka').replaceAll(String(9094 + at), '9094')
  })
  for (const text of alike) expect(text).toBe(alike[0])
})

it('what is acknowledged is on two of three brokers, transactions and offsets included', () => {
  for (const { environment } of brokers)
    expect(environment).toMatchObject({
      KAFKA_DEFAULT_REPLICATION_FACTOR: '3',
      KAFKA_MIN_INSYNC_REPLICAS: '2',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '3',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '3',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '2',
    })
  // Topics are made with what the broker has by default.
  expect(readConfig({}).topics.replication).toBe(-1)
})

it('every process knows all brokers, and topics are made once all are there', () => {
  const addresses = BROKERS.map(name => `${name}:9092`).join(',')
  const ours = Object.entries(three.services).filter(([, { image }]) => image.startsWith('nicr:'))
  for (const [name, { environment }] of ours) expect(environment?.['KAFKA_BROKERS'], name).toBe(addresses)
  expect(three.services['registry']?.environment?.['KAFKA_BOOTSTRAP_SERVERS']).toBe(addresses)
  for (const name of BROKERS)
    expect(three.services['apply']?.depends_on?.[name]).toEqual({ condition: 'service_healthy' })
})

it('no port is published twice, and every volume exists', () => {
  const ports = Object.values(three.services).flatMap(service => service.ports ?? [])
  expect(new Set(ports.map(port => port.split(':')[1])).size).toBe(ports.length)
  for (const name of BROKERS) expect(Object.keys(three.volumes)).toContain(`${name}-data`)
})

it('adds two brokers, and lays nothing over what is not there', () => {
  const added = Object.keys(three.services).filter(name => !(name in one.services))
  expect(added.toSorted()).toEqual(['kafka-2', 'kafka-3'])
})
