import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planRecalibration, writeRecalibrated } from '../../jobs/recalibrate.ts'
import { trainTextModel } from '../../jobs/train-text-model.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { openModelFolder, resolveModel } from '../../pipelines/model-registry.ts'
import { meanProbability } from '../../processors/drift/class-share.ts'
import { isDrawnClass } from '../../processors/drift/declared-features.ts'
import type { MonitorLayout } from '../../processors/drift/monitor-findings.ts'
import { addBins } from '../../processors/drift/profile.ts'
import { emptyBlock, withStep } from '../../processors/drift/share-block.ts'
import { countsOf, judgeShare, type ShareFinding } from '../../processors/drift/share-judgement.ts'
import type { DriftReport, FeatureProfile } from '../../schemas/records.ts'
import { isFull } from '../support/full.ts'
import {
  figuresOf,
  hasPublicSets,
  type LabelledRow,
  publicRows,
  RowsToDesk,
  rowsOfShare,
} from '../support/scored-rows.ts'

/** What the share watch decides on public sets, and what its correction is worth there: the table of docs/drift.md. */

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-share-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

let trainings = 0

async function trained(kind: KindDeclaration, rows: readonly LabelledRow[]): Promise<ModelFolder> {
  const path = join(dir, `rows-${trainings}.jsonl`)
  const outDir = join(dir, `model-${trainings++}`)
  writeFileSync(path, rows.map(row => `${JSON.stringify(row)}\n`).join(''))
  await trainTextModel({ kind, files: [{ path }], outDir })
  return openModelFolder(outDir)
}

/** A move of the share, as far as a correction needs it. */
interface Move {
  readonly from: { readonly share: number }
  readonly to: { readonly share: number }
  readonly shift: number
}

/** The version that a move makes of another. */
async function corrected(
  kind: KindDeclaration,
  parent: ModelFolder,
  { from, to, shift }: Move,
): Promise<ModelFolder> {
  const recalibration = { fromShare: from.share, toShare: to.share, shift, report: null }
  const modelsDirs = [join(dir, `versions-${trainings++}`)]
  const planned = await planRecalibration({ kind, parent, recalibration, modelsDirs })
  await writeRecalibrated(kind, planned)
  return planned
}

/** Probabilities of rows by two versions. */
async function compared(
  kind: KindDeclaration,
  rows: readonly LabelledRow[],
  [before, after]: readonly [ModelFolder, ModelFolder],
) {
  const figures = async (folder: ModelFolder) => {
    const { outcomes, settings } = await new RowsToDesk(kind).profile(folder, rows)
    return figuresOf(outcomes, settings['threshold']!)
  }
  return { before: await figures(before), after: await figures(after) }
}

/** What a window of rows says after those of a reference. */
function watched(reference: readonly FeatureProfile[], window: readonly FeatureProfile[]): ShareFinding {
  const { features, slices, binsPerFeature } = window[0]!
  const layout: MonitorLayout = { features, slices, bins: features.map(() => binsPerFeature) }
  const blockOf = (profiles: readonly FeatureProfile[]) =>
    profiles
      .flatMap(({ steps }) => steps)
      .reduce(
        (block, { bins, count, eventAtMax: at }) => {
          const cells = new Uint16Array(features.length * slices.length * binsPerFeature)
          addBins(bins, cells)
          return withStep(block, { count, at, cells, position: 0 }, slices.findIndex(isDrawnClass))
        },
        emptyBlock(features.length * binsPerFeature),
      )
  const known = blockOf(reference)
  const assumed = meanProbability(countsOf(layout, known.cells, features.indexOf('score')))
  return judgeShare(layout, {
    reference: known,
    window: blockOf(window),
    words: [],
    assumed,
    designEffectOf: () => 1,
  })
}

async function profilesOf(kind: KindDeclaration, folder: ModelFolder, rows: readonly LabelledRow[]) {
  return (await new RowsToDesk(kind).profile(folder, rows)).profiles
}

function shareReports(reports: readonly DriftReport[]): DriftReport[] {
  return reports.filter(({ method }) => method === 'em')
}

const spam = kindNamed('text-spam')
const toxicity = kindNamed('toxicity')
/** A minute of training and scoring, so for `npm run test:full`. */
const canRun = isFull && hasPublicSets

describe.skipIf(!canRun)('on SMS', { timeout: 60_000 }, () => {
  it.each([0.05, 0.3, 0.6])('the champion is corrected to a share of %f', async share => {
    const champion = await resolveModel('text-spam@champion')
    const rows = publicRows('sms-spam/train')
    const even = rows.filter((_, i) => i % 2 === 0)
    const odd = rows.filter((_, i) => i % 2 === 1)
    const window = rowsOfShare(odd, { share, positive: 'spam', countMax: 1500, seed: 2 })
    const finding = watched(await profilesOf(spam, champion, even), await profilesOf(spam, champion, window))
    expect(finding).toMatchObject({ away: true, unexplained: [] })
    expect(Math.abs(finding.move.to.share - share)).toBeLessThan(0.05)
  })

  it('a share that did not move is not said', async () => {
    const champion = await resolveModel('text-spam@champion')
    const rows = publicRows('sms-spam/train')
    const reference = await profilesOf(spam, champion, rows.slice(0, 1800))
    expect(watched(reference, await profilesOf(spam, champion, rows.slice(1800)))).toMatchObject({
      away: false,
      unexplained: [],
    })
  })

  it.each([0.05, 0.3, 0.6])(
    'a model that has seen none of the rows calls more of them what they are at %f',
    async share => {
      const rows = publicRows('sms-spam/train')
      const part = (place: number) => rows.filter((_, i) => i % 3 === place)
      const model = await trained(spam, part(0))
      const window = rowsOfShare(part(2), { share, positive: 'spam', countMax: 1000, seed: 2 })
      const finding = watched(await profilesOf(spam, model, part(1)), await profilesOf(spam, model, window))
      expect(finding).toMatchObject({ away: true, unexplained: [] })
      const figures = await compared(spam, window, [model, await corrected(spam, model, finding.move)])
      expect(figures.after.mccAtHalf).toBeGreaterThan(figures.before.mccAtHalf)
      // Of so good a model the probabilities were hardly wrong before.
      expect(figures.after.logLoss).toBeLessThan(1.1 * figures.before.logLoss)
    },
  )
})

