import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Champions } from '../../pipelines/champions.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { committedModelsDir, readFolder, resolveModel } from '../../pipelines/model-registry.ts'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'
import { layoutOf } from '../../pipelines/runtime/profiler.ts'
import { topology } from '../../pipelines/topology.ts'
import {
  createReferenceLookup,
  encodeReference,
  REFERENCE_FILE,
  readReference,
} from '../../pipelines/training-reference.ts'
import { SUMS_PER_FEATURE } from '../../processors/drift/profile.ts'
import type { StoredReference } from '../../processors/drift/training-reference.ts'
import type { FeatureProfile } from '../../schemas/records.ts'
import { MemoryPromotions } from '../support/memory-promotions.ts'
import { committedVersion, copyVersion, editManifest } from '../support/model-versions.ts'
import { aContent } from '../support/records.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-reference-'))
})
afterEach(() => rm(dir, { recursive: true }))

const nicenessLayout = layoutOf(kinds['niceness']!.drift!).version

/** Those that have a voice of their own: the others are compared with nothing. */
const comparedOf = ({ drift }: KindDeclaration) =>
  drift!.features.filter(({ onlyJointly = false }) => !onlyJointly)

describe('the committed models', () => {
  // Of a version that sees pictures nothing is said yet.
  it.each(Object.values(kinds).filter(({ input }) => input === 'TEXT'))(
    '$kind says what it was trained on, in the bins of today',
    async kind => {
      const folder = await resolveModel(kind.kind)
      const open = await readReference(folder)
      expect(open!.reference.features.map(({ name, edges }) => [name, edges])).toEqual(
        comparedOf(kind).map(({ name, edges }) => [name, [...edges]]),
      )
      expect(open!.reference.rows).toBeGreaterThan(1000)
      expect(open!.vocabulary.has('thanks')).toBe(true)
      expect(open!.vocabulary.has('glorptastic')).toBe(false)
      expect((await readFile(join(folder.path, REFERENCE_FILE))).length).toBeLessThan(200_000)
      const isGraded = kind.training.objective === 'GRADED'
      const { positiveShare } = open!.reference
      if (isGraded) expect(positiveShare).toBeNull()
      else expect(positiveShare).toBeGreaterThan(0.01)
    },
  )
})

