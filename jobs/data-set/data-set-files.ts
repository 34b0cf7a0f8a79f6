import type { DataSet } from './data-set.ts'

/**
 * A snapshot by its folder, checked against its digests.
 * @throws NicrError NICR_DATA_SET_INVALID if a row or the whole is not what it was; NICR_FILE_UNREADABLE
 */
export async function readDataSet(path: string): Promise<DataSet> {
  throw new Error(`not yet ${path}`)
}

/** Leaves of an author's rows, in every snapshot, only their digests. @returns rows that were erased */
export async function eraseRows(dataDir: string, author: string): Promise<number> {
  throw new Error(`not yet ${dataDir} ${author}`)
}
