import {
  bankChanges,
  type Mark,
  type PictureAnswer,
  type WantedEntry,
  type WrittenEntry,
  wantedEntries,
  withAnswer,
} from '../../processors/images/bank-rule.ts'
import { LOGO_FORMAT } from '../../processors/images/logo-template.ts'
import { PICTURE_HASH_FORMAT } from '../../processors/images/picture-hash.ts'
import type { Emitted, Incoming } from '../../processors/processor.ts'
import { eventTimeOf } from '../../processors/score-content.ts'
import type { ImageBankEntry, Label } from '../../schemas/records.ts'
import { IMAGES_MAX } from '../images/look-at-images.ts'
import type { OpenedPicture, OpenPicture } from '../images/open-picture.ts'
import type { HeldImage } from '../kind-input.ts'
import type { StateStore } from './state-store.ts'
import type { Step } from './step.ts'

export const BANK_IMAGES = 'bank-images'

/** Finds the images of labelled contents, by label id; absent where a content is not known, or was deleted. */
export type LabelledImages = (labels: readonly Label[]) => Promise<ReadonlyMap<string, readonly HeldImage[]>>

export interface BankParts {
  /** Whether labels of a kind make entries: those of kinds that read images, and say yes or no. */
  readonly isBanked: (kind: string) => boolean
  /** Rejects with NICR_CLICKHOUSE_UNAVAILABLE, for which the batch waits. */
  readonly imagesOf: LabelledImages
  readonly open: OpenPicture
}

/** Labels whose entries are committed together: each may have as many pictures to fetch as a content holds. */
const LABELS_AT_ONCE = 8
/** What nobody spoke of for so long is forgotten, except pictures that the bank holds; what was written stays. */
const REMEMBERED_MS = 365 * 24 * 3_600_000
/** Longer references, which are the image itself, are not repeated in the entry. */
const REF_LENGTH_MAX = 1024

/** What is kept of a label: the pictures that it spoke of, so that it can be taken back when the content is gone. */
interface KnownLabel {
  /** sha256, hex. */
  readonly pictures: readonly string[]
}

interface KnownPicture {
  readonly answers: readonly PictureAnswer[]
  readonly written: Readonly<Record<string, WrittenEntry>>
}

/** A picture that a label speaks of. */
interface Spoken {
  readonly sha256: string
  /** null: its content or its file is gone, so it cannot be looked at any more. */
  readonly ref: string | null
  readonly open: () => Promise<OpenedPicture | null>
}

const NOTHING_KNOWN: KnownPicture = { answers: [], written: {} }

/**
 * labels → image-banks. Which entries follow from labels is `bank-rule.ts`; here pictures are found and looked at. One that cannot be looked
 * at is passed over: the next label of it tries again, and so does the same label once more. A picture that gives no hash, and a rectangle that
 * gives no template, make no entry.
 */
export function bankStep(store: StateStore, parts: BankParts): Step {
  return {
    takes: batch => Math.min(batch.length, LABELS_AT_ONCE),
    async run(batch, emit) {
      const records = (batch as readonly Incoming<'labels'>[]).filter(({ value }) =>
        parts.isBanked(value.kind),
      )
      const labels = records.map(({ value }) => value)
      const images = labels.length === 0 ? new Map() : await parts.imagesOf(labels)
      for (const { value: label, appendedAt } of records) {
        const at = eventTimeOf(label.at, appendedAt)
        for (const one of await takeLabel(store, parts.open, { label: { ...label, at }, images })) emit(one)
        store.advance(at)
        forgetDue(store)
      }
      return []
    },
  }
}

async function takeLabel(
  store: StateStore,
  open: OpenPicture,
  { label, images }: { readonly label: Label; readonly images: Awaited<ReturnType<LabelledImages>> },
): Promise<Emitted<'image-banks'>[]> {
  const key = labelKey(label)
  const known = (store.get(key) as KnownLabel | undefined)?.pictures ?? []
  const pictures = new Set(known)
  const emitted: Emitted<'image-banks'>[] = []
  for await (const spoken of spokenOf(open, images.get(label.id) ?? [], known)) {
    pictures.add(spoken.sha256)
    emitted.push(...(await speak(store, label, spoken)))
  }
  const isKept = !label.withdrawn && pictures.size > 0
  store.set(key, isKept ? { pictures: [...pictures] } : undefined, label.at + REMEMBERED_MS)
  return emitted
}

