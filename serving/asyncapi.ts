import type { TSchema } from 'typebox'
import {
  fullTopicName,
  schemaOf,
  type Topic,
  type TopicName,
  topicConfig,
  topicNames,
  topics,
} from '../schemas/topics.ts'
import { clientFrames } from './live-frames.ts'
import { serverFrames } from './server-frames.ts'

/** What of the configuration is described. */
export interface AsyncApiSettings {
  readonly version: string
  readonly topicPrefix: string
  readonly retentionMs: number
  /** null: not stated, so it is left out. */
  readonly partitions: number | null
}

/**
 * An AsyncAPI 3.0 document: the websocket, from the declarations that validate its frames, and the topics, with the
 * Avro schemas their records are written by. Actions are Nicr's: it receives what platforms and browsers send.
 */
export function asyncApiOf(settings: AsyncApiSettings): object {
  const kafka = topicNames.map(name => ({ name, topic: topics[name] as Topic }))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Nicr',
      version: settings.version,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      description:
        'The websocket /v1/live, and the Kafka topics. Values are Avro in the Confluent wire format, subjects `<topic>-value`.',
    },
    defaultContentType: 'application/json',
    servers: { live: liveServer, kafka: kafkaServer },
    channels: {
      live: liveChannel,
      ...Object.fromEntries(kafka.map(({ name, topic }) => [name, topicChannel(name, topic, settings)])),
    },
    operations: {
      receiveFrames: operation('receive', 'live', Object.keys(clientFrames)),
      sendFrames: operation('send', 'live', Object.keys(serverFrames)),
      ...Object.fromEntries(
        kafka.map(({ name, topic }) => {
          const action = topic.writers === 'platform' ? 'receive' : 'send'
          return [`${action}-${name}`, operation(action, name, ['record'])]
        }),
      ),
    },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, a ticket, or a JWT.' },
        apiKey: { type: 'httpApiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  }
}

const liveServer = {
  host: '{address}',
  protocol: 'ws',
  description:
    'nicr serve. Browsers send a ticket of POST /v1/tickets as the sub-protocol `nicr.ticket.<ticket>`.',
  variables: { address: { default: '127.0.0.1:8080', description: 'Host and port of the server.' } },
  security: [
    { $ref: '#/components/securitySchemes/bearer' },
    { $ref: '#/components/securitySchemes/apiKey' },
  ],
}

const kafkaServer = {
  host: '{bootstrap}',
  protocol: 'kafka',
  description: 'Any Apache Kafka from 3.0 on, with a Confluent-compatible schema registry.',
  variables: { bootstrap: { default: '127.0.0.1:9092', description: 'One of KAFKA_BROKERS.' } },
}

const liveChannel = {
  address: '/v1/live',
  title: 'Live drafts and scores',
  description: 'Sub-protocol `nicr.v1`. Frames are JSON texts; a bad one is answered with an error frame.',
  servers: [{ $ref: '#/servers/live' }],
  messages: { ...frameMessages(clientFrames), ...frameMessages(serverFrames) },
  bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
}

function frameMessages(frames: Readonly<Record<string, TSchema>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(frames).map(([name, payload]) => {
      const { description } = payload as { description?: string }
      return [name, { name, ...(description === undefined ? {} : { summary: description }), payload }]
    }),
  )
}

function topicChannel(
  name: TopicName,
  topic: Topic,
  { topicPrefix, retentionMs, partitions }: AsyncApiSettings,
): object {
  const address = fullTopicName(topicPrefix, name)
  const config = topicConfig(topic, retentionMs)
  const count = topic.partitions === 'control' ? 1 : partitions
  return {
    address,
    description: topic.description,
    servers: [{ $ref: '#/servers/kafka' }],
    messages: { record: recordMessage(name, topic) },
    bindings: {
      kafka: {
        topic: address,
        ...(count === null ? {} : { partitions: count }),
        topicConfiguration: {
          'cleanup.policy': [topic.cleanup],
          'retention.ms': Number(config['retention.ms']),
          'max.message.bytes': topic.messageBytesMax,
        },
        bindingVersion: '0.5.0',
      },
    },
  }
}

function recordMessage(name: TopicName, { key }: Topic): object {
  const schema = schemaOf(name)
  const description = `UTF-8: ${key}`
  const bindings = (more: object) => ({
    kafka: { key: { type: 'string', description }, ...more, bindingVersion: '0.5.0' },
  })
  // A dead letter's value is what it was on the topic it came from.
  if (schema === null) return { name, contentType: 'application/octet-stream', bindings: bindings({}) }
  return {
    name,
    contentType: 'application/vnd.apache.avro',
    payload: { schemaFormat: 'application/vnd.apache.avro+json;version=1.9.0', schema },
    bindings: bindings({ schemaIdLocation: 'payload', schemaIdPayloadEncoding: 'confluent' }),
  }
}

function operation(action: 'send' | 'receive', channel: string, messages: readonly string[]): object {
  return {
    action,
    channel: { $ref: `#/channels/${channel}` },
    messages: messages.map(name => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  }
}
