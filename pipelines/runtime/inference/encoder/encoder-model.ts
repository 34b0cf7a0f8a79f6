import type { EncoderSettings } from '../../../../processors/encoder/encoder-settings.ts'
import { isOfKind } from '../../../../processors/encoder/language-links.ts'
import { textWithout, weightsOfWords, wordGroups } from '../../../../processors/encoder/occlusion.ts'
import type { Detail, Model, ModelCard } from '../../../../processors/scorer.ts'
import { createFeatureReader } from '../../../../processors/text/features.ts'
import { predictText, type TextPrediction, unexplained } from '../../../../processors/text/heads.ts'
import { applyLink } from '../../../../processors/text/link.ts'
import { createNormalisedText, normaliseInto } from '../../../../processors/text/normalise.ts'
import type { TextInput } from '../../../../processors/text/text-input.ts'
import { NicrError } from '../../../../schemas/errors.ts'
import type { ModelFolder } from '../../../model-manifest.ts'
import { within } from '../../within.ts'
import { readEncoderFiles } from './encoder-files.ts'
import { type BesideNetwork, besideNetwork, marginsBeside, textToEncode } from './encoder-margin.ts'
import { EncoderPool, type EncodeWish } from './encoder-pool.ts'
import { defaultEncoderRun, type EncoderRun } from './encoder-run.ts'
import { type EncoderTally, type StandInReason, unwatched } from './encoder-watch.ts'

/**
 * Loads a version of an encoder; the network runs in processes of its own, and all else here. Where a deadline passes, or the network
 * fails, the n-grams beside it answer and the answer is marked.
 * @throws NicrError NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH
 */
export async function loadEncoderModel(
  folder: ModelFolder,
  run: EncoderRun = defaultEncoderRun,
): Promise<Model<TextInput, TextPrediction>> {
  const files = await readEncoderFiles(folder)
  const { settings } = files
  const { kind, version } = folder.manifest
  const { provider, threads, watch } = run
  const tally = watch?.opened({ kind, version, provider, threads, state: () => pool.state }) ?? unwatched
  const pool = new EncoderPool(
    { folder: folder.path, encoder: settings, provider, threads },
    run.processes,
    tally,
  )
  await pool.open().catch(error => {
    tally.closed()
    throw error
  })
  const asRead = readerOf(settings.reads)
  const beside = besideNetwork(files)
  const encoder = new EncoderModel({ ...beside, run, pool, tally, asRead, name: `${kind}@${version}` })
  return {
    card: cardOfEncoder(folder.manifest, settings),
    predict: (inputs, detail, deadlineMs) => encoder.predict(inputs, detail, deadlineMs),
    async close() {
      await pool.close()
      tally.closed()
    },
  }
}

/** What a scorer may know of the version. */
export function cardOfEncoder(
  { kind, version, settings }: ModelFolder['manifest'],
  { languages }: EncoderSettings,
): ModelCard {
  return { kind, version, settings, ...(languages !== null && { languages }) }
}

/** What an encoder is given of a text: NORMALISED is what the models of n-grams read. */
export function readerOf(reads: EncoderSettings['reads']): (text: string) => string {
  if (reads === 'AUTHOR') return text => text
  const normalised = createNormalisedText()
  return text => {
    normaliseInto(normalised, text)
    return Buffer.from(normalised.codes.buffer, 0, 2 * normalised.length).toString('utf16le')
  }
}

interface EncoderParts extends BesideNetwork {
  readonly run: EncoderRun
  readonly pool: EncoderPool
  readonly tally: EncoderTally
  readonly asRead: (text: string) => string
  readonly name: string
}

/** Two rounds: the values first, then what they would be without some words, as far as time is left. */
class EncoderModel {
  private readonly parts: EncoderParts
  private readonly readFeatures = createFeatureReader()

  constructor(parts: EncoderParts) {
    this.parts = parts
  }

