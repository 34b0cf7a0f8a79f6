import { schemaOf, type TopicName, topicNames } from '../../../schemas/topics.ts'
import type { SchemaSource } from '../topic-codecs.ts'

/** A registry that holds our own schemas, with ids from 1 on in the order of the topic table. */
export class MemorySchemas implements SchemaSource {
  private readonly schemas = new Map<number, string>(
    topicNames.flatMap((topic, index) => {
      const schema = schemaOf(topic)
      return schema === null ? [] : [[index + 1, JSON.stringify(schema)]]
    }),
  )

  async schemaById(id: number): Promise<string | null> {
    return this.schemas.get(id) ?? null
  }

  async idOfTopic(topic: TopicName): Promise<number> {
    return topicNames.indexOf(topic) + 1
  }

  /** Adds a foreign producer's schema and answers its id. */
  add(schema: object): number {
    const id = 1000 + this.schemas.size
    this.schemas.set(id, JSON.stringify(schema))
    return id
  }
}
