/** `nicr/client`: live scores for browsers and Node. */
export type { ConnectionState, WebSocketConstructor, WebSocketLike } from './connection.ts'
export { type Draft, LiveError } from './drafts.ts'
export type * from './frames.ts'
export { type ClientLimits, clientLimits } from './limits.ts'
export { createLiveClient, type LiveClient, type LiveClientOptions, type LiveEvents } from './live-client.ts'
export { type StreamItem, streamScores } from './score-stream.ts'