  async predict(
    inputs: readonly TextInput[],
    detail: Detail = 'REASONS',
    deadlineMs?: number,
  ): Promise<readonly TextPrediction[]> {
    const { standIn: lesser, tally } = this.parts
    const until = deadlineMs === undefined ? null : performance.now() + deadlineMs
    const standIn = this.canStandIn(inputs, until !== null)
    // Who cannot be stood in for is not passed over for being late.
    const draft: EncodeWish = until === null ? {} : { line: 'DRAFTS', ...(standIn && { until }) }
    const values = await this.inTime(this.valuesOf(inputs, draft), until, standIn)
    if (values === 'late' || values === 'failed') {
      tally.stoodIn(values, inputs.length)
      // `inTime` waits without an end where there is nobody else to ask.
      return inputs.map(input =>
        this.isOfNgrams(input)
          ? { ...predictText(lesser!, input), degraded: true }
          : { ...unexplained(Number.NaN), isUnknown: true },
      )
    }
    if (detail === 'VALUE') return values.map(unexplained)
    const groups = inputs.map(({ spans }) => wordGroups(spans.length / 2, this.parts.run.occlusions))
    const others = inputs.flatMap((input, i) =>
      groups[i]!.map(group => ({
        ...this.readFeatures(textWithout(input, group)),
        language: input.language ?? null,
      })),
    )
    const wish: EncodeWish = until === null ? {} : { line: 'REASONS', until }
    const without =
      others.length === 0 ? 'late' : await this.inTime(this.valuesOf(others, wish), until, lesser !== null)
    let next = 0
    return inputs.map((input, i) => {
      const value = values[i]!
      if (without === 'late' || without === 'failed') return this.explainedByNgrams(input, value)
      const own = without.slice(next, next + groups[i]!.length)
      next += own.length
      const words = input.spans.length / 2
      const alone = groups[i]!.length === words
      return {
        value,
        wordWeights: weightsOfWords(words, groups[i]!, value, own),
        valueWithout: word => (alone ? own[word]! : null),
      }
    })
  }

  /** Drafts wait rather than be guessed at in a language that the n-grams do not know; the stream goes on, and says so. */
  private canStandIn(inputs: readonly TextInput[], areDrafts: boolean): boolean {
    if (this.parts.standIn === null) return false
    return !areDrafts || inputs.every(input => this.isOfNgrams(input))
  }

  private isOfNgrams({ language = null }: TextInput): boolean {
    return isOfKind(this.parts.head.languages, language)
  }

  /** Why there are none, where the n-grams can stand in. */
  private async inTime(
    values: Promise<readonly number[]>,
    until: number | null,
    standIn: boolean,
  ): Promise<readonly number[] | StandInReason> {
    if (!standIn) return values
    const late = () => new NicrError('NICR_MODEL_BUSY', `${this.parts.name}: the encoder is late`)
    try {
      return until === null ? await values : await within(until - performance.now(), values, late)
    } catch (error) {
      if (
        error instanceof NicrError &&
        (error.code === 'NICR_MODEL_FAILED' || error.code === 'NICR_MODEL_BUSY')
      )
        return error.code === 'NICR_MODEL_BUSY' ? 'late' : 'failed'
      throw error
    }
  }

  private async valuesOf(inputs: readonly TextInput[], wish: EncodeWish): Promise<readonly number[]> {
    const { head, pool, asRead, name } = this.parts
    const texts = inputs.map(input => textToEncode(head, asRead, input))
    const encoded = await pool.encode(texts, wish)
    return marginsBeside(this.parts, inputs, encoded, name).map(margin => {
      const value = applyLink(head.link, margin)
      if (Number.isFinite(value)) return value
      throw new NicrError('NICR_MODEL_FAILED', `${name}: the encoder gave no number for a text`)
    })
  }

  /** Its part of the words' weights as the n-grams have them: what the network made of them is not known. */
  private explainedByNgrams(input: TextInput, value: number): TextPrediction {
    const { standIn, head } = this.parts
    if (standIn === null || !this.isOfNgrams(input)) return unexplained(value)
    const { wordWeights } = predictText(standIn, input)
    const share = head.ngrams === 0 ? 1 : Math.min(1, head.ngrams)
    return { ...unexplained(value), wordWeights: wordWeights.map(weight => share * weight) }
  }
}
