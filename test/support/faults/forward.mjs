import { connect, createServer } from 'node:net'

/**
 * Passes connections on: `node forward.mjs PORT HOST HOST_PORT` listens on the loopback of where it runs. The embedded ClickHouse
 * serves only who asks for it by a name of its own machine, which the far end of a cable is not.
 */
const [port, host, hostPort] = process.argv.slice(2)
const server = createServer(incoming => {
  const outgoing = connect({ host, port: Number(hostPort) })
  for (const [from, to] of [
    [incoming, outgoing],
    [outgoing, incoming],
  ]) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
})
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