describe('reading', () => {
  let path: string
  let file: string
  beforeEach(async () => {
    await copyVersion(dir, 'niceness', '7')
    path = join(dir, 'niceness', '7')
    file = join(path, REFERENCE_FILE)
  })
  const read = async () => readReference(await readFolder(path, 'niceness', '7'))

  it('finds none where the manifest states none', async () => {
    await editManifest(path, { reference: undefined })
    expect(await read()).toBeNull()
  })

  it.each<[string, string, RegExp, () => Promise<unknown>]>([
    ['is missing', 'NICR_MODEL_INVALID', /ENOENT/, () => rm(file)],
    [
      'was changed',
      'NICR_MODEL_DIGEST_MISMATCH',
      /manifest states/,
      () => writeFile(file, ' ', { flag: 'a' }),
    ],
    ['is far too large', 'NICR_MODEL_INVALID', /at most/, () => truncate(file, 1 << 24)],
    ['is no JSON', 'NICR_MODEL_INVALID', /JSON/, () => put('{')],
    ['is another value', 'NICR_MODEL_INVALID', /rows/, () => put('null')],
    [
      'counts too few bins',
      'NICR_MODEL_INVALID',
      /counts of x/,
      () => change({ features: [{ name: 'x', edges: [1], counts: [1] }] }),
    ],
    [
      'counts less than nothing',
      'NICR_MODEL_INVALID',
      /counts of x/,
      () => change({ features: [{ name: 'x', edges: [], counts: [-1] }] }),
    ],
    ['has a share above 1', 'NICR_MODEL_INVALID', /positiveShare/, () => change({ positiveShare: 1.5 })],
    [
      'has odd bits',
      'NICR_MODEL_INVALID',
      /power of two/,
      () => change({ vocabulary: { words: 1, bits: 'AAAA' } }),
    ],
  ])('refuses a file that %s, by a code', async (_name, code, message, spoil) => {
    await spoil()
    await expect(read()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  async function put(text: string): Promise<void> {
    await writeFile(file, text)
    await editManifest(path, { reference: createHash('sha256').update(text).digest('hex') })
  }

  async function change(changes: Partial<StoredReference>): Promise<void> {
    const reference = JSON.parse(await readFile(file, 'utf8')) as StoredReference
    await put(encodeReference({ ...reference, ...changes }).text)
  }

  it('looks a version up by kind, number and layout, and says what it cannot use', async () => {
    const problems: string[] = []
    const lookUp = createReferenceLookup({ modelsDirs: [committedModelsDir, dir] }, ({ code }) =>
      problems.push(code),
    )
    const asked = { kind: 'niceness', modelVersion: '7', referenceVersion: nicenessLayout }
    const found = await lookUp(asked)
    expect(found).toMatchObject({ kind: 'niceness', modelVersion: '7' })
    expect(found!.features).toHaveLength(comparedOf(kinds['niceness']!).length)
    for (const other of [{ kind: 'constructor' }, { modelVersion: '8' }, { referenceVersion: 'other bins' }])
      expect(await lookUp({ ...asked, ...other })).toBeNull()
    expect(problems).toEqual([])
    await change({ positiveShare: 2 })
    expect(await lookUp(asked)).toBeNull()
    expect(problems).toEqual(['NICR_MODEL_INVALID'])
  })

  it('leaves out features that are cut into other bins today', async () => {
    const { features } = JSON.parse(await readFile(file, 'utf8')) as StoredReference
    const [first, ...others] = features
    await change({ features: [{ ...first!, edges: first!.edges.map(edge => edge + 1) }, ...others] })
    const lookUp = createReferenceLookup({ modelsDirs: [dir] }, error => expect.fail(error.message))
    const found = await lookUp({ kind: 'niceness', modelVersion: '7', referenceVersion: nicenessLayout })
    expect(found!.features.map(({ name }) => name)).toEqual(others.map(({ name }) => name))
  })
})

describe('in a scorer', () => {
  let champions: Champions
  const logLines: { code?: string; version?: string }[] = []
  afterEach(() => champions.close())

  async function profileOf(texts: readonly string[]): Promise<FeatureProfile> {
    const driver = new MemoryDriver({
      topology: topology({
        modelOf: kind => champions.of(kind),
        textLengthMax: 1000,
        topicPrefix: 'nicr.',
        now: () => 0,
      }).filter(({ name }) => name === 'score-niceness'),
      partitions: 1,
    })
    for (const [i, text] of texts.entries())
      await driver.pipe('content', `c${i}`, aContent({ id: `c${i}`, text }))
    await driver.drain()
    const [profile, ...more] = await driver.read('feature-profiles')
    expect(more).toEqual([])
    return profile!.value
  }

  /** How many texts had a share of unknown words, and the sum of the shares. */
  function unknownOf({ features, steps }: FeatureProfile) {
    const at = features.indexOf('unknownWords') * SUMS_PER_FEATURE * 8
    const sums = steps.map(step => Buffer.from(step.sums))
    return {
      texts: sums.reduce((all, one) => all + one.readDoubleLE(at), 0),
      share: sums.reduce((all, one) => all + one.readDoubleLE(at + 8), 0),
    }
  }

  const texts = ['thank you so much for your help', 'thank you so glorptastic blimfish your help']

  it('unknown words are those that the live version never learned', async () => {
    champions = await Champions.load({}, new RuntimeMetrics(new Registry()))
    const { texts: counted, share } = unknownOf(await profileOf(texts))
    expect(counted).toBe(2)
    expect(share).toBeCloseTo(2 / 7, 6)
  })

  it.each([
    ['states none', (path: string) => editManifest(path, { reference: undefined }), undefined],
    ['is spoilt', (path: string) => truncate(join(path, REFERENCE_FILE), 100), 'NICR_MODEL_DIGEST_MISMATCH'],
  ])('a version whose reference %s scores all the same, without them', async (_name, spoil, code) => {
    const version = await committedVersion('niceness')
    await copyVersion(dir, 'niceness', version)
    await spoil(join(dir, 'niceness', version))
    const niceness = { niceness: kinds['niceness'] as KindDeclaration }
    champions = await Champions.follow({
      registry: { modelsDirs: [dir], kinds: niceness },
      kinds: ['niceness'],
      promotions: new MemoryPromotions(),
      metrics: new RuntimeMetrics(new Registry()),
      log: pino({ level: 'warn' }, { write: (line: string) => void logLines.push(JSON.parse(line)) }),
    })
    expect(unknownOf(await profileOf(texts))).toEqual({ texts: 0, share: 0 })
    expect(logLines.splice(0).map(line => line.code)).toEqual(code === undefined ? [] : [code])
  })
})
