import { readdirSync, readFileSync } from 'node:fs'

/** A part of a running Nicr, as the system sees it: all its processes together. */
export interface PartSize {
  readonly residentBytes: number
  /** Open files, sockets and the like. */
  readonly handles: number
}

/** Parts by what stands in the command line of their processes; the first that fits. */
const parts = [
  ['kafka', /kafka\.Kafka/],
  ['registry', /quarkus/],
  ['clickhouse', /local\/clickhouse/],
  ['encoders', /encoder-worker/],
  ['nicr', /nicr\.js/],
] as const

export type PartName = (typeof parts)[number][0]

const PAGE_BYTES = 4096

/** Sizes of the parts among a process and its descendants (Linux); empty where the system does not tell. */
export function partSizes(rootPid: number): ReadonlyMap<PartName, PartSize> {
  const sizes = new Map<PartName, PartSize>()
  for (const pid of descendants(rootPid)) {
    const size = sizeOf(pid)
    if (size === null) continue
    const [name, { residentBytes, handles }] = size
    const known = sizes.get(name) ?? { residentBytes: 0, handles: 0 }
    sizes.set(name, {
      residentBytes: known.residentBytes + residentBytes,
      handles: known.handles + handles,
    })
  }
  return sizes
}

function descendants(rootPid: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? parentOf(Number(entry)) : null
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  const found: number[] = []
  const waiting = [rootPid]
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    found.push(pid)
    waiting.push(...(children.get(pid) ?? []))
  }
  return found
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}

/** null: it is none of the parts, or gone meanwhile. */
function sizeOf(pid: number): readonly [PartName, PartSize] | null {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    const part = parts.find(([, pattern]) => pattern.test(command))
    if (part === undefined) return null
    const residentBytes = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES
    return [part[0], { residentBytes, handles: readdirSync(`/proc/${pid}/fd`).length }]
  } catch {
    return null
  }
}
