import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { GateRules } from '../../processors/retrain/loop-rules.ts'
import type { Model } from '../../processors/scorer.ts'
import type { TextInput } from '../../processors/text/features.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { type HeadsModel, predictValue, valueOfText } from '../../processors/text/heads.ts'
import type { SuiteScore } from '../suite-measures.ts'
import { runSuites, type Suite, scoreTextsBy, suitesOf } from '../suites.ts'
import type { ChallengerOptions, Comparison, GateResult } from './challenger.ts'
import { ASKED_TERMS_MAX } from './challenger.ts'
import {
  artefactGate,
  betterGate,
  calibrationGate,
  labelsGate,
  latencyGate,
  ordinaryGate,
  type SuiteRun,
  type Suspect,
  sizeGate,
  slicesGate,
  suitesGate,
  triggerGate,
} from './gates.ts'
import { labelNoise } from './label-noise.ts'
import type { LearnedHead } from './learn-head.ts'
import { isWord } from './learning-rows.ts'
import type { Unseen } from './predict-unseen.ts'
import type { TeachingRows } from './teaching-rows.ts'
import { testTriggers } from './trigger-words.ts'
import type { ChallengerFiles } from './write-challenger.ts'

export interface Judged {
  readonly kind: KindDeclaration
  readonly rules: GateRules
  readonly settings: Readonly<Record<string, number>>
  readonly suitesDir: string
  readonly models: { readonly champion: HeadsModel; readonly challenger: HeadsModel }
  readonly files: ChallengerFiles
  /** See `artefactGate`. */
  readonly artefactProblem: string | null
  readonly teaching: TeachingRows
  readonly learned: LearnedHead
  readonly unseen: Unseen
  readonly comparison: Comparison
  readonly authorsOf: ChallengerOptions['authorsOf']
}

/** Everything a challenger must show, each gate with what was found. */
export async function judgeChallenger(judged: Judged): Promise<GateResult[]> {
  const { kind, rules, settings, suitesDir, models, files, unseen, comparison } = judged
  const suites = await suitesOf(kind.kind, suitesDir)
  const texts = [...new Set(suites.flatMap(suite => suite.texts))]
  return [
    artefactGate(judged.artefactProblem),
    labelsGate(rules, labelNoise(kind, settings, unseen.rows)),
    await findTriggers(judged, texts),
    betterGate(rules, comparison),
    ordinaryGate(rules, comparison),
    slicesGate(rules, comparison),
    suitesGate(kind, rules, await runBoth(judged, suites)),
    calibrationGate(rules, comparison),
    sizeGate(rules, files.onnx.length),
    latencyGate(
      rules,
      latencyTimes(models, texts.length > 0 ? texts : judged.teaching.labelled.map(row => row.text)),
    ),
  ]
}

/** A turned word may excuse so much of the suites' texts; more, and none is excused. */
const LEFT_OUT_SHARE_MAX = 0.1

async function runBoth(
  { kind, models, settings, learned }: Judged,
  suites: readonly Suite[],
): Promise<SuiteRun> {
  const scorer = (model: HeadsModel) => scoreTextsBy(kind, modelOf(kind, model, settings))
  const champion = new Map<string, SuiteScore>()
  const before = await runSuites(kind, suites, async texts => {
    const scores = await scorer(models.champion)(texts)
    for (const [i, text] of texts.entries()) champion.set(text, scores[i] ?? null)
    return scores
  })
  const words = new Set([...learned.turned])
  const turned = new Set([...champion.keys()].filter(text => wordsOf(text).some(word => words.has(word))))
  const leftOut = turned.size > LEFT_OUT_SHARE_MAX * champion.size ? new Set<string>() : turned
  const after = await runSuites(kind, suites, async texts => {
    const scores = await scorer(models.challenger)(texts)
    return texts.map((text, i) => (leftOut.has(text) ? champion.get(text)! : (scores[i] ?? null)))
  })
  return { champion: before, challenger: after, leftOut: leftOut.size }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []
}

function modelOf(
  kind: KindDeclaration,
  model: HeadsModel,
  settings: Readonly<Record<string, number>>,
): Model<unknown, unknown> {
  return {
    card: { kind: kind.kind, version: '', settings },
    predict: inputs => inputs.map(input => predictValue(model, input as TextInput)),
    close: async () => {},
  }
}

async function findTriggers(judged: Judged, suiteTexts: readonly string[]): Promise<GateResult> {
  const { kind, rules, settings, models, teaching } = judged
  const terms = new Set<string>()
  for (const features of teaching.heads.features)
    for (const { term, part, isNew } of features)
      if (part === 'WORD' && isNew && isWord(term)) terms.add(term)
  const texts = suiteTexts.length > 0 ? suiteTexts : teaching.replayed.map(row => row.text)
  const tried = testTriggers(kind, settings, models, texts, [...terms])
  const turning = tried.filter(({ share }) => share > rules.triggerFlipShareMax)
  const authors = await countAuthors(
    judged,
    turning.map(one => one.term),
  )
  const suspects: Suspect[] = turning.map(one => ({ ...one, authors: authors.get(one.term) ?? 0 }))
  return triggerGate(rules, tried, suspects)
}

/** Who wrote each term: as the caller counts it, or else in the replayed content, which nobody chose for what it says. */
async function countAuthors(
  { teaching, authorsOf }: Judged,
  terms: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const asked =
    terms.length === 0 || authorsOf === undefined ? null : await authorsOf(terms.slice(0, ASKED_TERMS_MAX))
  const authors = new Map(terms.map(term => [term, new Set<string>()]))
  for (const { text, author } of teaching.replayed) {
    const small = text.toLowerCase()
    for (const [term, known] of authors) if (small.includes(term)) known.add(author)
  }
  return new Map([...authors].map(([term, known]) => [term, Math.max(known.size, asked?.get(term) ?? 0)]))
}

const TIMED_TEXTS = 300
const TIMED_ROUNDS = 15

/** The challenger's shortest time over the champion's, taken in turn. */
function latencyTimes({ champion, challenger }: Judged['models'], texts: readonly string[]): number {
  const readFeatures = createFeatureReader()
  const inputs = texts.slice(0, TIMED_TEXTS).map(readFeatures)
  const shortest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < TIMED_ROUNDS; round++)
    for (const [i, model] of [champion, challenger].entries()) {
      const start = performance.now()
      for (const input of inputs) valueOfText(model, input)
      shortest[i] = Math.min(shortest[i]!, performance.now() - start)
    }
  return shortest[1]! / shortest[0]!
}
