import { describe, expect, it } from 'vitest'
import { smallModel, smallScorer } from '../../../bench/small-model.ts'
import { MemorySchemas } from '../../../pipelines/runtime/memory/memory-schemas.ts'
import { observed } from '../../../pipelines/runtime/processor-declaration.ts'
import { headerText, type OutputRecord, type RawRecord } from '../../../pipelines/runtime/records.ts'
import { type ScoringParts, scoringStep } from '../../../pipelines/runtime/scoring-step.ts'
import { PIECE_RECORDS, type Step } from '../../../pipelines/runtime/step.ts'
import { Task } from '../../../pipelines/runtime/task.ts'
import { TopicCodecs } from '../../../pipelines/runtime/topic-codecs.ts'
import { aContent } from '../../support/records.ts'

const TEXT_LENGTH_MAX = 1000
const RECORDS = 3 * PIECE_RECORDS + 10
/** At the edges of pieces and within them. */
const POISON = [0, PIECE_RECORDS - 1, PIECE_RECORDS, RECORDS - 1]
const TOO_LONG = [1, PIECE_RECORDS + 1, 2 * PIECE_RECORDS - 1]

async function aTask(change: (step: Step) => Step = step => step) {
  const codecs = new TopicCodecs(new MemorySchemas(), () => 0)
  const content = codecs.of('content')
  await content.open()
  const commits: { outputs: readonly OutputRecord[]; nextOffset: number }[] = []
  const step = scoringStep({
    scorer: smallScorer as unknown as ScoringParts['scorer'],
    model: () => smallModel('1') as unknown as ReturnType<ScoringParts['model']>,
    textLengthMax: TEXT_LENGTH_MAX,
    now: () => 0,
  })
  const task = new Task(
    {
      processor: 'p',
      group: 'g',
      partition: 0,
      topicPrefix: '',
      reads: ['content'],
      writes: ['scores'],
      deadLettersInARowMax: 10,
    },
    {
      codecs,
      step: change(step),
      store: null,
      transport: {
        initialise: async () => new Map(),
        async *restore() {},
        commit: async (outputs, { nextOffset }) => {
          commits.push({ outputs, nextOffset })
        },
      },
    },
  )
  await task.start()
  const records = Array.from({ length: RECORDS }, (_, offset): RawRecord => {
    const text = TOO_LONG.includes(offset) ? 'x'.repeat(TEXT_LENGTH_MAX + 1) : `text number ${offset}`
    const value = POISON.includes(offset)
      ? Buffer.from('poison')
      : content.encode(aContent({ id: `c${offset}`, text }))
    return { key: Buffer.from(`c${offset}`), value, headers: [], offset, appendedAt: 0 }
  })
  const run = async (from: number, to: number, goesOn?: () => Promise<boolean>) =>
    task.process({ topic: 'content', partition: 0, records: records.slice(from, to), nextOffset: to }, goesOn)
  return { run, commits }
}

function isLetter({ destination }: OutputRecord): boolean {
  return 'topic' in destination && destination.topic === 'dead-letters'
}

describe('a task whose scorer is given a batch piece by piece', () => {
  it('commits it at once, with a letter for each record that cannot be used, in the order of the input', async () => {
    const { run, commits } = await aTask()
    const bad = [...POISON, ...TOO_LONG].sort((left, right) => left - right)
    expect(await run(0, RECORDS)).toEqual({
      read: RECORDS,
      emitted: RECORDS - bad.length,
      rejected: bad.length,
    })
    expect(commits.map(({ nextOffset }) => nextOffset)).toEqual([RECORDS])
    const letters = commits[0]!.outputs.filter(isLetter)
    expect(letters.map(({ key }) => String(key))).toEqual(bad.map(offset => `c${offset}`))
    for (const [index, { headers }] of letters.entries())
      expect(headerText(headers, 'nicr-code')).toBe(
        POISON.includes(bad[index]!) ? 'NICR_RECORD_UNDECODABLE' : 'NICR_TEXT_TOO_LONG',
      )
  })

  it('writes the same scores, in the same order, however the input was cut', async () => {
    const whole = await aTask()
    await whole.run(0, RECORDS)
    const cut = await aTask()
    for (let from = 0; from < RECORDS; from += 100) await cut.run(from, Math.min(RECORDS, from + 100))
    const scoresOf = ({ commits }: typeof whole) =>
      commits.flatMap(({ outputs }) => outputs.filter(output => !isLetter(output)).map(({ value }) => value))
    expect(scoresOf(whole)).toEqual(scoresOf(cut))
    expect(scoresOf(whole).length).toBe(RECORDS - POISON.length - TOO_LONG.length)
  })
})

it('a scorer that is observed tells what it would write and withholds it, piece by piece too', async () => {
  let told = 0
  const { run, commits } = await aTask(step => {
    const declaration = { name: 'p', reads: ['content'], writes: ['scores'], stateful: false } as const
    const options = { onEmitted: () => void told++, withhold: true }
    return observed({ ...declaration, createStep: () => step }, options).createStep(null)
  })
  await run(0, RECORDS)
  expect(told).toBe(RECORDS - POISON.length - TOO_LONG.length)
  expect(commits[0]!.outputs.filter(output => !isLetter(output))).toEqual([])
})

describe('a task whose scorer takes few records at once', () => {
  const few = ({ run }: Step): Step => ({ run, takes: () => 100 })

  it('is left after the part at which its consumer stops, and goes on from there', async () => {
    const { run, commits } = await aTask(few)
    const whole = await aTask()
    await whole.run(0, RECORDS)
    let parts = 0
    await run(0, RECORDS, async () => ++parts < 2)
    expect(commits).toHaveLength(2)
    expect(commits.at(-1)!.nextOffset).toBeLessThan(RECORDS)
    // The consumer was not told that it is done, and fetches the same again.
    await run(0, RECORDS)
    expect(commits.at(-1)!.nextOffset).toBe(RECORDS)
    const valuesOf = (done: typeof commits) =>
      done.flatMap(({ outputs }) => outputs.filter(output => !isLetter(output)).map(({ value }) => value))
    expect(valuesOf(commits)).toEqual(valuesOf(whole.commits))
  })

  it('keeps the parts that it committed when its membership ends after them', async () => {
    const { run, commits } = await aTask(few)
    const rebalance = new Error('the group rebalances')
    await expect(run(0, RECORDS, () => Promise.reject(rebalance))).rejects.toBe(rebalance)
    expect(commits).toHaveLength(1)
  })
})
