import { createFeatureReader } from '../../processors/text/features.ts'
import type { SuiteScore } from '../suite-measures.ts'
import { runSuites, type Suite, scoreTextsBy, suitesOf } from '../suites.ts'
import type { GateResult } from './challenger.ts'
import { asLabel } from './compare.ts'
import type { Judged } from './family.ts'
import {
  latencyGate,
  ordinaryGate,
  type PlantedWord,
  type SuiteRun,
  type Suspect,
  suitesGate,
  triggerGate,
} from './gates.ts'
import { innocentGate, taggedInnocent } from './innocent-gate.ts'
import { isContrary, sureSide } from './label-noise.ts'
import type { LearnedHead } from './learn-head.ts'
import { isWord } from './learning-rows.ts'
import type { TeachingTexts } from './teaching-texts.ts'
import { modelOfValues, type TextValues } from './text-values.ts'
import { timesAsLong } from './times-as-long.ts'
import { testTriggers } from './trigger-words.ts'

type JudgedTexts = Judged<TeachingTexts, LearnedHead>

interface Models {
  readonly champion: TextValues
  readonly challenger: TextValues
}

/** What a challenger of texts must show beside what all must. */
export async function judgeTexts(judged: JudgedTexts): Promise<GateResult[]> {
  const { kind, rules, settings, suitesDir, rows, unseen, comparison } = judged
  // What is measured is what is shipped: the weights as the file has rounded them.
  const models = { champion: rows.champion, challenger: rows.challengerOf(judged.onnx) }
  const suites = await suitesOf(kind.kind, suitesDir)
  const texts = [...new Set(suites.flatMap(suite => suite.texts))]
  const timed = texts.length > 0 ? texts : rows.labelled.map(row => row.text)
  return [
    findTriggers(judged, models, texts),
    ordinaryGate(rules, comparison),
    // Replayed texts hold every fit in place, so that they would say nothing.
    ...(kind.training.objective === 'BINARY'
      ? [innocentGate(rules, taggedInnocent(kind, settings['threshold'] ?? 0.5, unseen.rows), null)]
      : []),
    suitesGate(kind, rules, await runBoth(judged, models, suites)),
    latencyGate(rules, latencyTimes(models, timed, rows.networkMsOfText)),
  ]
}

/** A turned word may excuse so much of the suites' texts; more, and none is excused. */
const LEFT_OUT_SHARE_MAX = 0.1

async function runBoth(
  { kind, learned }: JudgedTexts,
  models: Models,
  suites: readonly Suite[],
): Promise<SuiteRun> {
  const scorer = (values: TextValues) => scoreTextsBy(kind, modelOfValues(values))
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

/** Labelled rows that hold a word, before it can have been planted: what fewer teach, the others outweigh. */
const PLANTED_ROWS_MIN = 3

function findTriggers(judged: JudgedTexts, models: Models, suiteTexts: readonly string[]): GateResult {
  const { kind, rules, settings, rows: teaching } = judged
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
  { kind, rules, settings, rows: teaching, unseen }: JudgedTexts,
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

function latencyTimes(
  { champion, challenger }: Models,
  texts: readonly string[],
  networkMsOfText: number,
): number {
  const readFeatures = createFeatureReader()
  const inputs = texts.slice(0, TIMED_TEXTS).map(readFeatures)
  const work = (values: TextValues) => () => {
    for (const input of inputs) values.of(input)
  }
  return timesAsLong(work(champion), work(challenger), networkMsOfText * inputs.length)
}
