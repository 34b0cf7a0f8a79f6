import { createDraftSums } from './draft-sums.ts'
import { createPartReader, type PartReader, type Progress } from './features.ts'
import type { DraftSums, TextInput } from './text-input.ts'

/** A text of a long draft, and what makes its next text cheaper to read. */
export interface DraftReading {
  readonly text: string
  readonly input: TextInput
  readonly sums: DraftSums
  /** After each part, in order. */
  readonly progress: readonly Progress[]
}

/** Units of a part. Shorter ones cost more to keep than to read. */
const PART_UNITS_MIN = 256

/**
 * Where a text can be parted: between two sentences. Nothing that is read as one reaches across: no address, no word pulled
 * apart, no name of a group, no run.
 */
const SENTENCE_END = /[A-Za-z][.!?]+\s+(?=[A-Za-z])/g
/** Units after the end that it is seen by. */
const LOOK_AHEAD_UNITS = 1

/**
 * Whatever may be read by what is far away: tags and entities, and letters that are judged by those of the whole text.
 * What is left: ASCII, accented Latin letters, typographic signs, emoji.
 */
const FAR_REACHING =
  /[<&]|(?!\u200d|\ufe0f)[^\t\n\r -~\u00c0-\u00c5\u00c7-\u00cf\u00d1-\u00d6\u00d9-\u00dd\u00e0-\u00e5\u00e7-\u00ef\u00f1-\u00f6\u00f9-\u00fd\u00ff\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac\u2600-\u27bf\ud83c-\ud83e\udc00-\udfff]/

/**
 * Makes a reader of a draft's texts, one after the other: the features are those of `createFeatureReader`, and a text that
 * begins as the one before is read from the last sentence on that both have. Texts with far-reaching signs are read whole.
 * @returns (text, the reading before or null) → reading
 */
export function createDraftReader(): (text: string, before: DraftReading | null) => DraftReading {
  const reader = createPartReader()
  return (text, before) => {
    const parts = readParts(reader, text, before)
    // Read again as one part: then the next text of the draft has nothing to begin with either.
    const { last, progress } = reader.isTornApart() ? readWhole(reader, text) : parts
    const sums = createDraftSums(
      before === null || last === undefined
        ? null
        : { input: before.input, sums: before.sums, features: last.features, words: last.words },
    )
    return { text, input: { ...owned(reader.take(text)), draft: sums }, sums, progress }
  }
}

/** What of the reading before was taken over, and how far the text was read after each part. */
interface ReadParts {
  readonly last: Progress | undefined
  readonly progress: readonly Progress[]
}

function readParts(reader: PartReader, text: string, before: DraftReading | null): ReadParts {
  const known = before === null ? [] : before.progress.slice(0, commonParts(before, text))
  const last = known.at(-1)
  if (before === null || last === undefined) reader.begin()
  else reader.resume(before.input, last)
  const progress = [...known]
  let at = last?.at ?? 0
  for (const end of partEnds(text, at)) {
    reader.readPart(text.slice(at, end), at)
    if (end < text.length) progress.push(reader.progress())
    at = end
  }
  return { last, progress }
}

function readWhole(reader: PartReader, text: string): ReadParts {
  reader.begin()
  reader.readPart(text, 0)
  return { last: undefined, progress: [] }
}

/** How many parts of the reading before are the text's too. */
function commonParts({ text: before, progress }: DraftReading, text: string): number {
  const end = Math.min(before.length, text.length)
  let common = 0
  while (common < end && before.charCodeAt(common) === text.charCodeAt(common)) common++
  let parts = progress.length
  while (parts > 0 && progress[parts - 1]!.at + LOOK_AHEAD_UNITS > common) parts--
  // What follows may reach back, though the parts themselves do not reach on.
  return parts > 0 && FAR_REACHING.test(text.slice(progress[parts - 1]!.at)) ? 0 : parts
}

/** Where the parts of the rest of a text end; the last is the text's own end. */
function partEnds(text: string, from: number): number[] {
  const ends: number[] = []
  // A rest was looked through when its beginning was compared.
  if (from > 0 || !FAR_REACHING.test(text)) {
    let last = from
    SENTENCE_END.lastIndex = from
    while (SENTENCE_END.test(text)) {
      const at = SENTENCE_END.lastIndex
      if (at - last < PART_UNITS_MIN) continue
      ends.push(at)
      last = at
    }
  }
  ends.push(text.length)
  return ends
}

/** The reader's arrays are parts of large ones, which a draft should not hold. */
function owned(input: TextInput): TextInput {
  const { buckets, owners, spans } = input
  return { ...input, buckets: buckets.slice(), owners: owners.slice(), spans: spans.slice() }
}
