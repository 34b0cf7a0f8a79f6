// Prints scores as they are made, until stopped: npm install ws
import WebSocket from 'ws'

const server = process.env.SERVER_URL ?? 'ws://127.0.0.1:8080'
const key = process.argv[2]
if (key === undefined) throw new Error('say the API key: node follow-scores.js KEY')
const socket = new WebSocket(`${server}/v1/live`, 'nicr.v1', { headers: { 'X-API-Key': key } })
// A moderator's key may follow everything; a reader's takes { content: [ids] } or { authors: [names] }.
socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', all: true })))
socket.on('message', data => {
  const frame = JSON.parse(data)
  if (frame.type === 'score') console.log(frame.contentId, frame.kind, frame.value, frame.label)
  else console.log(frame)
})
socket.on('unexpected-response', (_request, { statusCode }) => {
  console.error(`${server} refused: ${statusCode}${statusCode === 401 ? ', the key is not known' : ''}`)
  process.exitCode = 1
})
