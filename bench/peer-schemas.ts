import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SchemaSource, TopicCodecs } from '../pipelines/runtime/topic-codecs.ts'
import { NicrError } from '../schemas/errors.ts'
import type { TopicName } from '../schemas/topics.ts'

/** The peers' schemas as JSON text: of what is read from `content` and written to `scores` here. */
export interface PeerSchemas {
  readonly content: string
  readonly scores: string
}

/** A score record of the peers' schema. */
export interface PeerScore {
  readonly id: string
  /** 0–10. */
  readonly niceness: number
  /** 0–1. */
  readonly spam: number
  /** ms since the epoch. */
  readonly scored_at: number
}

/** The ids that the peers' programs write in front of their records; no registry knows them. */
const ids = { content: 1, scores: 2 }

/** The schemas of a folder of the peers. @throws NicrError NICR_INPUT_INVALID */
export function readPeerSchemas(peers: string): PeerSchemas {
  const read = (name: string) => {
    const path = join(peers, 'schemas', `${name}.avsc`)
    try {
      return readFileSync(path, 'utf8')
    } catch (cause) {
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `${path} cannot be read, so ${peers} holds no streaming peers`,
        {
          cause,
        },
      )
    }
  }
  return { content: read('content'), scores: read('score') }
}

/** Codecs of the peers' records for the runtime, which names topics, not schemas. */
export function peerCodecs(schemas: PeerSchemas): TopicCodecs {
  const textOf = (topic: TopicName) => (topic === 'content' || topic === 'scores' ? schemas[topic] : null)
  const source: SchemaSource = {
    schemaById: async id =>
      id === ids.content ? schemas.content : id === ids.scores ? schemas.scores : null,
    idOfTopic: async topic => ids[topic as keyof typeof ids],
  }
  return new TopicCodecs(
    source,
    () => Date.now(),
    topic => JSON.parse(textOf(topic) ?? 'null') as object | null,
  )
}
