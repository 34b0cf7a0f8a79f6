import { beforeAll, describe, expect, it } from 'vitest'
import { createCommunity } from '../../demo/community/community.ts'
import { type HeldOutRow, heldOutRows } from '../../demo/community/held-out.ts'
import { toneOf } from '../../demo/community/truth.ts'
import { FileDrift } from '../../pipelines/drift-file.ts'
import { createDriftRowReader } from '../../pipelines/drift-rows.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { loadModel, resolveModel } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { readReference } from '../../pipelines/training-reference.ts'
import { REFERENCE_RECORDS } from '../../processors/drift/monitor.ts'

/** The community and the committed champions: what is ordinary they read well, what is new they don't, and it is noticed. */

const FROM = 3000
let isKnown: (word: string) => boolean
beforeAll(async () => {
  const reference = await readReference(await resolveModel('niceness@champion'))
  isKnown = word => reference!.vocabulary.has(word)
})

const communityOf = (seed: number) =>
  createCommunity({ seed, startAt: Date.UTC(2026, 0, 5), drift: { from: FROM, slang: { isKnown } } })

/** Share of the rows whose label is the true one. */
async function accuracy(kindName: string, rows: readonly HeldOutRow[], truth: (row: HeldOutRow) => string) {
  const model = await loadModel(`${kindName}@champion`)
  const scored = await scoreBatch(
    kindNamed(kindName).scorer,
    model,
    rows.map(({ text }) => ({ text, language: 'en' })),
  )
  await model.close()
  const right = scored.filter((one, i) => one.status === 'SCORED' && one.decision.label === truth(rows[i]!))
  return right.length / rows.length
}

describe.each([1, 2, 3])('of seed %i', seed => {
  it('ordinary language is read well, slang is not', async () => {
    const { ordinary, drifted } = heldOutRows(communityOf(seed), { seed: 99, count: 400 })
    const tone = ({ truth }: HeldOutRow) => toneOf(truth.niceness)
    expect(await accuracy('niceness', ordinary, tone)).toBeGreaterThan(0.85)
    expect(await accuracy('niceness', drifted, tone)).toBeLessThan(0.55)
    const spam = ({ truth }: HeldOutRow) => (truth.spam ? 'spam' : 'ham')
    expect(await accuracy('text-spam', ordinary, spam)).toBeGreaterThan(0.97)
    const toxic = ({ truth }: HeldOutRow) => (truth.toxic ? 'toxic' : 'civil')
    expect(await accuracy('toxicity', ordinary, toxic)).toBeGreaterThan(0.85)
  })

  it('the slang is noticed within 1,000 drifted texts, by its words', () => {
    const { slang, events } = communityOf(seed)
    const { alarm, drifted } = firstWordAlarm(events())
    expect(drifted).toBeLessThan(1000)
    expect(slang.flatMap(({ term }) => [term, ...term.split(' ')])).toContain(alarm)
  })
})

/** The first word that the detectors name after the drift began, and how many drifted texts there were by then. */
function firstWordAlarm(events: ReturnType<ReturnType<typeof createCommunity>['events']>) {
  const read = createDriftRowReader()
  const drift = new FileDrift(null)
  let drifted = 0
  for (const event of events) {
    if (event.type !== 'content' || event.index < FROM - REFERENCE_RECORDS) continue
    const { truth, record, index } = event
    if (truth.slang.length > 0) drifted++
    const { id, at, text, author, thread } = record
    const row = read({ line: index + 1, value: { id, at, text, author, thread } })
    if ('error' in row) throw new Error(row.error)
    const alarm = drift.add({ ...row, row: index }).find(({ feature }) => feature === 'terms')
    if (alarm !== undefined) return { alarm: alarm.contributors[0]!.name, drifted }
    if (index > FROM + 5000) break
  }
  throw new Error(`no word is named within ${drifted} drifted texts`)
}
