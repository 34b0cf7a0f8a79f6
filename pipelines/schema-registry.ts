/**
 * The port to a Confluent-compatible schema registry.
 *
 * Only the client's own module is imported, at the first request: the package's index also loads serialisers and the key
 * management of three clouds, which takes 1.1 s instead of 0.25 s, and most commands ask no registry. Serialising is done
 * by `schemas/codec.ts`.
 */
import type {
  Compatibility,
  SchemaRegistryClient,
} from '@confluentinc/schemaregistry/dist/schemaregistry-client.js'
import { NicrError } from '../schemas/errors.ts'

export interface SchemaRegistry {
  /**
   * Registers a schema and answers its id; the same schema again answers the same id.
   * @throws NicrError NICR_SCHEMA_INCOMPATIBLE where the subject's compatibility level forbids it
   */
  register(subject: string, schema: object | string): Promise<number>
  /** The id of a schema under a subject; null if it is not registered there. */
  idOf(subject: string, schema: object | string): Promise<number | null>
  /** A schema's JSON by the id that records carry; null if the registry does not know it. */
  schemaById(id: number): Promise<string | null>
  /** The subject's own level; null if the subject has none. */
  compatibilityOf(subject: string): Promise<string | null>
  setCompatibility(subject: string, level: CompatibilityLevel): Promise<void>
  /** Whether the schema could be registered next; true for a subject without versions. */
  isCompatible(subject: string, schema: object | string): Promise<boolean>
  close(): Promise<void>
}

export type CompatibilityLevel = `${Compatibility}`

export interface RegistryAddress {
  readonly url: string
  readonly username: string | null
  readonly password: string | null
}

/** The same schema in another layout, as a foreign producer may have registered it, is the same schema. */
const NORMALIZE = true
/** A registry that starts beside everything else on two busy cores has been seen to take over 5 s for an answer. */
const REQUEST_TIMEOUT_MS = 15_000
const RETRIES_MAX = 2
const RETRY_WAIT_MS = 100
const RETRY_WAIT_MS_MAX = 1000
/** Schemas kept by the client, by subject and by id. */
const CACHED_SCHEMAS_MAX = 1000
/** A flood of records with an unknown id asks the registry once in this time. */
const UNKNOWN_ID_MS = 5000
const UNKNOWN_IDS_MAX = 1000

/**
 * A client of the registry at `url`. Every method fails with NICR_REGISTRY_UNAVAILABLE if the registry does not
 * answer within a few bounded tries, answers with a 5xx, or does not let us in.
 */
export function createSchemaRegistry(address: RegistryAddress): SchemaRegistry {
  let client: Promise<SchemaRegistryClient> | null = null
  const unknownIds = new Map<number, number>()

  /** Runs one request; `absent` is the answer where the registry says that there is no such thing. */
  async function ask<T>(
    what: string,
    request: (client: SchemaRegistryClient) => Promise<T>,
    absent?: { readonly is: T },
  ): Promise<T> {
    client ??= createClient(address)
    const connected = await client
    try {
      return await request(connected)
    } catch (error) {
      if (absent !== undefined && statusOf(error) === 404) return absent.is
      throw toNicrError(error, what, address.url)
    }
  }

  return {
    register: (subject, schema) =>
      ask(`registering ${subject}`, client => client.register(subject, infoOf(schema), NORMALIZE)),
    idOf: (subject, schema) =>
      ask<number | null>(
        `looking up ${subject}`,
        client => client.getId(subject, infoOf(schema), NORMALIZE),
        {
          is: null,
        },
      ),
    async schemaById(id) {
      // Not the wall clock, which may be set back while an id is held to be unknown.
      const now = performance.now()
      if ((unknownIds.get(id) ?? 0) > now) return null
      // The subject only narrows the search; records may name a schema registered under any.
      const info = await ask(
        `looking up schema ${id}`,
        client => client.getBySubjectAndId('', id) as Promise<{ schema: string } | null>,
        { is: null },
      )
      if (info === null) {
        if (unknownIds.size >= UNKNOWN_IDS_MAX) unknownIds.clear()
        unknownIds.set(id, now + UNKNOWN_ID_MS)
      }
      return info?.schema ?? null
    },
    compatibilityOf: subject =>
      ask<string | null>(
        `reading the compatibility of ${subject}`,
        client => client.getCompatibility(subject),
        {
          is: null,
        },
      ),
    async setCompatibility(subject, level) {
      const set = () =>
        ask(`setting the compatibility of ${subject}`, client =>
          client.updateCompatibility(subject, level as Compatibility),
        )
      try {
        await set()
      } catch (error) {
        // Apicurio answers so to the later of two who set a subject's first level at once; then it can be changed.
        if (!(error instanceof NicrError && error.code === 'NICR_SCHEMA_INCOMPATIBLE')) throw error
        await set()
      }
    },
    isCompatible: (subject, schema) =>
      ask(
        `comparing schemas of ${subject}`,
        client => client.testSubjectCompatibility(subject, infoOf(schema)),
        {
          is: true,
        },
      ),
    close: async () => (await client)?.close(),
  }
}

async function createClient({ url, username, password }: RegistryAddress): Promise<SchemaRegistryClient> {
  const { SchemaRegistryClient } = await import('@confluentinc/schemaregistry/dist/schemaregistry-client.js')
  return new SchemaRegistryClient({
    baseURLs: [url],
    cacheCapacity: CACHED_SCHEMAS_MAX,
    maxRetries: RETRIES_MAX,
    retriesWaitMs: RETRY_WAIT_MS,
    retriesMaxWaitMs: RETRY_WAIT_MS_MAX,
    // The registry stands beside the brokers, which no HTTP proxy reaches either.
    createAxiosDefaults: { timeout: REQUEST_TIMEOUT_MS, proxy: false },
    ...(username === null
      ? {}
      : {
          basicAuthCredentials: {
            credentialsSource: 'USER_INFO' as const,
            userInfo: `${username}:${password ?? ''}`,
          },
        }),
  })
}

/**
 * Text goes as it is: a foreign producer that looks its copy of the file up finds it only if the registry holds the
 * same layout, unless it asks for normalising.
 */
function infoOf(schema: object | string): { schema: string; schemaType: string } {
  return { schema: typeof schema === 'string' ? schema : JSON.stringify(schema), schemaType: 'AVRO' }
}

/** The HTTP status of a `RestError`; null where the registry did not answer at all. */
function statusOf(error: unknown): number | null {
  const status = error instanceof Error && 'status' in error ? error.status : null
  return typeof status === 'number' ? status : null
}

function toNicrError(error: unknown, what: string, url: string): NicrError {
  const status = statusOf(error)
  const message = error instanceof Error ? error.message : String(error)
  if (status === 409)
    return new NicrError('NICR_SCHEMA_INCOMPATIBLE', `${what}: ${message}`, { cause: error })
  const hint =
    status === 401 || status === 403 ? '; check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD' : ''
  const answer = status === null ? message : `it answered ${status} (${message})`
  return new NicrError('NICR_REGISTRY_UNAVAILABLE', `${what} at ${url}: ${answer}${hint}`, { cause: error })
}
