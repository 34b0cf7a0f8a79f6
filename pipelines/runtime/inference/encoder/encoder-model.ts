import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EncoderHead, encoderValue, outputWidth } from '../../../../processors/encoder/encoder-head.ts'
import type { EncoderSettings } from '../../../../processors/encoder/encoder-settings.ts'
import { isOfKind } from '../../../../processors/encoder/language-links.ts'
import { textWithout, weightsOfWords, wordGroups } from '../../../../processors/encoder/occlusion.ts'
import type { Detail, Model } from '../../../../processors/scorer.ts'
import { createFeatureReader, type TextInput } from '../../../../processors/text/features.ts'
import {
  type HeadsModel,
  marginOfText,
  predictText,
  type TextPrediction,
} from '../../../../processors/text/heads.ts'
import { createNormalisedText, normaliseInto } from '../../../../processors/text/normalise.ts'
import { NicrError } from '../../../../schemas/errors.ts'
import type { ModelFolder } from '../../../model-registry.ts'
import { within } from '../../within.ts'
import { decodeHeadsModel } from '../heads-onnx.ts'
import { NGRAMS_FILE, readEncoderFiles } from './encoder-files.ts'
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
  const { settings, head, hasNgrams } = await readEncoderFiles(folder)
  const ngrams = hasNgrams ? await readNgrams(folder.path) : null
  const pool = new EncoderPool(
    { folder: folder.path, encoder: settings, provider: run.provider },
    run.processes,
  )
  await pool.open()
  const asRead = readerOf(settings.reads)
  const { kind, version, settings: decided } = folder.manifest
  const encoder = new EncoderModel({ head, ngrams, run, pool, asRead, name: `${kind}@${version}` })
  return {
    card: {
      kind,
      version,
      settings: decided,
      ...(settings.languages !== null && { languages: settings.languages }),
    },
    predict: (inputs, detail, deadlineMs) => encoder.predict(inputs, detail, deadlineMs),
    close: () => pool.close(),
  }
}

async function readNgrams(path: string): Promise<HeadsModel> {
  const model = decodeHeadsModel(await readFile(join(path, NGRAMS_FILE)))
  if (typeof model === 'string') throw new NicrError('NICR_MODEL_INVALID', `${path}: ${NGRAMS_FILE} ${model}`)
  return model
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
  readonly ngrams: HeadsModel | null
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
    const { ngrams } = this.parts
    const until = deadlineMs === undefined ? null : performance.now() + deadlineMs
    const standIn = this.canStandIn(inputs, until !== null)
    const values = await this.inTime(this.valuesOf(inputs, until !== null), until, standIn)
    if (values === null) {
      // `inTime` waits without an end where there is nobody else to ask.
      return inputs.map(input => ({ ...predictText(ngrams!, input), degraded: true }))
    }
    if (detail === 'VALUE')
      return values.map(value => ({ value, wordWeights: NO_WEIGHTS, valueWithout: () => null }))
    const groups = inputs.map(({ spans }) => wordGroups(spans.length / 2, this.parts.run.occlusions))
    const others = inputs.flatMap((input, i) =>
      groups[i]!.map(group => ({
        ...this.readFeatures(textWithout(input, group)),
        language: input.language ?? null,
      })),
    )
    const without =
      others.length === 0
        ? null
        : await this.inTime(this.valuesOf(others, until !== null), until, ngrams !== null)
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

  /** Drafts wait rather than be guessed at in a language that the n-grams do not know; the stream goes on, marked. */
  private canStandIn(inputs: readonly TextInput[], areDrafts: boolean): boolean {
    const { ngrams, head } = this.parts
    if (ngrams === null) return false
    return !areDrafts || inputs.every(({ language = null }) => isOfKind(head.languages, language))
  }

  /** Null where the deadline passed or the network failed, and the n-grams can stand in. */
  private async inTime(
    values: Promise<readonly number[]>,
    until: number | null,
    standIn: boolean,
  ): Promise<readonly number[] | null> {
    if (!standIn) return values
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
    const { head, ngrams, pool, asRead, name } = this.parts
    const { rows, width } = await pool.encode(
      inputs.map(({ text, language = null }) => (isOfKind(head.languages, language) ? asRead(text) : text)),
      isUrgent,
    )
    if (width !== outputWidth(head.core) && inputs.length > 0)
      throw new NicrError(
        'NICR_MODEL_INVALID',
        `${name}: the encoder gives ${width} numbers a text, its head reads ${outputWidth(head.core)}`,
      )
    return inputs.map((input, i) => {
      const { language = null } = input
      const margin = ngrams === null || !isOfKind(head.languages, language) ? 0 : marginOfText(ngrams, input)
      const value = encoderValue(head, rows.subarray(i * width, (i + 1) * width), margin, language)
      if (Number.isFinite(value)) return value
      throw new NicrError('NICR_MODEL_FAILED', `${name}: the encoder gave no number for a text`)
    })
  }

  /** Its part of the words' weights as the n-grams have them: what the network made of them is not known. */
  private explainedByNgrams(input: TextInput, value: number): TextPrediction {
    const { ngrams, head } = this.parts
    if (ngrams === null || !isOfKind(head.languages, input.language ?? null))
      return { value, wordWeights: NO_WEIGHTS, valueWithout: () => null }
    const { wordWeights } = predictText(ngrams, input)
    const share = head.ngrams === 0 ? 1 : Math.min(1, head.ngrams)
    return { value, wordWeights: wordWeights.map(weight => share * weight), valueWithout: () => null }
  }
}

const NO_WEIGHTS = new Float32Array(0)
