import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import fastify from 'fastify'

const options: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      // Pages fetch pictures with their key and show them from memory.
      imgSrc: ["'self'", 'blob:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'no-referrer' },
  // Whoever ends TLS in front of Nicr sets this; on plain HTTP it means nothing.
  strictTransportSecurity: false,
}

/** Headers that every answer of fastify has anyway. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'content-type', 'date'])

/**
 * The headers that tell browsers to be strict, as helmet makes them: the same for every answer. Helmet itself would write
 * them anew each time, which takes longer than to score a text.
 */
export async function makeStrictHeaders(): Promise<Readonly<Record<string, string>>> {
  const app = fastify()
  await app.register(helmet, options)
  app.get('/', async () => '')
  const { headers } = await app.inject('/')
  await app.close()
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      OWN_HEADERS.has(name) ? [] : [[name, String(value)]],
    ),
  )
}
