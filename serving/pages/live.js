/**
 * The socket: opens with a fresh ticket, subscribes, and after a break comes back by itself, at the cursor of the last
 * score it saw, so that nothing is lost and nothing comes twice.
 */
const WAIT_MIN_MS = 500
const WAIT_MAX_MS = 15_000

export function openLive({ subscription, ticket, onState, onFrame, onOpen }) {
  let socket = null
  let cursor = null
  let attempts = 0

  async function connect() {
    onState('waiting', attempts === 0 ? 'Connecting…' : 'Reconnecting…')
    const { ok, body } = await ticket()
    if (!ok) return retry(body.detail)
    socket = new WebSocket(
      `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/live`,
      body.protocols,
    )
    socket.addEventListener('open', () => {
      attempts = 0
      send({ type: 'subscribe', ...subscription, ack: true })
      if (cursor !== null) send({ type: 'resume', cursor })
      onState('live', 'Live')
      onOpen()
    })
    socket.addEventListener('message', ({ data }) => receive(JSON.parse(data)))
    socket.addEventListener('close', () => retry('The connection was lost'))
  }

  function receive(frame) {
    // The acknowledgement gives a first cursor; after a break the old one still has to bring what was missed.
    if (frame.cursor !== undefined && (frame.type !== 'subscribed' || cursor === null)) cursor = frame.cursor
    if (frame.type === 'error' && frame.code === 'NICR_CURSOR_EXPIRED') cursor = null
    onFrame(frame)
  }

  function retry(why) {
    socket = null
    // Jitter, so that the clients of a replica that stopped do not come back all at once.
    const waitMs = Math.min(WAIT_MAX_MS, WAIT_MIN_MS * 2 ** attempts) * (0.5 + Math.random())
    attempts++
    onState('waiting', `${why}; trying again`)
    setTimeout(connect, waitMs)
  }

  /** Answers whether the frame could be sent. */
  function send(frame) {
    if (socket?.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(frame))
    return true
  }

  void connect()
  return { send }
}
