import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { NicrError } from '../../schemas/errors.ts'
import type { AddRoutes, RouteContext } from './context.ts'

/** `POST /v1/images` takes an image in; `GET /v1/images` shows one to those who tag and moderate. */
export const addImageRoutes: AddRoutes = (app, context) => {
  // Uploads have parsers of their own, which no other route may take.
  app.register(async scope => addUploadRoute(scope, context))

  const { parts, limits } = context
  const shown = {
    config: { access: ['label', 'moderate', 'admin'] },
    handlerTimeout: limits.imageMs,
  } as const
  const answer = {
    produces: 'image/jpeg',
    response: { 200: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }) },
  } as const
  app.get<{ Params: { sha256: string } }>(
    '/v1/images/:sha256',
    {
      ...shown,
      schema: {
        summary: 'A stored image to look at: its first frame as a JPEG of at most 1024 pixels a side.',
        params: Type.Object({ sha256: Type.String({ description: '64 hex digits, lower case.' }) }),
        problems: [
          ...decodeProblems,
          'NICR_IMAGE_REF_INVALID',
          'NICR_IMAGE_NOT_FOUND',
          'NICR_IMAGE_DIGEST_MISMATCH',
        ],
        ...answer,
      },
    },
    ({ params }, reply) => sendPreview(reply, parts.images.preview({ ref: `blob:${params.sha256}` })),
  )
  app.get<{ Querystring: { ref: string } }>(
    '/v1/images',
    {
      ...shown,
      schema: {
        summary: 'The same of any image that content may name: blob:, https: (allowed hosts), s3: or data:.',
        querystring: Type.Object(
          { ref: Type.String({ minLength: 1, maxLength: REF_LENGTH_MAX }) },
          { additionalProperties: false },
        ),
        problems: [...decodeProblems, ...fetchProblems],
        ...answer,
      },
    },
    ({ query }, reply) => sendPreview(reply, parts.images.preview({ ref: query.ref })),
  )
}

const REF_LENGTH_MAX = 16_384
const decodeProblems = [
  'NICR_IMAGE_UNREADABLE',
  'NICR_IMAGE_TYPE_UNSUPPORTED',
  'NICR_IMAGE_TOO_LARGE',
  'NICR_IMAGE_TIMEOUT',
  'NICR_BLOBS_UNAVAILABLE',
  'NICR_ANSWER_TIMEOUT',
] as const
const fetchProblems = [
  'NICR_IMAGE_REF_INVALID',
  'NICR_IMAGE_NOT_FOUND',
  'NICR_IMAGE_HOST_REFUSED',
  'NICR_IMAGE_FETCH_FAILED',
  'NICR_IMAGE_DIGEST_MISMATCH',
] as const

function addUploadRoute(app: FastifyInstance, { parts, limits }: RouteContext): void {
  const { bytesMax } = parts.config.images
  let uploads = 0
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^(?:image\/|application\/octet-stream)/i,
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  )
  app.addContentTypeParser('*', (_request, _payload, done) => done(unsupported()))
  app.post<{ Body: Buffer | undefined }>(
    '/v1/images',
    {
      config: { access: ['publish'] },
      bodyLimit: bytesMax,
      handlerTimeout: limits.imageMs,
      // Before the body is read: each upload holds its image in memory.
      preParsing: async (_request, reply, payload) => {
        if (uploads >= limits.uploadsMax)
          throw new NicrError(
            'NICR_RATE_LIMITED',
            `${limits.uploadsMax} images are being taken in; try again`,
          )
        uploads++
        reply.raw.once('close', () => uploads--)
        return payload
      },
      schema: {
        summary:
          'Stores an image without its metadata, for content to name by `ref`. The same image again is the same ref.',
        takes: [
          'image/jpeg',
          'image/png',
          'image/webp',
          'image/gif',
          'image/avif',
          'application/octet-stream',
        ],
        problems: [...decodeProblems, 'NICR_BODY_TOO_LARGE'],
        response: { 201: Stored },
      },
    },
    async ({ body }, reply) => {
      if (body === undefined)
        throw new NicrError('NICR_IMAGE_UNREADABLE', 'the body is empty; send the image’s file')
      const stored = await parts.images.put(body)
      reply.code(201)
      return stored
    },
  )
}

function unsupported(): NicrError {
  return new NicrError(
    'NICR_IMAGE_TYPE_UNSUPPORTED',
    'send the image’s file as it is, as image/jpeg, image/png, … or application/octet-stream',
  )
}

async function sendPreview(reply: FastifyReply, preview: Promise<Uint8Array>): Promise<FastifyReply> {
  const jpeg = await preview
  return reply.type('image/jpeg').header('cache-control', 'private, max-age=3600').send(jpeg)
}

const Stored = Type.Object({
  ref: Type.String({ description: 'How content names it: `blob:` and the sha256.' }),
  sha256: Type.String({ description: 'Of what is stored, hex: the file without its metadata.' }),
  mimeType: Type.String({ description: 'By the file’s content.' }),
  width: Type.Integer({ description: 'Pixels, as it is shown.' }),
  height: Type.Integer(),
})
