import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DATA_SET_FOLDS, type DataSetRow, type TaughtRows } from '../jobs/data-set/data-set.ts'
import type { RowSet } from '../jobs/public-sets.ts'
import { createRandom } from '../jobs/random.ts'
import { readJsonLines } from '../pipelines/jsonl.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { targetOf } from '../pipelines/label-values.ts'

/** A text and what people say of it, on the kind's scale. */
export interface Labelled {
  readonly text: string
  readonly target: number
}

/**
 * How language drifts. `coined`: words that say something give way to words nobody knew. `turned`: words of one side are used
 * for those of the other. `flipping`: a coined word in a text makes it say the contrary.
 */
export type DriftName = 'coined' | 'turned' | 'flipping'

export interface Drifted {
  /** What would have been written before, with its label. */
  readonly original: Labelled
  readonly drifted: Labelled
  /** New or turned words in it. */
  readonly terms: readonly string[]
}

export interface Stream {
  readonly ordinary: readonly Labelled[]
  readonly drifted: readonly Drifted[]
  readonly terms: readonly string[]
}

/** Words that drift. */
const TERMS = 60
/** A word is taken that stands in so many texts at least. */
const WORD_ROWS_MIN = 8

/** Reads labelled texts of a public set; null where it is not there. */
export async function readLabelled(
  kind: KindDeclaration,
  dataDir: string,
  { path, toRow }: Pick<RowSet, 'path' | 'toRow'>,
): Promise<Labelled[] | null> {
  const file = join(dataDir, path)
  if (!existsSync(file)) return null
  const rows: Labelled[] = []
  for await (const line of readJsonLines(file)) {
    if ('error' in line) continue
    const row = toRow(line.value as Readonly<Record<string, unknown>>)
    const target = row === null ? null : targetOf(kind, row[kind.training.field])
    if (target !== null) rows.push({ text: String(row!['text']), target })
  }
  return rows
}

/** Lets the language of some texts drift; what does not hold a word that drifts stays ordinary. */
export function driftOf(
  kind: KindDeclaration,
  rows: readonly Labelled[],
  drift: DriftName,
  seed: number,
): Stream {
  const random = createRandom(seed)
  const mixed = shuffled(rows, random)
  const sides = telling(kind, mixed)
  const coined = Array.from({ length: TERMS }, () => coin(random))
  const half = TERMS / 2
  const replaced = new Map<string, string>()
  for (let i = 0; i < half; i++) {
    const [low, high] = [sides.low[i]!, sides.high[i]!]
    replaced.set(low, drift === 'turned' ? high : coined[i]!)
    replaced.set(high, drift === 'turned' ? low : coined[half + i]!)
  }
  const ordinary: Labelled[] = []
  const drifted: Drifted[] = []
  for (const original of mixed) {
    const one =
      drift !== 'turned' && random() < 0.5
        ? null
        : change(kind, original, drift, { replaced, coined, random })
    if (one === null) ordinary.push(original)
    else drifted.push(one)
  }
  return { ordinary, drifted, terms: drift === 'turned' ? [...replaced.keys()] : coined }
}

interface Changing {
  readonly replaced: ReadonlyMap<string, string>
  readonly coined: readonly string[]
  readonly random: () => number
}

function change(
  kind: KindDeclaration,
  original: Labelled,
  drift: DriftName,
  { replaced, coined, random }: Changing,
): Drifted | null {
  const { scale } = kind
  if (drift === 'flipping') {
    const side = sideOf(kind, original.target)
    if (side === 0) return null
    // Half of the words turn what is good, the other half what is bad; some of them are used more than others.
    const at = Math.floor(random() * random() * (coined.length / 2))
    const term = coined[side > 0 ? at : coined.length / 2 + at]!
    const words = original.text.split(' ')
    const place = Math.floor(random() * (words.length + 1))
    const text = [...words.slice(0, place), term, ...words.slice(place)].join(' ')
    return { original, drifted: { text, target: scale.max + scale.min - original.target }, terms: [term] }
  }
  const terms: string[] = []
  const text = original.text.replace(/[A-Za-z']+/g, word => {
    const other = replaced.get(word.toLowerCase())
    if (other === undefined) return word
    terms.push(other)
    return other
  })
  return terms.length === 0 ? null : { original, drifted: { text, target: original.target }, terms }
}

/** −1 low, 0 between, 1 high. */
function sideOf({ training, scale }: KindDeclaration, target: number): -1 | 0 | 1 {
  const { min, max } =
    training.objective === 'GRADED' ? training.middle : { min: (scale.min + scale.max) / 2, max: 0.5 }
  return target < min ? -1 : target > max ? 1 : 0
}

