import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
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
import { createRandom } from '../random.ts'
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

/**
 * Of the n-grams beside an encoder. LEARNED: they may have learned from any row that is not held out. UNSEEN: a row's margin is by
 * n-grams that have not learned from it.
 */
export type NgramMargins = 'NONE' | 'LEARNED' | 'UNSEEN'

/**
 * Fits what makes a value of an encoder's output. A core that is null is trained: weights of the vector, by the rows that are not
 * held out. What mixes it with the n-grams, and the link, are fitted on rows that neither saw: those held out, or all others, each by
 * cores that left its part out, where margins of n-grams that did the same are there (cross-fitting; Wolpert 1992, stacked
 * generalisation).
 * @param languages that it reads, where they are others than its kind's: each gets a link of its own, if it has rows
 */
export function fitEncoderHead(
  kind: KindDeclaration,
  labelled: readonly EncodedRow[],
  core: EncoderCore | null,
  ngrams: NgramMargins,
  languages: readonly string[] | null = null,
): FittedHead {
  const rows = evenedOut(labelled)
  const heldOut = rows.filter(({ fold }) => fold === TEST_FOLD)
  const isEnough = heldOut.length >= MIXING_ROWS_MIN
  const teaching = isEnough ? rows.filter(({ fold }) => fold !== TEST_FOLD) : rows
  const taught = core ?? trainCore(kind, teaching)
  const isStacked = ngrams === 'UNSEEN' || !isEnough
  const mixing =
    core === null && isStacked
      ? answeredUnseen(kind, teaching)
      : (isStacked ? teaching : heldOut).map(row => ({ row, core: taught }))
  const headBy = (mixed: readonly Mixed[]) =>
    inLanguages(kind, mixed, fitMixture(kind, mixed, ngrams !== 'NONE'), languages)
  const headOf = headBy(mixing)
  // Rows that only measure, or each part of those that mix by what the others make of it.
  const outcomes =
    isStacked && isEnough
      ? outcomesOf(
          headOf,
          heldOut.map(row => ({ row, core: taught })),
        )
      : halves(mixing).flatMap(([unseen, others]) => outcomesOf(headBy(others), unseen))
  const { training } = kind
  const deciding = isStacked && isEnough ? outcomesOf(headOf, mixing) : outcomes
  const settings =
    training.objective === 'BINARY' ? { threshold: thresholdFor(deciding, training.threshold) } : {}
  return { head: headOf(taught), settings, outcomes }
}

/** Each half with the other; cut by chance, since rows may come in turns, such as one of each label. */
function halves(mixing: readonly Mixed[]): readonly (readonly [readonly Mixed[], readonly Mixed[]])[] {
  const random = createRandom(HALVES_SEED)
  const one: Mixed[] = []
  const other: Mixed[] = []
  for (const mixed of mixing) (random() < 1 / 2 ? one : other).push(mixed)
  return [
    [one, other],
    [other, one],
  ]
}

const HALVES_SEED = 1

function outcomesOf(
  headOf: (core: EncoderCore) => EncoderHead,
  mixed: readonly Mixed[],
): FittedHead['outcomes'] {
  const heads = new Map([...new Set(mixed.map(({ core }) => core))].map(core => [core, headOf(core)]))
  return mixed.map(({ row: { output, ngramMargin, target, source, language }, core }) => ({
    value: encoderValue(heads.get(core)!, output, ngramMargin, language),
    target,
    source,
    language,
  }))
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

/** Each row is answered by a core that was trained on the other parts. */
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
