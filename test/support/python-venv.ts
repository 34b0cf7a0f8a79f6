import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Making an environment fetches its packages, once a machine. */
const installMsMax = 120_000

/**
 * A Python that has these packages (`name==version`), in an environment under the temporary directory that later runs use
 * again; or why there is none, to be shown as the reason of a skip.
 * @param msMax for fetching them
 */
export function pythonWith(
  packages: readonly string[],
  msMax = installMsMax,
): { python: string } | { missing: string } {
  const digest = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12)
  const home = join(tmpdir(), `nicr-python-${digest}`)
  const python = join(home, 'bin', 'python')
  if (existsSync(python)) return { python }
  // Made aside and moved when whole, so that two runs at once, or one that was killed, leave no half of it.
  const draft = `${home}.${process.pid}`
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', draft]],
    [
      join(draft, 'bin', 'python'),
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
    ],
  ]
  for (const [command, parameters] of steps) {
    const { status, error, stderr } = spawnSync(command, parameters, {
      encoding: 'utf8',
      timeout: msMax,
    })
    if (status === 0) continue
    rmSync(draft, { recursive: true, force: true })
    return {
      missing: `${command} ${parameters.join(' ')}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`,
    }
  }
  try {
    renameSync(draft, home)
  } catch {
    rmSync(draft, { recursive: true, force: true })
  }
  return { python }
}
