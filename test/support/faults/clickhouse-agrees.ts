import type { TopicName } from '../../../schemas/topics.ts'
import { tableOf } from '../../../schemas/topics.ts'
import type { OwnNicr } from '../own-nicr.ts'
import { decoded, type Ledger, type Placed } from './ledger.ts'

/** Topics that Nicr writes itself and that are compared by the ids of their records alone. */
const BY_ID: readonly TopicName[] = [
  'feature-profiles',
  'drift-reports',
  'retrain-requests',
  'label-samples',
  'model-promotions',
  'retrain-steps',
]

/** Where ClickHouse's views say something else than what the topics come to. */
export async function clickhouseDisagreements(nicr: OwnNicr, ledger: Ledger): Promise<string[]> {
  const faults: string[] = []
  const compare = async (view: string, wanted: ReadonlyMap<string, string>, sql: string): Promise<void> => {
    const rows = await nicr.clickhouse.query<{ key: string; what: string }>(sql)
    const found = new Map(rows.map(({ key, what }) => [key, what]))
    if (found.size !== rows.length) faults.push(`${view}: ${rows.length - found.size} rows are repeated`)
    for (const [key, what] of wanted)
      if (found.get(key) !== what)
        faults.push(`${view} of ${key}: ${found.get(key) ?? 'no row'}, and not ${what}`)
    for (const key of found.keys())
      if (!wanted.has(key)) faults.push(`${view} of ${key}: nothing on the topic`)
  }

  await compare(
    'content_history',
    lastOf(ledger.content, ({ id, revision, action }) => `${id}/${revision}/${action}`, placeOf),
    "SELECT concat(id, '/', toString(revision), '/', action) AS key, concat(toString(_partition), '/', toString(_offset)) AS what FROM content_history",
  )
  await compare(
    'content',
    currentOf(
      ledger.content,
      ({ id }) => id,
      ({ action }) => action === 'DELETED',
      placeOf,
    ),
    "SELECT id AS key, concat(toString(_partition), '/', toString(_offset)) AS what FROM content",
  )
  await compare(
    'votes',
    lastOf(ledger.votes, ({ contentId, id }) => `${contentId}/${id}`, placeOf),
    "SELECT concat(contentId, '/', id) AS key, concat(toString(_partition), '/', toString(_offset)) AS what FROM votes",
  )
  const champions = ledger.scores.filter(({ value }) => value.alias === 'CHAMPION')
  await compare(
    'score_history',
    lastOf(champions, ({ id }) => id, scoreOf),
    `SELECT id AS key, ${SCORE_SQL} AS what FROM score_history WHERE alias = 'CHAMPION'`,
  )
  await compare(
    'scores',
    currentOf(
      champions,
      ({ contentId, kind }) => `${contentId}/${kind}`,
      ({ status }) => status === 'CLEARED',
      scoreOf,
    ),
    `SELECT concat(contentId, '/', kind) AS key, ${SCORE_SQL} AS what FROM scores WHERE alias = 'CHAMPION'`,
  )
  for (const topic of BY_ID) {
    const { placed } = await decoded(nicr, topic)
    const id = topic === 'label-samples' ? 'sampleId' : 'id'
    await compare(
      tableOf(topic),
      lastOf(
        placed as unknown as Placed<Readonly<Record<string, unknown>>>[],
        value => String(value[id]),
        placeOf,
      ),
      `SELECT ${id} AS key, concat(toString(_partition), '/', toString(_offset)) AS what FROM ${tableOf(topic)}`,
    )
  }
  const [letters] = await nicr.clickhouse.query<{ n: number }>(
    'SELECT uniqExact(_partition, _offset) AS n FROM dead_letters',
  )
  const due = new Set(ledger.raw['dead-letters'].map(letterKey)).size
  if (letters!.n !== due) faults.push(`dead_letters: ${letters!.n} rows, and not ${due}`)
  return faults
}

const SCORE_SQL =
  "concat(toString(_partition), '/', toString(_offset), ' ', status, ' ', ifNull(toString(value), 'null'))"

function scoreOf({ partition, offset, value }: Placed<{ status: string; value: number | null }>): string {
  return `${partition}/${offset} ${value.status} ${value.value}`
}

function placeOf({ partition, offset }: Placed<unknown>): string {
  return `${partition}/${offset}`
}

/** A letter that the sink wrote again is the same letter. */
function letterKey({ headers }: Ledger['raw']['dead-letters'][number]): string {
  return ['__connect.errors.topic', '__connect.errors.partition', '__connect.errors.offset', 'nicr-processor']
    .map(wanted => String(headers.find(([name]) => name === wanted)?.[1]))
    .join(' ')
}

/** Of repeats of a key, the one that lies last. Records of a key lie on one partition. */
function lastOf<Value>(
  placed: readonly Placed<Value>[],
  keyOf: (value: Value) => string,
  say: (one: Placed<Value>) => string,
): Map<string, string> {
  return new Map(placed.map(one => [keyOf(one.value), say(one)]))
}

/** Of each key the highest revision, then the one that lies last; none where that one takes it away. */
function currentOf<Value extends { readonly revision: number }>(
  placed: readonly Placed<Value>[],
  keyOf: (value: Value) => string,
  isGone: (value: Value) => boolean,
  say: (one: Placed<Value>) => string,
): Map<string, string> {
  const current = new Map<string, Placed<Value>>()
  for (const one of placed) {
    const known = current.get(keyOf(one.value))
    if (known === undefined || one.value.revision >= known.value.revision) current.set(keyOf(one.value), one)
  }
  return new Map([...current].filter(([, { value }]) => !isGone(value)).map(([key, one]) => [key, say(one)]))
}
