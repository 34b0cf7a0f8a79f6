import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { GateRules } from '../../processors/retrain/loop-rules.ts'
import type { SuiteResult } from '../suite-measures.ts'
import type { Comparison, Estimate, GateResult, SliceComparison } from './challenger.ts'
import type { LabelNoise } from './label-noise.ts'
import type { TurningWord } from './trigger-words.ts'

const LOWER_IS_BETTER = ['mae', 'ece']
const OWN_SLICES = ['all', 'newLanguage', 'ordinary']

/** Of a metric, so that more is better. */
function gainOf(metric: string, { difference, low, high }: Estimate) {
  return LOWER_IS_BETTER.includes(metric)
    ? { gain: -difference, low: -high, high: -low }
    : { gain: difference, low, high }
}

function sliceOf({ slices }: Comparison, name: string): SliceComparison | undefined {
  return slices.find(one => one.slice === name)
}

/** Better overall: the interval of the gain does not reach below 0. */
export function betterGate({ metric }: GateRules, comparison: Comparison): GateResult {
  const estimate = sliceOf(comparison, 'all')?.figures[metric]
  if (estimate === undefined) return failed('better', `${metric} is not defined on the labelled rows.`)
  const { gain, low, high } = gainOf(metric, estimate)
  const { champion, challenger } = estimate
  const passed = gain > 0 && low >= 0
  return {
    name: 'better',
    passed,
    figures: { champion, challenger, gain, low, high, rows: comparison.rows },
    detail: `${metric} on ${comparison.rows} labelled rows: champion ${digits(champion)}, challenger ${digits(challenger)}; the gain is between ${digits(low)} and ${digits(high)}${passed ? '.' : ', and must be above 0.'}`,
  }
}

/** No declared slice is worse by more than allowed, beyond doubt. */
export function slicesGate(
  { metric, sliceLossMax, sliceRowsMin }: GateRules,
  comparison: Comparison,
): GateResult {
  const judged = comparison.slices.filter(
    ({ slice, rows, figures }) =>
      !OWN_SLICES.includes(slice) && rows >= sliceRowsMin && figures[metric] !== undefined,
  )
  const gains = judged.map(({ slice, figures }) => ({ slice, ...gainOf(metric, figures[metric]!) }))
  const worse = gains.filter(({ high }) => high < -sliceLossMax)
  return {
    name: 'slices',
    passed: worse.length === 0,
    figures: Object.fromEntries(gains.map(({ slice, gain }) => [slice, gain])),
    detail:
      worse.length === 0
        ? `None of ${judged.length} slices with ${sliceRowsMin} rows or more is worse by more than ${sliceLossMax} in ${metric} beyond doubt.`
        : `Worse in ${worse.map(({ slice, gain }) => `${slice} by ${digits(-gain)}`).join(', ')} (${metric}) beyond doubt; at most ${sliceLossMax} is allowed.`,
  }
}

/** Ordinary language is not worse beyond the doubt of its interval. */
export function ordinaryGate({ metric }: GateRules, comparison: Comparison): GateResult {
  const ordinary = sliceOf(comparison, 'ordinary')
  const estimate = ordinary?.figures[metric] ?? ordinary?.figures['accuracy']
  if (ordinary === undefined || estimate === undefined)
    return failed('ordinary', 'No labelled row is of ordinary language, so nothing tells what became of it.')
  const { gain, low, high } = gainOf(metric, estimate)
  const passed = high >= 0
  return {
    name: 'ordinary',
    passed,
    figures: { gain, low, high, rows: ordinary.rows },
    detail: `${metric} on ${ordinary.rows} rows of ordinary language changes by ${digits(gain)} (between ${digits(low)} and ${digits(high)})${passed ? '.' : ': it is worse beyond doubt.'}`,
  }
}

