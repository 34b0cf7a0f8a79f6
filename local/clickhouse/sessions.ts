/** Sessions by `session_id`: a connection kept between requests, one request at a time, dropped when it rests too long. */
import type { Engine, EngineConnection } from './engine.ts'
import { ClickHouseException } from './exceptions.ts'
import type { ClickHouseRequest } from './request.ts'

const sessionsMax = 1000

export type Lease = { connection: EngineConnection; kept: boolean; release: () => void }
export type Sessions = {
  /** A connection for one request: of its session if it names one, otherwise a fresh one. */
  lease: (request: ClickHouseRequest) => Lease
  close: () => void
}

type Session = { connection: EngineConnection; busy: boolean; expiry: NodeJS.Timeout | undefined }

export function keepSessions(engine: Engine): Sessions {
  const sessions = new Map<string, Session>()
  const drop = (id: string) => {
    sessions.get(id)?.connection.close()
    sessions.delete(id)
  }
  return {
    lease({ session: wanted }) {
      if (wanted === undefined) {
        const connection = engine.connect()
        return { connection, kept: false, release: () => connection.close() }
      }
      const session = sessions.get(wanted.id) ?? begin(wanted)
      if (session.busy)
        throw new ClickHouseException(
          'SESSION_IS_LOCKED',
          `Session ${wanted.id} is locked by a concurrent client.`,
        )
      clearTimeout(session.expiry)
      session.busy = true
      const release = () => {
        session.busy = false
        session.expiry = setTimeout(drop, wanted.timeoutS * 1000, wanted.id).unref()
      }
      return { connection: session.connection, kept: true, release }
    },
    close() {
      for (const [id, session] of sessions) {
        clearTimeout(session.expiry)
        drop(id)
      }
    },
  }

  function begin(wanted: { id: string; mustExist: boolean }): Session {
    if (wanted.mustExist) throw new ClickHouseException('SESSION_NOT_FOUND', `Session ${wanted.id} not found`)
    if (sessions.size >= sessionsMax) {
      throw new ClickHouseException(
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many sessions. Maximum: ${sessionsMax}`,
      )
    }
    const session: Session = { connection: engine.connect(), busy: false, expiry: undefined }
    sessions.set(wanted.id, session)
    return session
  }
}
