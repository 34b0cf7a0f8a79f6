/** The server as a client sees it. */
export interface Server {
  readonly url: string
  readonly key: string
}

const ANSWER_MS_MAX = 20_000

/** The answer's JSON. @throws Error with status and problem where it is none of 2xx */
export function ask<Answer>(
  server: Server,
  path: string,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const sent = body === undefined ? null : { type: 'application/json', content: JSON.stringify(body) }
  return answerOf(server, path, sent, signal)
}

/** Sends a file, and answers the answer's JSON. @throws as `ask` */
export function upload<Answer>(
  server: Server,
  path: string,
  { file, mimeType }: { readonly file: Buffer; readonly mimeType: string },
): Promise<Answer> {
  return answerOf(server, path, { type: mimeType, content: new Uint8Array(file) })
}

async function answerOf<Answer>(
  { url, key }: Server,
  path: string,
  sent: { readonly type: string; readonly content: string | Uint8Array<ArrayBuffer> } | null,
  signal?: AbortSignal,
): Promise<Answer> {
  const tooLong = AbortSignal.timeout(ANSWER_MS_MAX)
  const answer = await fetch(`${url}${path}`, {
    headers: {
      authorization: `Bearer ${key}`,
      ...(sent === null ? {} : { 'content-type': sent.type }),
    },
    ...(sent === null ? {} : { method: 'POST', body: sent.content }),
    signal: signal === undefined ? tooLong : AbortSignal.any([signal, tooLong]),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text.slice(0, DETAIL_LETTERS_MAX)}`)
  return JSON.parse(text) as Answer
}

const DETAIL_LETTERS_MAX = 300
