/** Every bound of the client in one table; `limits` of a client's options overrides single ones. */
export const clientLimits = {
  /** Drafts remembered at once; the one that was not used for longest is forgotten first. The server's limit. */
  draftsMax: 64,
  /** Outcomes waiting for a socket; the oldest goes first. */
  outcomesMax: 100,
  /** Contents and authors followed at once. The server's limits. */
  contentMax: 1_000,
  authorsMax: 100,
  /** While more waits in the socket than this, drafts stay here, where a later text replaces an earlier one. */
  bufferedBytesMax: 64 * 1024,
  /** How often a full socket is looked at again: browsers do not say when one has drained. */
  drainPollMs: 50,
  /** A socket that is not open by then is given up. */
  connectMs: 10_000,
  /** A draft sent and not answered by then has failed. The server answers or refuses within 5 s. */
  answerMs: 10_000,
  /** The first wait before coming back, doubled with each failure up to the longest. */
  waitMinMs: 500,
  waitMaxMs: 30_000,
  /** The longest wait a server may ask for. */
  waitHintMaxMs: 300_000,
} as const

export type ClientLimits = { readonly [Name in keyof typeof clientLimits]: number }