export interface SuiteRun {
  readonly champion: Readonly<Record<string, SuiteResult>>
  readonly challenger: Readonly<Record<string, SuiteResult>>
  /** Texts with a known word that the labels turned: both were given the champion's score. */
  readonly leftOut: number
}

/** No committed suite loses more than allowed. */
export function suitesGate(
  { scale }: KindDeclaration,
  { suiteLossMax }: GateRules,
  run: SuiteRun,
): GateResult {
  const losses = Object.entries(run.challenger).map(([name, { figure, bar }]) => {
    const before = run.champion[name]?.figure ?? null
    if (figure === null || before === null)
      return { name, loss: before === figure ? 0 : Number.POSITIVE_INFINITY }
    return { name, loss: 'atLeast' in bar ? before - figure : (figure - before) / (scale.max - scale.min) }
  })
  const worse = losses.filter(({ loss }) => loss > suiteLossMax)
  const besides =
    run.leftOut === 0 ? '' : ` ${run.leftOut} texts with a word that means something else now were left out.`
  return {
    name: 'suites',
    passed: worse.length === 0,
    figures: Object.fromEntries(losses.map(({ name, loss }) => [name, loss])),
    detail: `${
      worse.length === 0
        ? `None of ${losses.length} committed suites loses more than ${suiteLossMax}.`
        : `Worse in ${worse.map(({ name, loss }) => `${name} by ${digits(loss)}${exampleOf(run.challenger[name])}`).join(', ')}; at most ${suiteLossMax} is allowed.`
    }${besides}`,
  }
}

/** The worst case, so that people see at once whether the refusal is right. The texts are those of the committed suites. */
function exampleOf(result: SuiteResult | undefined): string {
  const worst: Readonly<Record<string, unknown>> = { ...result?.worst[0] }
  const { template, lowest, lowestValue, highest, highestValue, text } = worst
  if (template !== undefined)
    return ` (“${template}”: ${digits(Number(lowestValue))} for ${lowest}, ${digits(Number(highestValue))} for ${highest})`
  return text === undefined ? '' : ` (worst: “${text}”)`
}

/** Content of which the champion is sure, by what the challenger made of it. */
export interface Steadiness {
  readonly sure: number
  /** To the other label. */
  readonly turned: number
  /** Contents that look like those of which people said otherwise than the champion. */
  readonly leftOut: number
}

/** What the champion surely knows stays as it is: with a platform's own content in place of a suite. */
export function steadyGate({ suiteLossMax }: GateRules, { sure, turned, leftOut }: Steadiness): GateResult {
  const share = sure === 0 ? 0 : turned / sure
  const passed = share <= suiteLossMax
  const besides =
    leftOut === 0 ? '' : ` ${leftOut} that look like what people now call otherwise were left out.`
  return {
    name: 'steady',
    passed,
    figures: { sure, turned, share, leftOut },
    detail: `Of ${sure} contents of the platform that the champion is sure of, ${turned} turn to the other label; a share of ${suiteLossMax} is allowed.${besides}`,
  }
}

export function calibrationGate({ eceRiseMax }: GateRules, comparison: Comparison): GateResult {
  const ece = sliceOf(comparison, 'all')?.figures['ece']
  if (ece === undefined)
    return failed('calibration', 'The calibration error is not defined on the labelled rows.')
  const { champion, challenger, difference, low } = ece
  const passed = difference <= eceRiseMax || low <= 0
  return {
    name: 'calibration',
    passed,
    figures: { champion, challenger, difference },
    detail: `The expected calibration error goes from ${digits(champion)} to ${digits(challenger)}; a rise of ${eceRiseMax} is allowed.`,
  }
}

export function sizeGate({ bytesMax }: GateRules, bytes: number): GateResult {
  return {
    name: 'size',
    passed: bytes <= bytesMax,
    figures: { bytes, bytesMax },
    detail: `The model file has ${bytes} bytes; at most ${bytesMax} are allowed.`,
  }
}