/** The pictures of a content, each file once and one after the other, then those that the label spoke of before and that are not found any more. */
async function* spokenOf(
  open: OpenPicture,
  images: readonly HeldImage[],
  known: readonly string[],
): AsyncIterable<Spoken> {
  const spoken = new Set<string>()
  for (const image of images.slice(0, IMAGES_MAX)) {
    // Which picture it is only the file says, where nobody stated it.
    const opened = image.sha256 === null ? await open(image) : null
    const sha256 = image.sha256?.toLowerCase() ?? opened?.sha256
    if (sha256 === undefined || spoken.has(sha256)) continue
    spoken.add(sha256)
    yield { sha256, ref: image.ref, open: async () => opened ?? open(image) }
  }
  for (const sha256 of known) if (!spoken.has(sha256)) yield { sha256, ref: null, open: async () => null }
}

/** Takes what a label says of one picture, and writes what follows. */
async function speak(
  store: StateStore,
  label: Label,
  { sha256, ref, open }: Spoken,
): Promise<Emitted<'image-banks'>[]> {
  const key = `picture ${label.kind} ${sha256}`
  const known = (store.get(key) as KnownPicture | undefined) ?? NOTHING_KNOWN
  const marks = ref === null ? knownMarks(known, label) : marksOn(ref, label)
  const answers = withAnswer(known.answers, label, marks)
  const { put, takeOut } = bankChanges(known.written, wantedEntries(label.kind, sha256, answers))
  const written = { ...known.written }
  const entries: ImageBankEntry[] = []
  const takeOutOf = (id: string) => {
    const { type, name } = written[id]!
    entries.push({ ...blankEntry(id, label), type, name })
    delete written[id]
  }
  takeOut.forEach(takeOutOf)
  const opened = put.length === 0 ? null : await open()
  for (const entry of put) {
    const { id, type, name, weight } = entry
    const packed = opened === null ? null : packedEntry(entry, opened)
    if (packed !== null) {
      entries.push({ ...blankEntry(id, label), ...packed, image: shortRef(ref), active: true })
      written[id] = { type, name, weight }
    }
    // It cannot be written anew, and is worth less than it says.
    else if ((written[id]?.weight ?? 0) > weight) takeOutOf(id)
  }
  const isEmpty = answers.length === 0 && Object.keys(written).length === 0
  store.set(key, isEmpty ? undefined : { answers, written }, label.at + REMEMBERED_MS)
  return entries.map(value => ({ topic: 'image-banks', key: value.id, value }))
}

function marksOn(ref: string, { boxes }: Label): readonly Mark[] {
  return boxes
    .filter(({ image }) => image === ref)
    .map(({ name, x, y, width, height }) => ({ name: name ?? '', box: { x, y, width, height } }))
}

function knownMarks({ answers }: KnownPicture, label: Label): readonly Mark[] {
  return answers.find(({ id }) => id === label.id)?.marks ?? []
}

/** An entry that is out of use, and says which label took it out. */
function blankEntry(id: string, { kind, id: labelId, labeller, at }: Label): ImageBankEntry {
  return {
    id,
    kind,
    type: 'UNKNOWN',
    name: '',
    hashes: [],
    template: Buffer.alloc(0),
    format: '',
    image: null,
    box: null,
    labelId,
    weight: 0,
    active: false,
    by: labeller,
    at,
  }
}

/** null where the picture, or what lies in the rectangle, is too plain or too small to be known again. */
function packedEntry(wanted: WantedEntry, picture: OpenedPicture): Partial<ImageBankEntry> | null {
  const { type, name, weight, box, origin } = wanted
  const common = { type, name, weight, box, labelId: origin.id, by: origin.labeller, at: origin.at }
  if (box === null) {
    const hashes = picture.hash()
    return hashes.length === 0
      ? null
      : { ...common, hashes: [Buffer.from(hashes)], format: PICTURE_HASH_FORMAT }
  }
  const template = picture.template(box)
  return template === null || typeof template === 'string'
    ? null
    : { ...common, template: Buffer.from(template), format: LOGO_FORMAT }
}

function shortRef(ref: string | null): string | null {
  return ref !== null && ref.length <= REF_LENGTH_MAX ? ref : null
}

function labelKey({ id }: Label): string {
  return `label ${id}`
}

function forgetDue(store: StateStore): void {
  for (const key of store.takeDue()) {
    const { written = {} } = store.get(key) as Partial<KnownPicture>
    if (Object.keys(written).length === 0) store.set(key, undefined, null)
  }
}
