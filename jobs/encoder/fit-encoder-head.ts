import type { KindDeclaration } from '../../pipelines/kinds.ts'
import {
  coreMargin,
  type EncoderCore,
  type EncoderHead,
  encoderValue,
  expertShares,
  headMargin,
  type Linear,
  linear,
} from '../../processors/encoder/encoder-head.ts'
import type { Link } from '../../processors/text/link.ts'
import { fitPiecewise, fitPlatt, type MarginOutcome, thresholdFor } from '../calibrate.ts'
import type { Outcome } from '../metrics.ts'
import { TEST_FOLD } from '../training-row.ts'
import { fitLanguageLinks } from './fit-language-links.ts'
import { type EncodedRow, expertSources, fitLinear, trainCore } from './train-core.ts'

export interface FittedHead {
  readonly head: EncoderHead
  readonly settings: Readonly<Record<string, number>>
  /** Of the held-out rows, each by a mixture and a link that did not see it. */
  readonly outcomes: readonly (Outcome & { readonly source: string; readonly language: string | null })[]
}

/** Of so few weights nothing is to be feared but two margins that say the same. */
const RIDGE_OF_MIXTURE = 1e-6
/**
 * So many held-out rows are enough to mix and calibrate by; of fewer rows all are taken, each as cores without its part see it. The
 * n-grams may have learned from those, and then count for more than they are worth: hence no more than three numbers and a link need.
 */
const MIXING_ROWS_MIN = 100
const CORE_PARTS = 5
/** Parts of the rows that mix and calibrate, so that each can be measured by the others. */
const PARTS = 2

/**
 * Fits what makes a value of an encoder's output. A core that is null is trained: weights of the vector, by the rows that are not
 * held out. What mixes it with the n-grams, and the link, are fitted on rows that the core did not see; n-grams that were trained on the
 * same files did not see the held-out ones either.
 * @param hasNgrams whether n-grams are beside it
 * @param languages that it reads, where they are others than its kind's: each gets a link of its own, if it has rows
 */
export function fitEncoderHead(
  kind: KindDeclaration,
  labelled: readonly EncodedRow[],
  core: EncoderCore | null,
  hasNgrams: boolean,
  languages: readonly string[] | null = null,
): FittedHead {
  const rows = evenedOut(labelled)
  const heldOut = rows.filter(({ fold }) => fold === TEST_FOLD)
  const isEnough = heldOut.length >= MIXING_ROWS_MIN
  const taught = core ?? trainCore(kind, isEnough ? rows.filter(({ fold }) => fold !== TEST_FOLD) : rows)
  const mixing =
    core === null && !isEnough
      ? answeredUnseen(kind, rows)
      : (isEnough ? heldOut : rows).map(row => ({ row, core: taught }))
  const outcomes = Array.from({ length: PARTS }, (_, part) => {
    const others = mixing.filter((_one, i) => i % PARTS !== part)
    const head = inLanguages(kind, others, fitMixture(kind, others, hasNgrams), languages)
    const unseen = mixing.filter((_one, i) => i % PARTS === part)
    return unseen.map(({ row, core: own }) => ({
      value: encoderValue(head(own), row.output, row.ngramMargin, row.language),
      target: row.target,
      source: row.source,
      language: row.language,
    }))
  }).flat()
  const settings =
    kind.training.objective === 'BINARY' ? { threshold: thresholdFor(outcomes, kind.training.threshold) } : {}
  const head = inLanguages(kind, mixing, fitMixture(kind, mixing, hasNgrams), languages)
  return { head: head(taught), settings, outcomes }
}

/** Adds what each language makes of the margin: fitted on the rows that the mixture was fitted on, since it has two numbers. */
function inLanguages(
  kind: KindDeclaration,
  mixing: readonly Mixed[],
  headOf: (core: EncoderCore) => EncoderHead,
  languages: readonly string[] | null,
): (core: EncoderCore) => EncoderHead {
  if (languages === null) return headOf
  const heads = new Map([...new Set(mixing.map(({ core }) => core))].map(core => [core, headOf(core)]))
  const rows = mixing.map(({ row, core }) => {
    const { output, ngramMargin, target, weight, language } = row
    return { margin: headMargin(heads.get(core)!, output, ngramMargin), target, weight, language }
  })
  const [head] = heads.values()
  const links = head === undefined ? {} : fitLanguageLinks(kind, head.link, rows)
  return core => ({ ...headOf(core), languages: { ofKind: kind.languages, links } })
}

