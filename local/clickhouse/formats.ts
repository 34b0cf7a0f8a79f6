/** Names of ClickHouse's formats as they stand in SQL, and the content types the server gives them. */
import { ClickHouseException } from './exceptions.ts'

export const formatWithoutRequest = 'TabSeparated'

const contentTypes: readonly [RegExp, string][] = [
  [/^(TSV|TabSeparated)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSVWithNames/i, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/i, 'text/csv; charset=UTF-8; header=absent'],
  [/^JSON.*EachRow|^NDJSON$|^JSONLines$/i, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/i, 'application/json; charset=UTF-8'],
  [/^XML$/i, 'application/xml; charset=UTF-8'],
  [/^Markdown$|^MD$/i, 'text/markdown; charset=UTF-8'],
  [
    /^(Native|RowBinary|Parquet|Arrow|ORC|Avro|MsgPack|Protobuf|CapnProto|RawBLOB|BSON|Npy|SQLite)/i,
    'application/octet-stream',
  ],
]

export function contentTypeOf(format: string): string {
  return contentTypes.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8'
}

/** @throws ClickHouseException UNKNOWN_FORMAT where it could not be a format's name; whether there is one, the engine knows */
export function readFormatName(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    throw new ClickHouseException('UNKNOWN_FORMAT', `Unknown format ${name}`)
  return name
}
