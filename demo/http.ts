/** The server as a client sees it. */
export interface Server {
  readonly url: string
  readonly key: string
}

const ANSWER_MS_MAX = 20_000

/** The answer's JSON. @throws Error with status and problem where it is none of 2xx */
export async function ask<Answer>(
  { url, key }: Server,
  path: string,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const tooLong = AbortSignal.timeout(ANSWER_MS_MAX)
  const answer = await fetch(`${url}${path}`, {
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    signal: signal === undefined ? tooLong : AbortSignal.any([signal, tooLong]),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text.slice(0, DETAIL_LETTERS_MAX)}`)
  return JSON.parse(text) as Answer
}

const DETAIL_LETTERS_MAX = 300
