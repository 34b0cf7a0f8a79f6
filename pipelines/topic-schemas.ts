import { NicrError } from '../schemas/errors.ts'
import { fullTopicName, schemaTextOf, subjectOf } from '../schemas/topics.ts'
import type { SchemaSource } from './runtime/topic-codecs.ts'
import type { SchemaRegistry } from './schema-registry.ts'

/** The registry as the codecs ask it: topics' own schemas by subject, writers' schemas by id. */
export function topicSchemas(registry: SchemaRegistry, topicPrefix: string): SchemaSource {
  return {
    schemaById: id => registry.schemaById(id),
    async idOfTopic(topic) {
      const subject = subjectOf(fullTopicName(topicPrefix, topic))
      const schema = schemaTextOf(topic)
      if (schema === null) throw new Error(`the values of ${topic} are not Avro`)
      const id = await registry.idOf(subject, schema)
      if (id !== null) return id
      throw new NicrError(
        'NICR_REGISTRY_UNAVAILABLE',
        `${subject} does not hold this version’s schema; run \`nicr apply\``,
      )
    },
  }
}
