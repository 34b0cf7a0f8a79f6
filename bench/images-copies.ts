import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createRandom } from '../jobs/random.ts'
import { similarityOf } from '../processors/images/compare-pictures.ts'
import { type CopyEntry, createCopyBank, SIMILARITY_MIN } from '../processors/images/copy-bank.ts'
import { LayeredCopyBank } from '../processors/images/layered-copy-bank.ts'
import { hashPicture, unpackHash } from '../processors/images/picture-hash.ts'
import { rasterOf } from './logo-pictures.ts'
import { changePicture, type PictureChange, pictureChanges } from './picture-changes.ts'
import { fontSets, makeScene, makeTextPictures } from './text-pictures.ts'

export interface CopyBenchOptions {
  /** Pictures of which no group was used to choose anything by. */
  readonly pictures: readonly GroupedPicture[]
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

/** A picture whose group holds all its near-copies, as far as whoever sorted them saw. */
export interface GroupedPicture {
  readonly file: Buffer
  readonly group: string
  readonly kind: string
}

export interface CopyBenchResult {
  /** In the bank. */
  readonly entries: number
  /** Share of the changed pictures that are known, by change; and of these, as another picture of its campaign. */
  readonly known: Readonly<Record<PictureChange, number>>
  readonly asAnother: number
  /** Share of pairs of different groups that are taken for near-copies: all, and those of kinds that have no picture in common. */
  readonly pairs: number
  readonly falsePairs: number
  readonly unrelatedPairs: number
  readonly falseUnrelatedPairs: number
  readonly hashCpuMs: number
  readonly bytesAnEntry: number
  /** CPU by entries of the bank. */
  readonly banks: readonly BankCost[]
}

export interface BankCost {
  readonly entries: number
  readonly findCpuMs: number
  /** Of indexing it whole, and of the search after one more entry came. */
  readonly indexCpuMs: number
  readonly growCpuMs: number
}

/** Half of the pictures are in the bank; those of the other half are held against it. */
const BANK_SHARE = 0.5
const SEED = 2026
const BANK_SIZES = [1_000, 10_000]
const FINDS = 100
const GROWTHS = 20
/** Bits of a descriptor that differ in an entry that was made up, of 128. */
const BITS_CHANGED = 8
const HEADER_BYTES = 6
const POINT_BYTES = 21
const DESCRIPTOR_AT = 5
/** Kinds of the public set of which no picture lies under one of another kind. */
const UNRELATED = new Set(['ham-photo', 'ham-meme', 'spam-ish', 'drawn'])

/**
 * Measures how well near-copies are known again, how often others are taken for them, and what a search costs.
 * @throws the signal's reason
 */
export async function benchCopies({ pictures, signal, report }: CopyBenchOptions): Promise<CopyBenchResult> {
  const random = createRandom(SEED)
  let hashCpuMs = 0
  let hashed = 0
  const hash = async (file: Buffer) => {
    const image = await rasterOf(file)
    const { ms, value } = cpuMsOf(() => hashPicture(image))
    hashCpuMs += ms
    hashed++
    return value
  }
  const entries: (CopyEntry & GroupedPicture)[] = []
  for (const [i, picture] of pictures.entries()) {
    signal.throwIfAborted()
    report(`copies: picture ${i + 1} of ${pictures.length}`)
    entries.push({ ...picture, id: String(i), name: '', weight: 1, hashes: await hash(picture.file) })
  }
  const held = entries.slice(0, Math.ceil(BANK_SHARE * entries.length))
  const bank = createCopyBank(held)
  const known: Partial<Record<PictureChange, number>> = {}
  let another = 0
  const queries: Uint8Array[] = []
  for (const change of pictureChanges) {
    let count = 0
    for (const [i, { file, id }] of held.entries()) {
      signal.throwIfAborted()
      report(`copies: ${change}, picture ${i + 1} of ${held.length}`)
      const hashes = await hash(await changePicture(file, change, random))
      queries.push(hashes)
      const match = bank.find(hashes)
      if (match !== null) count++
      if (match !== null && match.entry !== id) another++
    }
    known[change] = count / held.length
  }
  report('copies: pairs of different pictures')
  return {
    entries: held.length,
    known: known as Record<PictureChange, number>,
    asAnother: another / queries.length,
    ...countFalse(entries),
    hashCpuMs: hashCpuMs / hashed,
    bytesAnEntry: entries.reduce((sum, { hashes }) => sum + hashes.length, 0) / entries.length,
    banks: BANK_SIZES.map(size => {
      signal.throwIfAborted()
      report(`copies: a bank of ${size}`)
      return costOf(madeUp(entries, size, random), queries)
    }),
  }
}

function countFalse(entries: readonly (CopyEntry & GroupedPicture)[]) {
  const points = entries.map(({ hashes }) => unpackHash(hashes))
  const counts = { pairs: 0, falsePairs: 0, unrelatedPairs: 0, falseUnrelatedPairs: 0 }
  for (const [i, one] of entries.entries()) {
    for (const [j, other] of entries.slice(0, i).entries()) {
      if (one.group === other.group || points[i] == null || points[j] == null) continue
      const isFalse = similarityOf(points[i], points[j]) >= SIMILARITY_MIN
      counts.pairs++
      if (isFalse) counts.falsePairs++
      const areUnrelated =
        UNRELATED.has(one.kind) &&
        UNRELATED.has(other.kind) &&
        !(one.kind === 'spam-ish' && other.kind === 'spam-ish')
      if (!areUnrelated) continue
      counts.unrelatedPairs++
      if (isFalse) counts.falseUnrelatedPairs++
    }
  }
  const share = (count: number, of: number) => (of === 0 ? 0 : count / of)
  return {
    ...counts,
    falsePairs: share(counts.falsePairs, counts.pairs),
    falseUnrelatedPairs: share(counts.falseUnrelatedPairs, counts.unrelatedPairs),
  }
}

/** Pictures that nobody drew: each has points of many others, a few bits apart, so that parts are as common as among real ones. */
function madeUp(entries: readonly CopyEntry[], size: number, random: () => number): CopyEntry[] {
  const real = entries.map(({ hashes }) => hashes).filter(({ length }) => length > 0)
  const pick = () => real[Math.floor(random() * real.length)]!
  return Array.from({ length: size }, (_, n) => {
    const hashes = Uint8Array.from(pick())
    for (let i = 0, at = HEADER_BYTES + DESCRIPTOR_AT; i < hashes[1]!; i++, at += POINT_BYTES) {
      const other = pick()
      const from = HEADER_BYTES + DESCRIPTOR_AT + POINT_BYTES * Math.floor(random() * other[1]!)
      hashes.set(other.subarray(from, from + POINT_BYTES - DESCRIPTOR_AT), at)
      for (let k = 0; k < BITS_CHANGED; k++) {
        const bit = Math.floor(random() * 8 * (POINT_BYTES - DESCRIPTOR_AT))
        hashes[at + (bit >> 3)]! ^= 1 << (bit & 7)
      }
    }
    return { id: `made-up-${n}`, name: '', weight: 1, hashes }
  })
}

function costOf(entries: readonly CopyEntry[], queries: readonly Uint8Array[]): BankCost {
  const asked = Array.from({ length: FINDS }, (_, i) => queries[(i * 7) % queries.length]!)
  const index = cpuMsOf(() => {
    const bank = new LayeredCopyBank(entries.slice(GROWTHS))
    bank.find(asked[0]!)
    return bank
  })
  let bank = index.value
  for (const hashes of asked) bank.find(hashes)
  const found = cpuMsOf(() => {
    for (const hashes of asked) bank.find(hashes)
  })
  const grown = cpuMsOf(() => {
    for (let i = GROWTHS - 1; i >= 0; i--) {
      bank = new LayeredCopyBank(entries.slice(i), bank)
      bank.find(asked[i]!)
    }
  })
  return {
    entries: entries.length,
    findCpuMs: found.ms / FINDS,
    indexCpuMs: index.ms,
    growCpuMs: grown.ms / GROWTHS,
  }
}

/**
 * Pictures of those groups of the public set on which nothing was chosen, all kinds, in an order without meaning, at most `max`; drawn ones
 * where it is not there.
 */
export async function readGroupedPictures(dataDir: string, max: number): Promise<GroupedPicture[]> {
  const folder = join(dataDir, 'image-spam')
  const manifest = join(folder, 'manifest.jsonl.gz')
  if (!existsSync(manifest)) return drawPictures(max)
  const digest = (of: string) => createHash('sha256').update(of)
  return gunzipSync(readFileSync(manifest))
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { id: string; kind: string; group: string; file: string })
    .filter(({ group }) => (digest(`near${group}`).digest()[0]! & 1) === 0)
    .map(row => ({ ...row, order: digest(row.id).digest('hex') }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, max)
    .map(({ kind, group, file }) => ({ kind, group, file: readFileSync(join(folder, file)) }))
}

async function drawPictures(count: number): Promise<GroupedPicture[]> {
  const files: Buffer[] = []
  for (let i = 0; i < count / 2; i++) files.push(await makeScene(SEED + i))
  for await (const { file } of makeTextPictures(Math.floor(count / 2), { fonts: fontSets.judge, seed: SEED }))
    files.push(file)
  return files.map((file, i) => ({ file, group: String(i), kind: 'drawn' }))
}

function cpuMsOf<Value>(work: () => Value): { readonly ms: number; readonly value: Value } {
  const before = process.cpuUsage()
  const value = work()
  const { user, system } = process.cpuUsage(before)
  return { ms: (user + system) / 1000, value }
}
