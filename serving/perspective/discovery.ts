import type { TSchema } from 'typebox'
import { answeredAttributes } from './attributes.ts'
import { messages, StandardQuery } from './shapes.ts'

/**
 * Google's discovery document of the endpoint, from the shapes that validate: clients that read it call this server.
 * @param rootUrl where this server answers, with a slash at the end
 */
export function discoveryDocument(rootUrl: string): object {
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'commentanalyzer:v1alpha1',
    name: 'commentanalyzer',
    canonicalName: 'Comment Analyzer',
    version: DISCOVERY_VERSION,
    revision: '20261124',
    title: 'Nicr, in the shape of the Perspective Comment Analyzer API',
    description: `Scores comments. Attributes: ${answeredAttributes.join(', ')}.`,
    ownerName: 'Nicr',
    documentationLink: `${rootUrl}openapi.json`,
    protocol: 'rest',
    rootUrl,
    servicePath: '',
    basePath: '',
    baseUrl: rootUrl,
    batchPath: 'batch',
    auth: { oauth2: { scopes: {} } },
    parameters: Object.fromEntries(
      Object.entries<JsonSchema>(StandardQuery.properties).map(([name, schema]) => [
        name,
        { ...fieldOf(schema), location: 'query' },
      ]),
    ),
    schemas: Object.fromEntries(messages.map(schema => [titleOf(schema), messageOf(schema)])),
    resources: {
      comments: {
        methods: {
          analyze: methodOf('analyze', 'Scores a comment.', 'AnalyzeComment'),
          suggestscore: methodOf('suggestscore', 'Says what the scores should be.', 'SuggestCommentScore'),
        },
      },
    },
  }
}

/** The only version there is. */
export const DISCOVERY_VERSION = 'v1alpha1'

function methodOf(name: string, description: string, messagePrefix: string): object {
  const path = `v1alpha1/comments:${name}`
  return {
    id: `commentanalyzer.comments.${name}`,
    description,
    httpMethod: 'POST',
    path,
    flatPath: path,
    parameters: {},
    parameterOrder: [],
    request: { $ref: `${messagePrefix}Request` },
    response: { $ref: `${messagePrefix}Response` },
  }
}

function messageOf(schema: JsonSchema): object {
  return {
    id: titleOf(schema),
    type: 'object',
    ...describe(schema),
    properties: Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, field]) => [name, fieldOf(field)]),
    ),
  }
}

/** A field in the subset of JSON Schema that discovery documents are written in. */
function fieldOf(schema: JsonSchema): object {
  if (schema.title !== undefined) return { $ref: schema.title, ...describe(schema) }
  const type = schema.type ?? 'any'
  if (schema.items !== undefined) return { type, ...describe(schema), items: fieldOf(schema.items) }
  const [value] = Object.values(schema.patternProperties ?? {})
  if (value !== undefined) return { type, ...describe(schema), additionalProperties: fieldOf(value) }
  return { type, ...describe(schema), ...(schema.format === undefined ? {} : { format: schema.format }) }
}

/** What of JSON Schema the shapes use. */
interface JsonSchema extends TSchema {
  readonly type?: string
  readonly title?: string
  readonly format?: string
  readonly description?: string
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
}

function titleOf({ title }: JsonSchema): string {
  if (title === undefined) throw new Error('a message of Perspective has no title')
  return title
}

function describe({ description }: JsonSchema): object {
  return description === undefined ? {} : { description }
}
