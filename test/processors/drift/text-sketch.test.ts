import { expect, it } from 'vitest'
import { drawSentences, wordAt } from '../../../bench/drift-streams.ts'
import { createRandom } from '../../../jobs/random.ts'
import { DriftMonitor } from '../../../processors/drift/monitor.ts'
import type { MonitorStep } from '../../../processors/drift/monitor-findings.ts'
import { ProfileBuilder } from '../../../processors/drift/profile.ts'
import { binOf } from '../../../processors/drift/rank-basis.ts'
import { sketchFeatures, sketchText } from '../../../processors/drift/text-sketch.ts'
import { createFeatureReader } from '../../../processors/text/features.ts'

/** What texts are about, as a whole: a change of it is found by the sketch alone, and is nobody's own alarm. */

const STEP = 16
const binsMax = Math.max(...sketchFeatures.map(({ edges }) => edges.length + 1))
const read = createFeatureReader()

function sketchOf(text: string): Float64Array {
  const values = new Float64Array(sketchFeatures.length)
  sketchText(read(text), values, 0)
  return values
}

function stepsOf(texts: readonly string[]): MonitorStep[] {
  const steps: MonitorStep[] = []
  for (let from = 0; from < texts.length; from += STEP) {
    const cells = new Uint16Array(sketchFeatures.length * binsMax)
    for (const text of texts.slice(from, from + STEP))
      sketchOf(text).forEach((value, i) => {
        cells[i * binsMax + binOf(sketchFeatures[i]!.edges, value)]!++
      })
    steps.push({ count: STEP, at: from * 1000, cells, position: from })
  }
  return steps
}

/** Posts of which a share takes half of its words from fifty that are rare elsewhere. */
function about(share: number, count: number, seed: number): string[] {
  const random = createRandom(seed)
  return drawSentences(count, seed).map(words => {
    const isAbout = random() < share
    return words
      .map(word => (isAbout && random() < 0.5 ? wordAt(2000 + Math.floor(random() * 50)) : word))
      .join(' ')
  })
}

function findings(texts: readonly string[]) {
  const layout = { features: sketchFeatures.map(({ name }) => name), slices: ['all'] }
  const monitor = new DriftMonitor({ ...layout, bins: sketchFeatures.map(() => binsMax) })
  monitor.formReference(stepsOf(about(0, 4000, 1)), new Map())
  return stepsOf(texts).flatMap(step => monitor.add([step], []).map(({ feature }) => feature))
}

it('finds that texts are about something else, jointly and not by any number of its own', () => {
  expect(new Set(findings(about(0.6, 4000, 2)))).toEqual(new Set(['*']))
  expect(findings(about(0, 8000, 3))).toEqual([])
})

it('is the same for the same words in any order, and missing without words', () => {
  expect(sketchOf('touch some grass')).toEqual(sketchOf('grass some touch'))
  expect(sketchOf('touch some grass')).not.toEqual(sketchOf('touch some stone'))
  expect([...sketchOf('')].every(Number.isNaN)).toBe(true)
})

it('costs no cells in slices', () => {
  const slices = ['all', 'posts'].map(name => ({ name, description: '', holds: () => true }))
  const layout = { version: 'v', features: sketchFeatures, slices, binsMax }
  const builder = new ProfileBuilder(layout, STEP)
  const record = {
    offset: 0,
    at: 1,
    author: '',
    thread: '',
    contentId: 'c',
    revision: 0,
    terms: new Set<string>(),
  }
  builder.add({ ...record, values: sketchOf('touch some grass'), slices: 0b11 })
  const source = {
    kind: 'k',
    modelVersion: '1',
    topic: 't',
    partition: 0,
    firstOffset: 0,
    nextOffset: 1,
    skipped: 0,
  }
  const { sums } = builder.take(source)!.steps[0]!
  const counts = Array.from({ length: 2 * sketchFeatures.length }, (_, pair) =>
    Buffer.from(sums).readDoubleLE(pair * 16),
  )
  expect(counts).toEqual([...sketchFeatures.map(() => 1), ...sketchFeatures.map(() => 0)])
})
