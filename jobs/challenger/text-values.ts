import type { Model, ModelCard } from '../../processors/scorer.ts'
import { type HeadsModel, marginOfText, unexplained } from '../../processors/text/heads.ts'
import { applyLink, type Link } from '../../processors/text/link.ts'
import type { TextInput } from '../../processors/text/text-input.ts'

/** What a model says of texts that were read. */
export interface TextValues {
  readonly card: ModelCard
  /**
   * The value on the kind's scale.
   * @param base the text that a network ran over where `input` is not one of those: the same without a word at its end; null: none,
   *   so that the value is what hashed features make of it
   */
  of(input: TextInput, base?: TextInput | null): number
}

/** Of n-grams: every text is read as it comes. */
export function valuesOfHeads(card: ModelCard, model: HeadsModel): TextValues {
  return { card, of: input => applyLink(model.link, marginOfText(model, input)) }
}

/** Of a network that ran over its texts once: what a platform taught is added to the margins it gave them. */
export function valuesOfMargins(
  card: ModelCard,
  link: Link,
  marginOf: (input: TextInput) => number,
  taught: ((input: TextInput) => number) | null,
): TextValues {
  return {
    card,
    of(input, base = input) {
      const margin = base === null ? 0 : marginOf(base)
      return applyLink(link, margin + (taught?.(input) ?? 0))
    },
  }
}

/** As a model to score suites with. */
export function modelOfValues(values: TextValues): Model<unknown, unknown> {
  return {
    card: values.card,
    predict: inputs => inputs.map(input => unexplained(values.of(input as TextInput))),
    close: async () => {},
  }
}
