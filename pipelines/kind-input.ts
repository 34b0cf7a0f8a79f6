import type { KindDeclaration } from './kind-declaration.ts'

/** What is shown and learned of a content beside its text. */
export interface HeldImage {
  /** As the content names it. */
  readonly ref: string
  /** sha256 of the file, hex; null where neither the platform nor the ref says it. */
  readonly sha256: string | null
}

/** Whether a content holds what a kind scores: text, or images for a kind that reads them. */
export function holdsInput(
  { input }: Pick<KindDeclaration, 'input'>,
  { text, images }: { readonly text: string; readonly images: readonly unknown[] },
): boolean {
  return input === 'IMAGE' ? images.length > 0 : text.trim() !== ''
}

const OWN_BLOB = /^blob:([0-9a-f]{64})$/

/** An image with its sha256 where it is known: Nicr's own blobs are named by theirs. */
export function heldImage({
  ref,
  sha256,
}: {
  readonly ref: string
  readonly sha256?: string | null
}): HeldImage {
  return { ref, sha256: sha256 ?? OWN_BLOB.exec(ref)?.[1] ?? null }
}

/** What an image is known again by: the same file has the same sha256, whatever its address. */
export function imageKey({ ref, sha256 }: HeldImage): string {
  return sha256 ?? ref
}
