import { type EncoderHead, encoderMargin } from '../../../../processors/encoder/encoder-head.ts'
import { isOfKind } from '../../../../processors/encoder/language-links.ts'
import { withPlatform } from '../../../../processors/text/added-tone.ts'
import type { TextInput } from '../../../../processors/text/features.ts'
import { type HeadsModel, marginOfText } from '../../../../processors/text/heads.ts'
import type { EncoderFiles } from './encoder-files.ts'

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
 * The margin of a text by the network's output for it and what stands beside it. The platform's is added once, however often n-grams
 * count and whatever the language.
 */
export function marginBeside(
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
