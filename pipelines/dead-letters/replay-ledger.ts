/** Names the transactional id of replays and the compacted topic that says which letters were replayed. */
export const REPLAY_DEAD_LETTERS = 'replay-dead-letters'
