import { expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import { labelScaleOf } from '../../pipelines/label-values.ts'
import { CrashError, MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { declareProcessor } from '../../pipelines/runtime/processor-declaration.ts'
import { chooseGold } from '../../processors/tagging/choose-gold.ts'
import type { Label } from '../../schemas/records.ts'
import { START } from '../simulation/community.ts'
import { aLabel } from '../support/records.ts'
import { DAY, T0 } from '../support/retraining.ts'

/** Labels through `choose-gold`: which contents become hidden checks, and with which answer. */

const scaleOf = (kind: string) => (Object.hasOwn(kinds, kind) ? labelScaleOf(kinds[kind]!) : null)

async function checksOf(labels: readonly Label[], crashes: readonly number[] = []) {
  const driver = new MemoryDriver({
    topology: [declareProcessor(chooseGold(scaleOf))],
    partitions: 1,
    recordsMax: 2,
  })
  driver.advanceTime(T0 + 3 * DAY - START)
  for (const label of labels) await driver.pipe('labels', label.contentId, label)
  for (const commits of crashes) {
    driver.crashAfter(commits)
    await driver.drain().catch(error => {
      if (!(error instanceof CrashError)) throw error
    })
    driver.restart()
  }
  await driver.drain()
  return (await driver.read('label-samples')).map(({ value }) => value)
}

const says = (labeller: string, value: number, contentId: string, changes: Partial<Label> = {}): Label =>
  aLabel({ id: `${labeller} ${contentId}`, labeller, value, contentId, at: T0, boxes: [], ...changes })

const contents = Array.from({ length: 80 }, (_, i) => `c${i}`)
const byThree = (contentId: string, values: readonly number[]) =>
  values.map((value, i) => says(`person-${i}`, value, contentId))

it('makes checks of about a quarter of what three people say alike, and of nothing else', async () => {
  const sure = await checksOf(contents.flatMap(id => byThree(id, [7, 8, 8])))
  expect(sure.length).toBeGreaterThan(10)
  expect(sure.length).toBeLessThan(30)
  for (const check of sure)
    expect(check).toMatchObject({ source: 'gold', gold: 8, kind: 'niceness', text: null, overlap: 1 })
  expect(await checksOf(contents.flatMap(id => byThree(id, [7, 8])))).toEqual([])
  expect(await checksOf(contents.flatMap(id => byThree(id, [4, 8, 8, 8])))).toEqual([])
  const samePerson = contents.flatMap(id => [1, 2, 3].map(i => says('ada', 8, id, { id: `${i} ${id}` })))
  expect(await checksOf(samePerson)).toEqual([])
})

it('makes one of what a moderator decided, and follows another decision and one taken back', async () => {
  const decide = (value: number, changes: Partial<Label> = {}) =>
    contents.map(id => says('mod', value, id, { origin: 'adjudication', ...changes }))
  const once = await checksOf(decide(2))
  expect(new Set(once.map(({ gold }) => gold))).toEqual(new Set([2]))
  const twice = await checksOf([...decide(2), ...decide(2), ...decide(9, { at: T0 + 1 })])
  expect(twice.map(({ gold }) => gold).sort()).toEqual([...once.map(() => 2), ...once.map(() => 9)])
  expect(new Set(twice.map(({ sampleId }) => sampleId)).size).toBe(once.length)
  const back = await checksOf([...decide(2), ...decide(2, { withdrawn: true })])
  expect(back.filter(({ gold }) => gold === null)).toHaveLength(once.length)
})

it('stays sure whatever the check itself is answered, and leaves unknown kinds alone', async () => {
  const [check] = await checksOf(contents.flatMap(id => byThree(id, [8, 8, 8])))
  const wrong = says('eve', 0, check!.contentId, { sampleId: check!.sampleId })
  expect(await checksOf([...byThree(check!.contentId, [8, 8, 8]), wrong])).toHaveLength(1)
  expect(
    await checksOf(contents.flatMap(id => byThree(id, [1, 1, 1]).map(one => ({ ...one, kind: 'other' })))),
  ).toEqual([])
})

it('writes the same whenever it crashes', async () => {
  const labels = contents.slice(0, 16).flatMap(id => byThree(id, [7, 8, 8]))
  expect(await checksOf(labels, [0, 2, 1, 0])).toEqual(await checksOf(labels))
})
