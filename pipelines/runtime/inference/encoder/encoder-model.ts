import { type EncoderHead, encoderMargin, outputWidth } from '../../../../processors/encoder/encoder-head.ts'
import type { EncoderSettings } from '../../../../processors/encoder/encoder-settings.ts'
import { textWithout, weightsOfWords, wordGroups } from '../../../../processors/encoder/occlusion.ts'
import type { Detail, Model, ModelCard } from '../../../../processors/scorer.ts'
import { withPlatform } from '../../../../processors/text/added-tone.ts'
import { createFeatureReader, type TextInput } from '../../../../processors/text/features.ts'
import {
  type HeadsModel,
  marginOfText,
  predictText,
  type TextPrediction,
} from '../../../../processors/text/heads.ts'
import { applyLink } from '../../../../processors/text/link.ts'
import { createNormalisedText, normaliseInto } from '../../../../processors/text/normalise.ts'
import { NicrError } from '../../../../schemas/errors.ts'
import type { ModelFolder } from '../../../model-registry.ts'
import { within } from '../../within.ts'
import { readEncoderFiles } from './encoder-files.ts'
import { EncoderPool } from './encoder-pool.ts'
import type { ExecutionProvider } from './encoder-session.ts'

/** How encoders are run; one choice a process. */
export interface EncoderRun {
  /** Processes a version has at most. */
  readonly processes: number
  readonly provider: ExecutionProvider
  /** Runs more that a text's reasons may cost; 0: reasons come from the n-grams alone. */
  readonly occlusions: number
}

export const defaultEncoderRun: EncoderRun = { processes: 1, provider: 'cpu', occlusions: 8 }

/**
 * Loads a version of an encoder; the network runs in processes of its own, and all else here. Where a deadline passes, or the network
 * fails, the n-grams beside it answer and the answer is marked.
 * @throws NicrError NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH
 */
export async function loadEncoderModel(
  folder: ModelFolder,
  run: EncoderRun = defaultEncoderRun,
): Promise<Model<TextInput, TextPrediction>> {
  const { settings, head, ngrams, platform } = await readEncoderFiles(folder)
  const pool = new EncoderPool(
    { folder: folder.path, encoder: settings, provider: run.provider },
    run.processes,
  )
  await pool.open()
  const asRead = readerOf(settings.reads)
  const { kind, version } = folder.manifest
  const name = `${kind}@${version}`
  const standIn = ngrams && platform ? withPlatform(ngrams, platform) : ngrams
  const encoder = new EncoderModel({ head, standIn, platform, run, pool, asRead, name })
  return {
    card: cardOfEncoder(folder.manifest, settings),
    predict: (inputs, detail, deadlineMs) => encoder.predict(inputs, detail, deadlineMs),
    close: () => pool.close(),
  }
}

/**
 * The margin of a text by a version's network and what stands beside it; the platform's is added once, however often n-grams count.
 * @param standIn the n-grams, the platform's head among them
 */
export function marginBeside(
  { head, standIn, platform }: Pick<EncoderParts, 'head' | 'standIn' | 'platform'>,
  input: TextInput,
  output: Float32Array,
): number {
  const taught = platform === null ? 0 : marginOfText(platform, input)
  const ngramMargin = standIn === null ? 0 : marginOfText(standIn, input) - taught
  return encoderMargin(head, output, ngramMargin) + taught
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

interface EncoderParts {
  readonly head: EncoderHead
  /** The n-grams with what the platform taught: they answer where the network does not. */
  readonly standIn: HeadsModel | null
  readonly platform: HeadsModel | null
  readonly run: EncoderRun
  readonly pool: EncoderPool
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
    const { standIn } = this.parts
    const until = deadlineMs === undefined ? null : performance.now() + deadlineMs
    const values = await this.inTime(this.valuesOf(inputs, until !== null), until)
    if (values === null) {
      // `inTime` waits without an end where there is nobody else to ask.
      return inputs.map(input => ({ ...predictText(standIn!, input), degraded: true }))
    }
    if (detail === 'VALUE')
      return values.map(value => ({ value, wordWeights: NO_WEIGHTS, valueWithout: () => null }))
    const groups = inputs.map(({ spans }) => wordGroups(spans.length / 2, this.parts.run.occlusions))
    const others = inputs.flatMap((input, i) =>
      groups[i]!.map(group => this.readFeatures(textWithout(input, group))),
    )
    const without =
      others.length === 0 ? null : await this.inTime(this.valuesOf(others, until !== null), until)
    let next = 0
    return inputs.map((input, i) => {
      const value = values[i]!
      if (without === null) return this.explainedByNgrams(input, value)
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

  /** Null where the deadline passed or the network failed, and the n-grams can stand in. */
  private async inTime(
    values: Promise<readonly number[]>,
    until: number | null,
  ): Promise<readonly number[] | null> {
    if (this.parts.standIn === null) return values
    const late = () => new NicrError('NICR_MODEL_BUSY', `${this.parts.name}: the encoder is late`)
    try {
      return until === null ? await values : await within(until - performance.now(), values, late)
    } catch (error) {
      if (
        error instanceof NicrError &&
        (error.code === 'NICR_MODEL_FAILED' || error.code === 'NICR_MODEL_BUSY')
      )
        return null
      throw error
    }
  }

  private async valuesOf(inputs: readonly TextInput[], isUrgent = false): Promise<readonly number[]> {
    const { head, pool, asRead, name } = this.parts
    const { rows, width } = await pool.encode(
      inputs.map(({ text }) => asRead(text)),
      isUrgent,
    )
    if (width !== outputWidth(head.core) && inputs.length > 0)
      throw new NicrError(
        'NICR_MODEL_INVALID',
        `${name}: the encoder gives ${width} numbers a text, its head reads ${outputWidth(head.core)}`,
      )
    return inputs.map((input, i) => {
      const margin = marginBeside(this.parts, input, rows.subarray(i * width, (i + 1) * width))
      const value = applyLink(head.link, margin)
      if (Number.isFinite(value)) return value
      throw new NicrError('NICR_MODEL_FAILED', `${name}: the encoder gave no number for a text`)
    })
  }

  /** Its part of the words' weights as the n-grams have them: what the network made of them is not known. */
  private explainedByNgrams(input: TextInput, value: number): TextPrediction {
    const { standIn, head } = this.parts
    if (standIn === null) return { value, wordWeights: NO_WEIGHTS, valueWithout: () => null }
    const { wordWeights } = predictText(standIn, input)
    const share = head.ngrams === 0 ? 1 : Math.min(1, head.ngrams)
    return { value, wordWeights: wordWeights.map(weight => share * weight), valueWithout: () => null }
  }
}

const NO_WEIGHTS = new Float32Array(0)
