import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { type ErrorCode, errorTable, NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import { clickHouseCommand } from './clickhouse/command.ts'
import { type Part, type PartContext, startPart } from './part.ts'

const graceMs = 15_000

/** The one line the process prints on stdout. */
type Announcement =
  | { readonly ready: true; readonly port: number }
  | { readonly ready: false; readonly code: string; readonly detail: string }

/** Starts the ClickHouse engine behind its HTTP endpoint, in a process of its own: a crash of the engine ends only that. */
export async function startClickhouse(context: PartContext): Promise<Part> {
  const program = packagePath('dist', 'local', 'clickhouse', 'main.js')
  if (!existsSync(program))
    throw new NicrError(
      'NICR_PART_FAILED',
      `The ClickHouse endpoint is not built: ${program} is missing. Run \`npm run build\`.`,
    )
  const { port, dataDir } = context
  const folder = join(dataDir.path, 'clickhouse')
  const heard: { announcement: Announcement | null } = { announcement: null }
  const stdout = new PassThrough()
  listen(stdout, announcement => (heard.announcement ??= announcement))
  return startPart(
    {
      name: 'clickhouse',
      title: 'The embedded ClickHouse endpoint',
      command: clickHouseCommand({ port, dataDir: folder }),
      graceMs,
      ownLogs: [],
      onStdout: chunk => stdout.write(chunk),
      ready: async () => {
        const { announcement } = heard
        if (announcement?.ready === false)
          throw new NicrError(knownCode(announcement.code), announcement.detail)
        return announcement?.port ?? null
      },
    },
    context,
  )
}

/** Whatever else is printed is read and dropped, so that stdout never fills. */
function listen(stdout: PassThrough, onAnnouncement: (announcement: Announcement) => void): void {
  const lines = createInterface({ input: stdout })
  lines.on('line', line => {
    try {
      onAnnouncement(JSON.parse(line) as Announcement)
    } catch {
      // Not the announcement.
    }
  })
}

function knownCode(code: string): ErrorCode {
  return code in errorTable ? (code as ErrorCode) : 'NICR_PART_FAILED'
}