/** A source counts by the root of what it weighs. */
function evenedOut(rows: readonly EncodedRow[]): readonly EncodedRow[] {
  const weights = new Map<string, number>()
  for (const { source, weight } of rows) weights.set(source, (weights.get(source) ?? 0) + weight)
  return rows.map(row => ({ ...row, weight: row.weight / Math.sqrt(weights.get(row.source)!) }))
}

/** A row, and a core that has not learned from it. */
interface Mixed {
  readonly row: EncodedRow
  readonly core: EncoderCore
}

/** Of few rows each is answered by a core that was trained on the other parts. */
function answeredUnseen(kind: KindDeclaration, rows: readonly EncodedRow[]): Mixed[] {
  // All of the same sources, or their experts could not be weighed together.
  const sources = expertSources(rows)
  return Array.from({ length: CORE_PARTS }, (_, part) => {
    const taught = rows.filter(({ fold }) => fold % CORE_PARTS !== part)
    const core = trainCore(kind, taught, sources)
    return rows.filter(({ fold }) => fold % CORE_PARTS === part).map(row => ({ row, core }))
  }).flat()
}

/** How much each part of the margin counts, and the link: makes the head of a core that was trained like those it was fitted with. */
function fitMixture(
  { training, scale }: KindDeclaration,
  mixing: readonly Mixed[],
  hasNgrams: boolean,
): (core: EncoderCore) => EncoderHead {
  const rows = mixing.map(({ row }) => row)
  const inputs = mixing.map(one => partsOf(one, hasNgrams))
  const found = fitLinear(training.objective, scale, rows, inputs, RIDGE_OF_MIXTURE)
  const outcomes: MarginOutcome[] = rows.map(({ target, weight }, i) => ({
    margin: inputs[i]!.reduce((sum, part, column) => sum + part * found[column]!, 0),
    target,
    weight,
  }))
  if (training.objective === 'GRADED') {
    const link = fitPiecewise(outcomes, scale)
    return core => mixedHead(core, found, hasNgrams, link)
  }
  const { slope, offset } = fitPlatt(outcomes)
  const calibrated = found.map((one, column) => slope * one + (column % 3 === 1 ? offset : 0))
  return core => mixedHead(core, calibrated, hasNgrams, { form: 'sigmoid' })
}

/** Of each expert (a core of one sort is one expert that always counts): its margin, its share, and the n-grams’ margin, by its share. */
function partsOf({ row, core }: Mixed, hasNgrams: boolean): Float32Array {
  const { output, ngramMargin } = row
  const experts = core.form === 'MIXTURE' ? core.experts : null
  const shares = experts === null ? [1] : expertShares(experts, output)
  return Float32Array.from(
    shares.flatMap((share, place) => {
      const margin = experts === null ? coreMargin(core, output, 0) : linear(experts[place]!.margin, output)
      return [share * margin, share, hasNgrams ? share * ngramMargin : 0]
    }),
  )
}

function mixedHead(core: EncoderCore, found: Float64Array, hasNgrams: boolean, link: Link): EncoderHead {
  const of = (expert: number) => ({
    factor: found[3 * expert]!,
    offset: found[3 * expert + 1]!,
    ngrams: hasNgrams ? found[3 * expert + 2]! : 0,
  })
  if (core.form !== 'MIXTURE') {
    const { factor, offset, ngrams } = of(0)
    return { core: scaled(core, factor, offset), ngrams, link }
  }
  const experts = core.experts.map((one, place) => {
    const { factor, offset, ngrams } = of(place)
    return { ...one, margin: scaledLinear(one.margin, factor, offset), ngrams }
  })
  return { core: { form: 'MIXTURE', experts }, ngrams: 0, link }
}

function scaled(
  core: Exclude<EncoderCore, { form: 'MIXTURE' }>,
  factor: number,
  offset: number,
): EncoderCore {
  return core.form === 'LABELS'
    ? { ...core, slope: factor * core.slope, offset: factor * core.offset + offset }
    : { form: 'LINEAR', ...scaledLinear(core, factor, offset) }
}

function scaledLinear(one: Linear, factor: number, offset: number): Linear {
  return { weights: one.weights.map(weight => factor * weight), offset: factor * one.offset + offset }
}