describe.skipIf(!canRun)('on YouTube comments, the early half and what followed', { timeout: 60_000 }, () => {
  it('the share is corrected, and more comments are called what they are', async () => {
    const rows = [...publicRows('youtube-spam/early')].sort((a, b) => (a.date! < b.date! ? -1 : 1))
    const early = rows.slice(0, Math.floor(rows.length / 2))
    const later = rows.slice(early.length)
    const model = await trained(spam, early)
    const reference: FeatureProfile[] = []
    // The model has seen the early half, so that is scored by models that have not, each a fifth of it.
    for (const fold of [0, 1, 2, 3, 4]) {
      const held = await trained(
        spam,
        early.filter((_, i) => i % 5 !== fold),
      )
      const part = early.filter((_, i) => i % 5 === fold)
      reference.push(...(await profilesOf(spam, held, part)))
    }
    const finding = watched(reference, await profilesOf(spam, model, later))
    expect(finding).toMatchObject({ away: true, unexplained: [] })
    const figures = await compared(spam, later, [model, await corrected(spam, model, finding.move)])
    expect(figures.after.mccAtHalf).toBeGreaterThan(figures.before.mccAtHalf)
    expect(figures.after.ece).toBeLessThan(figures.before.ece)
  })
})

describe.skipIf(!canRun)('on tweets, negative ones for the class', { timeout: 120_000 }, () => {
  let known: LabelledRow[]
  let model: ModelFolder
  beforeAll(async () => {
    const old = negative(publicRows('semeval-dated/train').filter(({ date }) => date! < '2013'))
    known = old.filter((_, i) => i % 2 === 1)
    model = await trained(
      toxicity,
      old.filter((_, i) => i % 2 === 0),
    )
  }, 60_000)

  /** What is said of rows after 4,000 of the known ones, by the desk of the stream. */
  async function reportsOf(rows: readonly LabelledRow[]): Promise<DriftReport[]> {
    const platform = new RowsToDesk(toxicity)
    await platform.add(model, known.slice(0, 4000))
    await platform.add(model, rows)
    return shareReports(platform.reports)
  }

  it('those of 2015 after those of 2011 and 2012 are refused: their language moved, their share did not', async () => {
    const later = negative(publicRows('semeval-dated/train').filter(({ date }) => date! > '2015'))
    const reports = await reportsOf(later)
    expect(new Set(reports.map(({ finding }) => finding))).toEqual(new Set(['CLASS_SHARE_REFUSED']))
    const figures = await compared(toxicity, later.slice(0, 6000), [
      model,
      await corrected(toxicity, model, moveOf(reports[0]!)),
    ])
    // What the guard is there for.
    expect(figures.after.logLoss).toBeGreaterThan(figures.before.logLoss)
  })

  it.each(['airline-tweets-2015/early', 'covid-tweets-2020/early'])(
    '%s, of which far more are negative, is refused',
    async file => {
      const rows = negative(publicRows(file)).slice(0, 4000)
      const reports = await reportsOf(rows)
      expect(reports.map(({ finding }) => finding)).toContain('CLASS_SHARE_REFUSED')
      expect(reports.filter(({ drifted }) => drifted)).toEqual([])
      // Whatever it would have been worth: nearly everything would have been called negative.
      const after = await corrected(toxicity, model, moveOf(reports[0]!))
      const figures = await compared(toxicity, rows, [model, after])
      expect(figures.after.falseAlarms).toBeGreaterThan(2 * figures.before.falseAlarms)
    },
  )

  it('the same tweets with half of them negative are corrected', async () => {
    const rows = rowsOfShare(known.slice(4000), { share: 0.5, positive: 'toxic', countMax: 4000, seed: 1 })
    const finding = watched(
      await profilesOf(toxicity, model, known.slice(0, 4000)),
      await profilesOf(toxicity, model, rows),
    )
    expect(finding).toMatchObject({ away: true, unexplained: [] })
    const figures = await compared(toxicity, rows, [model, await corrected(toxicity, model, finding.move)])
    expect(figures.after.logLoss).toBeLessThan(figures.before.logLoss)
    expect(figures.after.mcc).toBeGreaterThan(figures.before.mcc)
  })
})

function negative(rows: readonly LabelledRow[]): LabelledRow[] {
  return rows.map(row => ({ ...row, label: /negative/i.test(row.label) ? 'toxic' : 'civil' }))
}

function moveOf({ statistic, threshold, effect }: DriftReport): Move {
  return { from: { share: threshold }, to: { share: statistic }, shift: effect! }
}