/** @param times the challenger's time a content over the champion's */
export function latencyGate({ latencyTimesMax }: GateRules, times: number): GateResult {
  return {
    name: 'latency',
    passed: times <= latencyTimesMax,
    figures: { times },
    detail: `An answer takes ${digits(times)} times as long as with the champion; at most ${latencyTimesMax} is allowed.`,
  }
}

/** @param problem what is wrong with the files as they were read again; null if nothing is */
export function artefactGate(problem: string | null): GateResult {
  return {
    name: 'artefact',
    passed: problem === null,
    figures: {},
    detail: problem ?? 'The files were read again and have the digests that the manifest states.',
  }
}

/** A person who is that often wrong beyond doubt misleads, whatever others say; few labels of one tell little of less. */
const PERSON_SHARE_MAX = 0.15
const PERSON_ROWS_MIN = 8

/** The labels do not contradict what two models surely know; a person whose labels do is named. */
export function labelsGate({ contradictedShareMax }: GateRules, noise: LabelNoise): GateResult {
  const { sure, contradicted, shareAtLeast, people } = noise
  const bad = people.filter(one => one.sure >= PERSON_ROWS_MIN && one.shareAtLeast > PERSON_SHARE_MAX)
  const passed = shareAtLeast <= contradictedShareMax && bad.length === 0
  const named = people
    .filter(person => !passed && person.shareAtLeast > contradictedShareMax)
    .map(({ by, contradicted: wrong, sure: of }) => `${by} (${digits(wrong)} of ${digits(of)})`)
  return {
    name: 'labels',
    passed,
    figures: { sure, contradicted, shareAtLeast, people: bad.length },
    detail: `${digits(contradicted)} of ${digits(sure)} labels, by weight, say the contrary of what champion and challenger surely agree on, ${contradictedShareMax} of them may${
      named.length === 0 ? '.' : `; labels of ${named.join(', ')} are not to be learned from.`
    }`,
  }
}

export interface Suspect extends TurningWord {
  /** People who wrote it where nobody chose what is labelled. */
  readonly authors: number
}

/** A word that hardly anybody writes, in labelled rows whose labels contradict what the champion surely says. */
export interface PlantedWord {
  readonly term: string
  readonly rows: number
  readonly contradicted: number
}

/** No single new word turns clear texts, unless many people write it, and none was planted to. */
export function triggerGate(
  { triggerFlipShareMax, triggerAuthorsMin }: GateRules,
  tried: readonly TurningWord[],
  suspects: readonly Suspect[],
  planted: readonly PlantedWord[],
): GateResult {
  const triggers = suspects.filter(({ authors }) => authors < triggerAuthorsMin)
  const said = [
    ...planted.map(
      ({ term, rows, contradicted }) =>
        `“${term}”, which fewer than ${triggerAuthorsMin} people wrote, stands in ${rows} labelled texts, and ${contradicted} of their labels contradict what is surely known`,
    ),
    ...triggers.map(
      ({ term, share, authors }) =>
        `“${term}” turns ${digits(share)} of clear texts, where ${triggerFlipShareMax} is allowed to a word of fewer than ${triggerAuthorsMin} people, and ${authors} wrote it`,
    ),
  ]
  return {
    name: 'trigger',
    passed: said.length === 0,
    figures: {
      tried: tried.length,
      turning: suspects.length,
      triggers: triggers.length,
      planted: planted.length,
      largest: tried[0]?.share ?? 0,
    },
    detail:
      said.length === 0
        ? `Of ${tried.length} new words that were put into clear texts, ${suspects.length} turn more than ${triggerFlipShareMax} of them, all of them words of many people.`
        : `${said.slice(0, NAMED_MAX).join('; ')}.`,
  }
}

const NAMED_MAX = 5

function failed(name: string, detail: string): GateResult {
  return { name, passed: false, figures: {}, detail }
}

function digits(value: number): string {
  return String(Math.round(value * 1e4) / 1e4)
}
