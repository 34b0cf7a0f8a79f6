import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { NicrError } from '../schemas/errors.ts'

/** The embedded parts listen here and nowhere else. */
export const loopback = '127.0.0.1'

/** Below the ranges from which systems take ports of outgoing connections, so a free one stays free until it is used. */
const freePortMin = 20_000
const freePortMax = 32_000
const freePortTriesMax = 100

/**
 * Throws if another program listens on the port.
 * @throws NicrError NICR_PORT_IN_USE, or NICR_CONFIG_INVALID where the system does not let us have the port
 */
export async function assertPortFree(setting: string, part: string, port: number): Promise<void> {
  const problem = await tryPort(port)
  if (problem === null) return
  const remedy = `Stop that program, or set ${setting} to another port (0 takes a free one).`
  if (problem === 'EADDRINUSE')
    throw new NicrError(
      'NICR_PORT_IN_USE',
      `Port ${port} (${setting}) for ${part} is taken by another program. ${remedy}`,
    )
  throw new NicrError(
    'NICR_CONFIG_INVALID',
    `${setting}: port ${port} cannot be opened on ${loopback} (${problem}).`,
  )
}

/** A port of 127.0.0.1 that nothing listens on, and none of `taken`. */
export async function freePort(taken: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < freePortTriesMax; tries++) {
    const port = randomInt(freePortMin, freePortMax)
    if (!taken.has(port) && (await tryPort(port)) === null) return port
  }
  throw new NicrError(
    'NICR_PORT_IN_USE',
    `No free port was found on ${loopback} between ${freePortMin} and ${freePortMax}.`,
  )
}

/** null if the port can be listened on, else the system's code for why not. */
function tryPort(port: number): Promise<string | null> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
