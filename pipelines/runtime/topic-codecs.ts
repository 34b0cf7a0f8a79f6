import {
  type AvroSchema,
  compileSchema,
  createDecoder,
  createEncoder,
  type Decode,
  type Decoded,
  type Encode,
  readSchemaId,
} from '../../schemas/codec.ts'
import { type RecordOf, schemaOf, type TopicName } from '../../schemas/topics.ts'

/** What the codecs need of a schema registry. Both calls reject with NICR_REGISTRY_UNAVAILABLE when it does not answer. */
export interface SchemaSource {
  /** The writer's schema as JSON text; null where the registry does not know the id. */
  schemaById(id: number): Promise<string | null>
  /** The id under which this topic's own schema is registered. */
  idOfTopic(topic: TopicName): Promise<number>
}

/**
 * Distinct writers' schemas kept for each topic from one batch to the next. Beyond it the oldest are forgotten and
 * asked for again; within a batch all that it names are kept.
 */
const SCHEMAS_MAX = 200
/** How long an id that the registry did not know stays unknown: a producer may register it after producing. */
const UNKNOWN_SCHEMA_MS = 30_000

/**
 * Reads and writes the records of one topic. `prepare` asks the registry for schemas not seen before, once a batch;
 * `decode` and `encode` then need no promise.
 */
export class TopicCodec<Topic extends TopicName> {
  readonly topic: Topic
  private readonly source: SchemaSource
  private readonly now: () => number
  private readonly type
  private readonly decoders: Decoders<Topic> = new Map()
  private readonly unknownUntil = new Map<number, number>()
  private encoder: Encode<RecordOf<Topic>> | null = null

  /** @param schema of the topic's records; the topic table's unless given */
  constructor(
    topic: Topic,
    source: SchemaSource,
    now: () => number,
    schema: object | null = schemaOf(topic),
  ) {
    this.topic = topic
    this.source = source
    this.now = now
    if (schema === null) throw new Error(`the values of ${topic} are not Avro`)
    this.type = compileSchema(schema as AvroSchema)
  }

  /** Makes `encode` ready: our own schema's id is asked for once. */
  async open(): Promise<void> {
    if (this.encoder !== null) return
    this.encoder = createEncoder(this.type, await this.source.idOfTopic(this.topic))
  }

  /**
   * Looks up the schemas that `values` name and that are not known yet.
   * @returns decodes these values at any time, whatever is forgotten meanwhile
   */
  async prepare(
    values: Iterable<Buffer | null>,
  ): Promise<(value: Buffer | null) => Decoded<RecordOf<Topic>>> {
    forgetOldest(this.decoders)
    forgetOldest(this.unknownUntil)
    const named = new Map<number, Decoded<Decode<RecordOf<Topic>>> | undefined>()
    for (const value of values) {
      const id = readSchemaId(value)
      if (id.ok && !named.has(id.value)) named.set(id.value, this.decoders.get(id.value))
    }
    const decoders: Decoders<Topic> = new Map()
    for (const [id, known] of named) {
      if (known === undefined && !this.isKnownUnknown(id)) await this.lookUp(id)
      const decoder = known ?? this.decoders.get(id)
      if (decoder !== undefined) decoders.set(id, decoder)
    }
    return value => decodeBy(decoders, value)
  }

  decode(value: Buffer | null): Decoded<RecordOf<Topic>> {
    return decodeBy(this.decoders, value)
  }

  encode(record: RecordOf<Topic>): Buffer {
    if (this.encoder === null) throw new Error(`the codec of ${this.topic} was not opened`)
    return this.encoder(record)
  }

  private isKnownUnknown(id: number): boolean {
    const until = this.unknownUntil.get(id)
    return until !== undefined && this.now() < until
  }

  private async lookUp(id: number): Promise<void> {
    const writerSchema = await this.source.schemaById(id)
    if (writerSchema === null) this.unknownUntil.set(id, this.now() + UNKNOWN_SCHEMA_MS)
    else this.decoders.set(id, createDecoder<RecordOf<Topic>>(this.type, writerSchema))
  }
}

/** By schema id, or why a schema cannot be read. */
type Decoders<Topic extends TopicName> = Map<number, Decoded<Decode<RecordOf<Topic>>>>

function decodeBy<Topic extends TopicName>(
  decoders: Decoders<Topic>,
  value: Buffer | null,
): Decoded<RecordOf<Topic>> {
  const id = readSchemaId(value)
  if (!id.ok) return id
  const decoder = decoders.get(id.value)
  if (decoder === undefined)
    return {
      ok: false,
      code: 'NICR_SCHEMA_UNKNOWN',
      detail: `the registry does not know schema id ${id.value}`,
    }
  return decoder.ok ? decoder.value(value as Buffer) : decoder
}

/** The codecs of all topics a process touches, each made once. */
export class TopicCodecs {
  private readonly source: SchemaSource
  private readonly now: () => number
  private readonly schemaOf: (topic: TopicName) => object | null
  private readonly codecs = new Map<TopicName, TopicCodec<TopicName>>()

  /** @param schemas of the topics' records; the topic table's unless given */
  constructor(
    source: SchemaSource,
    now: () => number,
    schemas: (topic: TopicName) => object | null = schemaOf,
  ) {
    this.source = source
    this.now = now
    this.schemaOf = schemas
  }

  of<Topic extends TopicName>(topic: Topic): TopicCodec<Topic> {
    let codec = this.codecs.get(topic)
    if (codec === undefined) {
      codec = new TopicCodec<TopicName>(topic, this.source, this.now, this.schemaOf(topic))
      this.codecs.set(topic, codec)
    }
    return codec as unknown as TopicCodec<Topic>
  }
}

function forgetOldest(cache: Map<number, unknown>): void {
  let excess = cache.size - SCHEMAS_MAX
  for (const id of cache.keys()) {
    if (excess-- <= 0) return
    cache.delete(id)
  }
}
