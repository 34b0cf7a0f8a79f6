import type { BlobStore } from './blob-store.ts'

const DAY_MS = 86_400_000

/**
 * Sweeps a store now and every day: blobs that were last put longer than `ageMs` ago go. One sweep at a time, each bounded
 * by the store.
 * @param options.onSwept called after each; `error` where it failed
 * @returns stops it
 */
export function sweepDaily(
  blobs: Pick<BlobStore, 'sweep'>,
  options: {
    readonly ageMs: number
    readonly now: () => number
    readonly onSwept: (removed: number, error?: unknown) => void
  },
): () => void {
  let isSweeping = false
  const sweep = () => {
    if (isSweeping) return
    isSweeping = true
    blobs
      .sweep(options.now() - options.ageMs)
      .then(
        removed => options.onSwept(removed),
        error => options.onSwept(0, error),
      )
      .finally(() => {
        isSweeping = false
      })
  }
  const timer = setInterval(sweep, DAY_MS)
  timer.unref()
  sweep()
  return () => clearInterval(timer)
}
