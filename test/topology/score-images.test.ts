import { afterEach, describe, expect, it } from 'vitest'
import type { LookAtImage } from '../../pipelines/images/look-at-images.ts'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import type { ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import { scoringStep } from '../../pipelines/runtime/scoring-step.ts'
import { imageScorer } from '../../processors/images/image-scorer.ts'
import type { Model, Scorer } from '../../processors/scorer.ts'
import type { Content } from '../../schemas/records.ts'
import { aContent } from '../support/records.ts'
import { aSeenImage } from '../support/seen-images.ts'

/** Pictures are named by how likely they are spam; one that begins with `broken` cannot be looked at. */
const look: LookAtImage = async ({ ref }) =>
  ref.startsWith('broken')
    ? { status: 'FAILED', code: 'NICR_IMAGE_UNREADABLE', detail: `${ref} is no picture` }
    : { status: 'SEEN', seen: aSeenImage({ ref, complete: !ref.endsWith('late') }) }

const model: Model<{ images: readonly { ref: string }[] }, { probabilities: number[] }> = {
  card: { kind: 'image-spam', version: '7', settings: { threshold: 0.6 } },
  predict: inputs =>
    inputs.map(({ images }) => ({ probabilities: images.map(({ ref }) => Number.parseFloat(ref)) })),
  close: async () => undefined,
}

const batches: number[] = []
const topology: ProcessorDeclaration = {
  name: 'score-image-spam',
  reads: ['content'],
  writes: ['scores'],
  stateful: false,
  createStep: () => {
    const step = scoringStep({
      scorer: imageScorer({ kind: 'image-spam', negative: 'ham', positive: 'spam' }) as Scorer<
        unknown,
        unknown
      >,
      model: () => model as Model<unknown, unknown>,
      look,
      textLengthMax: 1000,
      now: () => 0,
    })
    return {
      ...step,
      run: (batch, emit) => {
        batches.push(batch.length)
        return step.run(batch, emit)
      },
    }
  },
}

let driver: MemoryDriver
afterEach(() => driver.close())

async function scoresOf(contents: readonly Partial<Content>[]) {
  driver = new MemoryDriver({ topology: [topology] })
  batches.length = 0
  for (const content of contents) await driver.pipe('content', content.id ?? 'c1', aContent(content))
  await driver.drain()
  const scores = await driver.read('scores')
  const dead = await driver.readRaw('dead-letters')
  return {
    scores: scores.map(({ value }) => ({ ...value, value: Number(value.value?.toFixed(3)) })),
    dead: dead.length,
  }
}

const pictures = (...refs: string[]) => refs.map(ref => ({ ref, sha256: null, mimeType: null }))

describe('a post with pictures', () => {
  it('gets one score, of its worst picture; a post without any gets none', async () => {
    const { scores, dead } = await scoresOf([
      { id: 'plain' },
      { id: 'two', images: pictures('0.2', '0.9') },
      { id: 'one', images: pictures('0.1') },
    ])
    expect(scores.map(({ contentId, status, value, label }) => [contentId, status, value, label])).toEqual([
      ['two', 'SCORED', 0.9, 'spam'],
      ['one', 'SCORED', 0.1, 'ham'],
    ])
    expect(scores[0]!.reasons[0]).toMatchObject({ source: 'IMAGE', image: '0.9' })
    expect(dead).toBe(0)
  })

  it('is scored by what could be seen where one picture is broken or reading was cut short, and says so', async () => {
    const { scores, dead } = await scoresOf([
      { id: 'part', images: pictures('broken', '0.8') },
      { id: 'late', images: pictures('0.7 late') },
      { id: 'none', images: pictures('broken') },
    ])
    expect(scores.map(({ contentId, status, value }) => [contentId, status, value])).toEqual([
      ['part', 'DEGRADED', 0.8],
      ['late', 'DEGRADED', 0.7],
    ])
    expect(dead).toBe(2)
  })

  it('is looked at no further than the limit, and is a dead letter as well', async () => {
    const { scores, dead } = await scoresOf([
      { id: 'many', images: pictures(...Array.from({ length: 17 }, (_, i) => (i === 16 ? '0.9' : '0.3'))) },
    ])
    expect(scores.map(({ status, value }) => [status, value])).toEqual([['DEGRADED', 0.3]])
    expect(dead).toBe(1)
  })

  it('waits for few others: a flood is committed in parts, in order, once each', async () => {
    const flood = Array.from({ length: 100 }, (_, i) => ({ id: `c${i}`, images: pictures('0.5') }))
    const { scores } = await scoresOf(flood)
    expect(scores.map(({ contentId }) => contentId).sort()).toEqual(flood.map(({ id }) => id).sort())
    expect(Math.max(...batches)).toBeLessThanOrEqual(32)
  })
})
