import { finished } from '../../jobs/data-set/build-data-set.ts'
import type { DataSet } from '../../jobs/data-set/data-set.ts'
import { hashOfDigests } from '../../jobs/data-set/data-set-files.ts'
import type { RowDraft } from '../../jobs/data-set/row-draft.ts'
import type { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'

/** Replayed rows: fewer than `nicr retrain` would take, so that the guide is quick. */
const REPLAY_ROWS = 500

/**
 * The data set that `buildDataSet` makes of ClickHouse, made of the topics of a driver: labelled contents, and before
 * them others without a new word, with the champion's score.
 */
export async function readDataSet(
  driver: MemoryDriver,
  kind: string,
  newTerms: readonly string[],
): Promise<Omit<DataSet, 'manifest'>> {
  const labels = new Map((await driver.read('labels')).map(label => [label.value.contentId, label]))
  const scores = new Map((await driver.read('scores')).map(({ value }) => [value.contentId, value.value]))
  const contents = (await driver.read('content')).sort((left, right) => left.value.at - right.value.at)
  const firstLabelled = contents.findIndex(({ value }) => labels.has(value.id))
  const ordinary = contents
    .slice(0, firstLabelled)
    .filter(({ value }) => !newTerms.some(term => value.text.includes(term)))
  const replayed = ordinary.slice(-REPLAY_ROWS)
  const rowOf = ({ value, partition, offset }: (typeof contents)[number]): RowDraft => {
    const { id, revision, text, author, thread, language, at } = value
    const label = labels.get(id)
    const place = { topic: 'nicr.content', partition, offset }
    const content = { contentId: id, revision, text, author, thread, language, at, place, slices: ['all'] }
    const row = { ...content, weight: 1, samplingProbability: null }
    if (label === undefined)
      return { ...row, role: 'REPLAY', target: scores.get(id)!, source: null, evidence: [] }
    const { id: labelId, labeller, value: said } = label.value
    const evidence = {
      id: labelId,
      by: labeller,
      value: said,
      topic: 'nicr.labels',
      partition: label.partition,
      offset: label.offset,
    }
    return { ...row, role: 'LABEL', target: said, source: 'random', evidence: [evidence] }
  }
  const labelled = contents.filter(({ value }) => labels.has(value.id))
  const { rows } = finished([...replayed, ...labelled].map(rowOf))
  return { kind, hash: hashOfDigests(rows.map(({ digest }) => digest)), path: '', rows, newTerms }
}
