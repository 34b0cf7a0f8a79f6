import { type EncoderHead, encoderMargin, outputWidth } from '../../../../processors/encoder/encoder-head.ts'
import { isOfKind } from '../../../../processors/encoder/language-links.ts'
import { withPlatform } from '../../../../processors/text/added-tone.ts'
import { type HeadsModel, marginOfText } from '../../../../processors/text/heads.ts'
import type { TextInput } from '../../../../processors/text/text-input.ts'
import { NicrError } from '../../../../schemas/errors.ts'
import type { EncoderFiles } from './encoder-files.ts'
import type { Encoded } from './encoder-pool.ts'

/** What makes a value of a network's output. */
export interface BesideNetwork {
  readonly head: EncoderHead
  /** The n-grams as they answer where the network does not: with what the platform taught, and recalibrated as it is. */
  readonly standIn: HeadsModel | null
  readonly platform: HeadsModel | null
}

export function besideNetwork({ head, ngrams, platform }: EncoderFiles): BesideNetwork {
  const { shift = 0 } = head
  const taught = ngrams && platform ? withPlatform(ngrams, platform) : ngrams
  const standIn = taught && { ...taught, offsets: taught.offsets.map(offset => offset + shift) }
  return { head, standIn, platform }
}

/** What a network is given of a text: disguises are undone in the kind's own languages only. */
export function textToEncode(
  { languages }: EncoderHead,
  asRead: (text: string) => string,
  { text, language = null }: TextInput,
): string {
  return isOfKind(languages, language) ? asRead(text) : text
}

/**
 * The margins of texts by what the network gave for them, in order.
 * @param name of the version, for errors
 * @throws NicrError NICR_MODEL_INVALID where the head reads other numbers than the network gives
 */
export function marginsBeside(
  beside: BesideNetwork,
  inputs: readonly TextInput[],
  { rows, width }: Encoded,
  name: string,
): number[] {
  const wanted = outputWidth(beside.head.core)
  if (width !== wanted && inputs.length > 0)
    throw new NicrError(
      'NICR_MODEL_INVALID',
      `${name}: the encoder gives ${width} numbers a text, its head reads ${wanted}`,
    )
  return inputs.map((input, i) => marginBeside(beside, input, rows.subarray(i * width, (i + 1) * width)))
}

/**
 * The margin of a text by the network's output for it and what stands beside it. The platform's is added once, however often n-grams
 * count and whatever the language.
 */
function marginBeside(
  { head, standIn, platform }: BesideNetwork,
  input: TextInput,
  output: Float32Array,
): number {
  const { language = null } = input
  const taught = platform === null ? 0 : marginOfText(platform, input)
  const ngramMargin =
    standIn === null || !isOfKind(head.languages, language)
      ? 0
      : marginOfText(standIn, input) - taught - (head.shift ?? 0)
  return encoderMargin(head, output, ngramMargin, language) + taught
}
