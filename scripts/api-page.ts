/**
 * docs/api.md, written from /openapi.json and /asyncapi.json, which are made from the declarations that validate.
 * `npm run generate` writes it; a test fails while it is out of date.
 */

import { type Field, fieldsOf, type Schema } from './schema-fields.ts'
import { table } from './tables.ts'

/** What of an OpenAPI document the page shows. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly summary: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>
  readonly security: readonly object[]
  readonly 'x-nicr-roles'?: readonly string[]
}

type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>

/** What of an AsyncAPI document the page shows. */
export interface AsyncApi {
  readonly channels: {
    readonly live: { readonly messages: Readonly<Record<string, Message>> }
  }
  readonly operations: Readonly<Record<string, { readonly messages: readonly { readonly $ref: string }[] }>>
}

interface Message {
  readonly summary?: string
  readonly payload: Schema
}

interface Endpoint {
  /** `POST /v1/votes`. */
  readonly name: string
  readonly operation: Operation
}

const PROBLEM_TYPE = 'application/problem+json'

/** The source of `docs/api.md`. */
export function apiPage(openApi: OpenApi, asyncApi: AsyncApi): string {
  const endpoints = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
  const common = commonCodes(endpoints)
  const shown = new Map<string, string>()
  return `# API reference

Written by \`npm run generate\` from the declarations that validate requests, answers and frames; a running server has the same for machines at
\`/openapi.json\` (OpenAPI 3.1) and \`/asyncapi.json\` (AsyncAPI 3.0). [http.md](http.md) says how keys are shown, requests repeated and failures answered,
[security.md](security.md) what each role may do and every limit on size and rate, [perspective.md](perspective.md) what Perspective’s clients find.

Fields are named by their path: \`images[].ref\` is \`ref\` of each of \`images\`, \`scores.*\` each value of \`scores\`. Bodies take no fields but these; answers may
have more later. Of a text’s length see \`NICR_TEXT_LENGTH\`.

Errors are problems with a \`code\` ([errors.md](errors.md)). Some can occur anywhere, the others are named with the endpoint:

- at any endpoint ${codeList(common.anywhere)};
- where a key is needed ${codeList(common.withKey)};
- where a body is JSON ${codeList(common.withBody)}.

## Endpoints

${table(
  ['Endpoint', 'Role', 'Does'],
  endpoints.map(({ name, operation }) => [
    `[\`${name}\`](#${anchorOf(name)})`,
    rolesOf(operation),
    operation.summary,
  ]),
)}
${endpoints.map(endpoint => endpointSection(endpoint, common, shown)).join('\n')}
## Frames of the websocket

\`GET /v1/live\` with the sub-protocol \`nicr.v1\`; each frame is a text of JSON. A key’s role is \`read\` or \`moderate\`; browsers send a ticket as the sub-protocol
\`nicr.ticket.<ticket>\`. A bad frame is answered with an \`error\` frame and the socket stays open; ignore fields and types that you do not know. The Kafka topics are in
[README](../README.md#topics), their records in \`schemas/\`.

${frameSections('A client sends', asyncApi, 'receiveFrames', shown)}
${frameSections('The server sends', asyncApi, 'sendFrames', shown)}`
}

/** Codes that all endpoints of a sort have, so that they need not be said of each. */
interface CommonCodes {
  readonly anywhere: readonly string[]
  readonly withKey: readonly string[]
  readonly withBody: readonly string[]
}

function commonCodes(endpoints: readonly Endpoint[]): CommonCodes {
  const operations = endpoints.map(({ operation }) => operation).filter(sendsProblems)
  const ofAll = (some: readonly Operation[]) => {
    const [first, ...others] = some.map(codesOf)
    return (first ?? []).filter(code => others.every(codes => codes.includes(code)))
  }
  const anywhere = ofAll(operations)
  const withKey = ofAll(operations.filter(({ security }) => security.length > 0))
  const withBody = ofAll(operations.filter(operation => bodyOf(operation) !== undefined))
  return {
    anywhere,
    withKey: withKey.filter(code => !anywhere.includes(code)),
    withBody: withBody.filter(code => !withKey.includes(code)),
  }
}

function sendsProblems({ responses }: Operation): boolean {
  return Object.values(responses).some(({ content }) => PROBLEM_TYPE in content)
}