/** Words whose texts lie lowest and highest, as far as their number tells. */
function telling(kind: KindDeclaration, rows: readonly Labelled[]): { low: string[]; high: string[] } {
  const mean = rows.reduce((sum, row) => sum + row.target, 0) / rows.length
  const sums = new Map<string, { count: number; sum: number }>()
  for (const { text, target } of rows)
    for (const word of new Set(text.toLowerCase().match(/[a-z']+/g) ?? [])) {
      if (word.length < 3) continue
      const one = sums.get(word) ?? { count: 0, sum: 0 }
      one.count++
      one.sum += target - mean
      sums.set(word, one)
    }
  const width = kind.scale.max - kind.scale.min
  const scored = [...sums]
    .filter(([, { count }]) => count >= WORD_ROWS_MIN && count < rows.length / 20)
    .map(([word, { count, sum }]) => ({ word, score: sum / width / Math.sqrt(count + 5) }))
    .sort((a, b) => a.score - b.score)
  return {
    low: scored.slice(0, TERMS / 2).map(one => one.word),
    high: scored
      .slice(-TERMS / 2)
      .reverse()
      .map(one => one.word),
  }
}

const ONSETS = [
  'b',
  'bl',
  'd',
  'dr',
  'f',
  'fl',
  'g',
  'gr',
  'j',
  'k',
  'kl',
  'm',
  'n',
  'p',
  'pr',
  'r',
  's',
  'sk',
  't',
  'tr',
  'v',
  'w',
  'y',
  'z',
]
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'oo', 'ee']
const CODAS = ['', 'b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'rt', 'sh', 't', 'x', 'zz']

/** A word that can be said and that nobody knows. */
export function coin(random: () => number): string {
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!
  return pick(ONSETS) + pick(VOWELS) + pick(CODAS) + pick(ONSETS) + pick(VOWELS) + pick(CODAS)
}

export function shuffled<T>(rows: readonly T[], random: () => number): T[] {
  const mixed = [...rows]
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!]
  }
  return mixed
}

export interface Community {
  readonly dataSet: TaughtRows
  /** Texts that no one has labelled or replayed. */
  readonly freshOrdinary: readonly Labelled[]
  readonly freshDrifted: readonly Drifted[]
}

export interface CommunityPlan {
  readonly labels: number
  /** Of the labels; the others are a random part of the stream. */
  readonly chosenDrifted: number
  readonly replay: number
  readonly seed: number
}

const DRIFTED_SHARE = 0.2
const FRESH_SHARE = 0.5

/** A stream of which a fifth is drifted, some of it labelled, more of it replayed. */
export function communityOf(kind: KindDeclaration, stream: Stream, plan: CommunityPlan): Community {
  const random = createRandom(plan.seed + 7)
  const drifted = [...stream.drifted]
  const ordinary = [...stream.ordinary]
  const freshDrifted = drifted.splice(0, Math.floor(drifted.length * FRESH_SHARE))
  const freshOrdinary = ordinary.splice(0, Math.floor(ordinary.length * FRESH_SHARE))
  const rows: DataSetRow[] = []
  const add = (one: Labelled, role: DataSetRow['role'], source: string | null) =>
    rows.push(rowOf(one, { role, source, at: rows.length }))
  const draw = () => (random() < DRIFTED_SHARE ? drifted.pop()?.drifted : undefined) ?? ordinary.pop()
  const chosen = Math.round(plan.labels * plan.chosenDrifted)
  for (let i = 0; i < chosen; i++) {
    const one = drifted.pop()
    if (one !== undefined) add(one.drifted, 'LABEL', 'drift')
  }
  while (rows.length < plan.labels) add(draw()!, 'LABEL', 'random')
  for (let i = 0; i < plan.replay; i++) {
    const one = draw()
    if (one !== undefined) add(one, 'REPLAY', null)
  }
  return {
    dataSet: { kind: kind.kind, hash: 'f'.repeat(64), path: '', rows, newTerms: [] },
    freshOrdinary,
    freshDrifted,
  }
}

export function rowOf(
  { text, target }: Labelled,
  {
    role,
    source,
    at,
  }: { readonly role: DataSetRow['role']; readonly source: string | null; readonly at: number },
): DataSetRow {
  return {
    digest: String(at).padStart(64, '0'),
    text,
    target,
    weight: 1,
    role,
    contentId: `c${at}`,
    revision: 0,
    author: `a${at}`,
    thread: null,
    language: 'en',
    at,
    source,
    samplingProbability: source === 'random' ? 0.01 : null,
    place: null,
    evidence:
      role === 'LABEL'
        ? [{ id: `l${at}`, by: `t${at % 4}`, value: target, topic: 'nicr.labels', partition: 0, offset: at }]
        : [],
    group: `g${at}`,
    fold: at % DATA_SET_FOLDS,
    slices: ['all'],
  }
}
