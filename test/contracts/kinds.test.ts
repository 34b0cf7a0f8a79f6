import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { guidelineOf } from '../../pipelines/guidelines.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed, kinds } from '../../pipelines/kinds.ts'
import { loadModel } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { nothingSeen } from '../../processors/images/nothing-seen.ts'
import { type Model, REASONS_MAX, type Scorable, type ScorableImage } from '../../processors/scorer.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { arbitraryText } from '../support/arbitrary-text.ts'
import { aSeenImage } from '../support/seen-images.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
/** A picture that was looked at, whole or in part. */
const arbitraryPicture: fc.Arbitrary<ScorableImage> = fc
  .record({
    level: fc.float({ min: -3, max: 3, noNaN: true }),
    text: arbitraryText,
    probability: fc.option(share),
    complete: fc.boolean(),
  })
  .map(({ level, text, probability, complete }) => ({
    ref: 'blob:1',
    seen: aSeenImage({
      features: new Float32Array(nothingSeen.features.length).fill(level),
      reading: { lines: [], text, confidence: 0.9, complete },
      words:
        probability === null || text === ''
          ? null
          : { probability, reasons: [{ start: 0, end: text.length, weight: 0.4 }], model: 'text-spam@2' },
      complete,
    }),
  }))

/** What every model kind keeps. A new kind is a file in pipelines/ and a line in `kinds`; nothing here names one. */
describe('pipelines/', () => {
  it('holds no kind that is not listed in kinds.ts', async () => {
    const files = readdirSync(packagePath('pipelines')).filter(name => name.endsWith('.ts'))
    const modules = await Promise.all(
      files.map(
        name => import(`../../pipelines/${name.slice(0, -3)}.ts`) as Promise<Record<string, unknown>>,
      ),
    )
    const declared = modules.flatMap(Object.values).filter(isKind)
    expect(new Set(declared)).toEqual(new Set(Object.values(kinds)))
  })
})

describe.each(Object.values(kinds))('the kind $kind', kind => {
  let model: Model<unknown, unknown>
  beforeAll(async () => {
    model = await loadModel(`${kind.kind}@champion`)
  })
  const arbitraryContent: fc.Arbitrary<Scorable> = fc.record({
    text: arbitraryText,
    language: fc.constantFrom(null, 'en', 'en-GB', 'de', ''),
    images: kind.input === 'IMAGE' ? fc.array(arbitraryPicture, { maxLength: 3 }) : fc.constant([]),
  })
  const score = (contents: readonly Scorable[]) => scoreBatch(kind.scorer, model, contents)

  it('is whole', () => {
    expect(kindNamed(kind.kind)).toBe(kind)
    expect(kind.scorer.kind).toBe(kind.kind)
    expect(kind.kind).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(kind.processorName).toBe(`score-${kind.kind}`)
    expect(kind.scale.min).toBeLessThan(kind.scale.max)
    expect(kind.labels.length).toBeGreaterThan(1)
    expect(kind.description).toMatch(/\.$/)
  })

  it.skipIf(kind.loop === undefined)('tells people who tag it what is asked, on one page', () => {
    const guideline = guidelineOf(kind)
    expect(guideline?.version).toMatch(/^[0-9a-f]{12}$/)
    expect(guideline?.text).toMatch(/^# \S/)
    expect(guideline?.text).toContain('**The question:**')
    expect(guideline?.text.length).toBeGreaterThan(800)
    expect(guideline?.text.length).toBeLessThan(4000)
  })

  it('gives a value on its scale, a label it declared and few reasons', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryContent, async content => {
        const [scored] = await score([content])
        if (!('decision' in scored!)) return
        const { value, label, probability, reasons } = scored.decision
        expect(value >= kind.scale.min && value <= kind.scale.max).toBe(true)
        expect(kind.labels).toContain(label)
        expect(probability === null || (probability >= 0 && probability <= 1)).toBe(true)
        expect(reasons.length).toBeLessThanOrEqual(REASONS_MAX)
        for (const { weight, without } of reasons) {
          expect(Number.isFinite(weight)).toBe(true)
          const isOnScale = (one: number) => one >= kind.scale.min && one <= kind.scale.max
          expect(without === null || without === undefined || isOnScale(without)).toBe(true)
        }
      }),
    )
  })

  it('gives the same answer again, however contents are cut into batches, and leaves them as they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryContent, { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (contents, size) => {
          const before = structuredClone(contents)
          const together = await score(contents)
          const apart = []
          for (let i = 0; i < contents.length; i += size)
            apart.push(...(await score(contents.slice(i, i + size))))
          expect(apart).toEqual(together)
          expect(contents).toEqual(before)
        },
      ),
      { numRuns: 50 },
    )
  })
})

function isKind(value: unknown): value is KindDeclaration {
  return typeof value === 'object' && value !== null && 'kind' in value && 'scorer' in value
}
