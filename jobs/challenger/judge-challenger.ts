import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { GateRules } from '../../processors/retrain/loop-rules.ts'
import type { Model } from '../../processors/scorer.ts'
import type { TextInput } from '../../processors/text/features.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { type HeadsModel, predictValue, valueOfText } from '../../processors/text/heads.ts'
import type { SuiteScore } from '../suite-measures.ts'
import { runSuites, type Suite, scoreTextsBy, suitesOf } from '../suites.ts'
import type { Comparison, GateResult } from './challenger.ts'
import { asLabel } from './compare.ts'
import {
  artefactGate,
  betterGate,
  calibrationGate,
  labelsGate,
  latencyGate,
  ordinaryGate,
  type PlantedWord,
  type SuiteRun,
  type Suspect,
  sizeGate,
  slicesGate,
  suitesGate,
  triggerGate,
} from './gates.ts'
import { isContrary, labelNoise, sureSide } from './label-noise.ts'
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
}

/** Everything a challenger must show, each gate with what was found. */
export async function judgeChallenger(judged: Judged): Promise<GateResult[]> {
  const { kind, rules, settings, suitesDir, models, files, unseen, comparison } = judged
  const suites = await suitesOf(kind.kind, suitesDir)
  const texts = [...new Set(suites.flatMap(suite => suite.texts))]
  return [
    artefactGate(judged.artefactProblem),
    labelsGate(rules, labelNoise(kind, settings, unseen.rows)),
    findTriggers(judged, texts),
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

/** Labelled rows that hold a word, before it can have been planted: what fewer teach, the others outweigh. */
const PLANTED_ROWS_MIN = 3

function findTriggers(judged: Judged, suiteTexts: readonly string[]): GateResult {
  const { kind, rules, settings, models, teaching } = judged
  const rowsOf = new Map<string, number>()
  for (const features of teaching.heads.features)
    for (const { term, part, isNew } of features)
      if (part === 'WORD' && isNew && isWord(term)) rowsOf.set(term, (rowsOf.get(term) ?? 0) + 1)
  const terms = [...rowsOf.keys()].filter(term => rowsOf.get(term)! >= PLANTED_ROWS_MIN)
  const texts = suiteTexts.length > 0 ? suiteTexts : teaching.replayed.map(row => row.text)
  const tried = testTriggers(kind, settings, models, texts, terms)
  const turning = tried.filter(({ share }) => share > rules.triggerFlipShareMax)
  const suspects = turning.map(
    (one): Suspect => ({ ...one, authors: teaching.heads.writers.get(one.term) ?? 0 }),
  )
  return triggerGate(rules, tried, suspects, plantedWords(judged, terms))
}

/**
 * New words that hardly anybody writes, and whose labels contradict what the champion surely says of the rest of their texts: they
 * were put there, or their texts were, for the challenger to learn.
 */
function plantedWords(
  { kind, rules, settings, teaching, unseen }: Judged,
  terms: readonly string[],
): PlantedWord[] {
  const sideOf = sureSide(kind, settings)
  const championOf = new Map(unseen.rows.map(one => [one.row, one.champion]))
  const isRare = (term: string) => (teaching.heads.writers.get(term) ?? 0) < rules.triggerAuthorsMin
  const rare = new Map(terms.filter(isRare).map(term => [term, { term, rows: 0, contradicted: 0 }]))
  for (const [i, row] of teaching.labelled.entries()) {
    const champion = championOf.get(row)
    if (champion === undefined) continue
    const side = sideOf(champion)
    const isContradicted = side !== 0 && isContrary(kind, side, asLabel(kind, row.target))
    for (const term of new Set(teaching.heads.features[i]!.map(one => one.term))) {
      const word = rare.get(term)
      if (word === undefined) continue
      word.rows++
      word.contradicted += Number(isContradicted)
    }
  }
  return [...rare.values()].filter(({ contradicted }) => contradicted >= PLANTED_ROWS_MIN)
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
