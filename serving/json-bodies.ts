import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NicrError } from '../schemas/errors.ts'

/**
 * Takes `application/json` bodies, and no others. JSON is UTF-8 (RFC 8259): other encodings and compressed bodies are
 * refused instead of being read as rubbish. Errors never quote the body: it may hold a draft.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const refusal = refusalOf(request, body as Buffer)
    if (refusal === null) void parse(request, body.toString(), done)
    else done(refusal)
  })
}

function refusalOf({ headers }: FastifyRequest, body: Buffer): NicrError | null {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8'
  if (!/^utf-?8$/i.test(charset))
    return new NicrError('NICR_MEDIA_TYPE_UNSUPPORTED', 'JSON is UTF-8; send the body as charset=utf-8')
  if (!/^(identity)?$/i.test(headers['content-encoding'] ?? ''))
    return new NicrError(
      'NICR_MEDIA_TYPE_UNSUPPORTED',
      'compressed bodies are not taken; send the body without Content-Encoding',
    )
  return isUtf8(body)
    ? null
    : new NicrError('NICR_BODY_INVALID', 'the body is not valid UTF-8; encode the JSON as UTF-8')
}
