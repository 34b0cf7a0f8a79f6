/** One query from request to response: take the body in, run the statement, send what comes of it, leave no file behind. */

import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type AnswerOptions, sendAnswer, sendException } from './answer.ts'
import { receiveBody } from './body.ts'
import { chooseEncoding, type Encoding, readContentEncoding } from './compression.ts'
import type { Engine } from './engine.ts'
import { ClickHouseException } from './exceptions.ts'
import { cancelMarkOf, type Execution, execute } from './execute.ts'
import { multipartBoundary, readForm } from './multipart.ts'
import { authenticate, type ClickHouseRequest, readRequest } from './request.ts'
import type { Sessions } from './sessions.ts'

/** An INSERT that names no format brings SQL tuples, as on the server. */
const insertFormatWithoutRequest = 'Values'

export type QueryHandler = { engine: Engine; sessions: Sessions; spoolDir: string }

export async function handleQuery(
  handler: QueryHandler,
  message: IncomingMessage,
  response: ServerResponse,
  search: URLSearchParams,
): Promise<void> {
  const { engine } = handler
  const spoolDir = join(handler.spoolDir, randomUUID())
  let names = { queryId: search.get('query_id') || randomUUID(), timezone: engine.timezone }
  try {
    authenticate(search, message.headers)
    await mkdir(spoolDir)
    const parts = await readMessage(message, search, spoolDir)
    const { request } = parts
    names = {
      queryId: request.queryId,
      timezone: request.settings.get('session_timezone') ?? engine.timezone,
    }
    const answer = await answerQuery(handler, { message, response, spoolDir, ...parts })
    const options: AnswerOptions = {
      ...names,
      compressedBlocks: request.compressedBlocks.response,
      headOnly: message.method === 'HEAD',
    }
    await sendAnswer(response, engine, answer, options)
  } catch (error) {
    // A caller that went away is no failure of ours, and there is nobody left to tell.
    if (response.destroyed || message.errored) response.destroy()
    else {
      if (!message.complete) response.setHeader('Connection', 'close')
      sendException(response, engine, error, names)
    }
  } finally {
    await rm(spoolDir, { recursive: true, force: true })
  }
}

/** What a message holds besides its address: the statement's body, as it is encoded, and external tables. */
type MessageParts = {
  request: ClickHouseRequest
  body: Readable
  encoding: Encoding | undefined
  externals: Execution['externals']
}
type Incoming = MessageParts & { message: IncomingMessage; response: ServerResponse; spoolDir: string }

/** Reads the parameters, from the form too if the body is one; such a body holds no statement beyond its `query` field. */
async function readMessage(
  message: IncomingMessage,
  search: URLSearchParams,
  spoolDir: string,
): Promise<MessageParts> {
  const boundary = multipartBoundary(message.headers['content-type'])
  if (boundary === undefined) {
    return {
      request: readRequest(search, message.headers, { multipart: false }),
      body: message,
      encoding: readContentEncoding(message.headers['content-encoding']),
      externals: [],
    }
  }
  const form = await readForm(message, boundary)
  const parameters = new URLSearchParams([...search, ...form.fields])
  const request = readRequest(parameters, message.headers, { multipart: true })
  const externals: Execution['externals'] = []
  for (const [index, file] of form.files.entries()) {
    const declared = request.externals.get(file.name)
    if (declared === undefined)
      throw new ClickHouseException(
        'BAD_ARGUMENTS',
        `External table ${file.name} has neither ${file.name}_structure nor ${file.name}_types`,
      )
    const path = join(spoolDir, `external-${index}`)
    await writeFile(path, file.bytes)
    externals.push({ name: file.name, ...declared, path })
  }
  return { request, body: Readable.from([]), encoding: undefined, externals }
}

async function answerQuery(handler: QueryHandler, incoming: Incoming) {
  const { engine, sessions } = handler
  const { message, response, request, spoolDir } = incoming
  const received = await receiveBody({
    query: request.query,
    body: incoming.body,
    encoding: incoming.encoding,
    compressedBlocks: request.compressedBlocks.body,
    insertFormat: request.defaultFormat ?? insertFormatWithoutRequest,
    dataPath: join(spoolDir, 'data'),
  })
  const readsOnly = 'statement' in received && received.statement.readsOnly
  const stopper = new AbortController()
  // Reads are stopped when nobody waits for them; a write that was sent whole is carried through.
  const onGone = () => {
    if (!readsOnly) return
    stopper.abort()
    const mark = cancelMarkOf(request)
    // At worst the query runs to its end; an engine that is broken shows in the next answer.
    if (mark !== undefined) engine.cancel(mark).catch(() => undefined)
  }
  const lease = sessions.lease(request)
  response.once('close', onGone)
  try {
    const compress =
      request.settings.get('enable_http_compression') !== '0' && !request.compressedBlocks.response
    return await execute({
      connection: lease.connection,
      kept: lease.kept,
      request,
      received,
      externals: incoming.externals,
      readonly: message.method === 'GET' || message.method === 'HEAD',
      encoding: compress
        ? chooseEncoding(message.headers['accept-encoding'] as string | undefined)
        : undefined,
      spoolDir,
      signal: stopper.signal,
    })
  } finally {
    response.off('close', onGone)
    lease.release()
  }
}