function codesOf({ responses }: Operation): string[] {
  return Object.entries(responses).flatMap(([status, { description }]) =>
    status === 'default' ? [] : [...description.matchAll(/`(NICR_[A-Z_]+)`:/g)].map(([, code]) => code!),
  )
}

function endpointSection({ name, operation }: Endpoint, common: CommonCodes, shown: Map<string, string>) {
  const parameters = (operation.parameters ?? []).map(({ name: field, in: place, required, schema }) => [
    `\`${field}\``,
    place,
    ...typeAndMeaning(fieldsOf(schema, { name: field, isRequired: required, place: name, shown })[0]!),
  ])
  const parts = [
    `### \`${name}\``,
    operation.summary,
    parameters.length === 0 ? '' : table(['Parameter', 'In', 'Type', 'Is'], parameters),
    bodyPart(name, operation, shown),
    ...answerParts(name, operation, shown),
    problemsPart(operation, common),
  ]
  return `${parts
    .filter(part => part !== '')
    .map(part => part.trimEnd())
    .join('\n\n')}\n`
}

function problemsPart(operation: Operation, { anywhere, withKey, withBody }: CommonCodes): string {
  if (!sendsProblems(operation)) return 'Errors: as Perspective has them ([perspective.md](perspective.md)).'
  const said = [...anywhere, ...withKey, ...withBody]
  const codes = codesOf(operation).filter(code => !said.includes(code))
  return codes.length === 0 ? '' : `Problems: ${codeList(codes)}.`
}

function bodyPart(name: string, operation: Operation, shown: Map<string, string>): string {
  const { content } = operation.requestBody ?? {}
  if (content === undefined) return ''
  const body = bodyOf(operation)
  if (body === undefined) return `Body: a file, ${codeList(Object.keys(content))}.`
  const example = body.example === undefined ? '' : `\n\`\`\`json\n${jsonOf(body.example)}\n\`\`\``
  return (
    fieldTable('Body', fieldsOf(body.schema, { name: '', place: `the body of \`${name}\``, shown })) + example
  )
}

function answerParts(name: string, { responses }: Operation, shown: Map<string, string>): string[] {
  return Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([status, { content }]) =>
      Object.entries(content).map(([type, { schema }]) => {
        if (type !== 'application/json') return `Answer: ${status}, \`${type}\`.`
        const fields = fieldsOf(schema, { name: '', place: `the answer of \`${name}\``, shown })
        return fields.length === 0 ? `Answer: ${status}, JSON.` : fieldTable(`Answer (${status})`, fields)
      }),
    )
}

function frameSections(title: string, asyncApi: AsyncApi, operation: string, shown: Map<string, string>) {
  const sections = asyncApi.operations[operation]!.messages.map(({ $ref }) => {
    const name = $ref.split('/').at(-1)!
    const { summary, payload } = asyncApi.channels.live.messages[name]!
    const fields = fieldsOf(payload, { name: '', place: `the frame \`${name}\``, shown })
    return `#### \`${name}\`\n\n${summary === undefined ? '' : `${summary}\n\n`}${fieldTable('Field', fields)}`
  })
  return `### ${title}\n\n${sections.join('\n')}`
}

function fieldTable(head: string, fields: readonly Field[]): string {
  return table(
    [head, 'Type', 'Is'],
    fields.map(field => [field.path === '' ? 'all of it' : `\`${field.path}\``, ...typeAndMeaning(field)]),
  )
}

function typeAndMeaning({ type, isRequired, meaning }: Field): [string, string] {
  return [isRequired ? type : `${type}; optional`, meaning]
}

function bodyOf({ requestBody }: Operation) {
  return requestBody?.content['application/json']
}

function rolesOf({ security, 'x-nicr-roles': roles }: Operation): string {
  if (security.length === 0) return 'none'
  return (roles ?? []).map(role => `\`${role}\``).join(', ')
}

function codeList(codes: readonly string[]): string {
  return codes.map(code => `\`${code}\``).join(', ')
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** As the formatter lays it out: a list of plain values stays on its line. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(/\[\n\s+([^[\]{}]*?)\n\s+\]/g, (_, items: string) => {
    return `[${items.split(/\n\s+/).join(' ')}]`
  })
}
