import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { createFileBlobs } from '../../../pipelines/images/file-blobs.ts'

/** Called when a sweep has decided and is about to take a file away. */
const beforeTaken = vi.hoisted(() => ({ do: async (_path: string) => undefined as unknown }))
vi.mock('node:fs/promises', async original => {
  const fs = await original<typeof import('node:fs/promises')>()
  return {
    ...fs,
    rename: async (from: string, to: string) => {
      if (to.includes('swept')) await beforeTaken.do(from)
      await fs.rename(from, to)
    },
  }
})

it('keeps a blob that is put again in the moment in which a sweep takes it away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nicr-sweep-'))
  try {
    const store = createFileBlobs(folder, { bytesMax: 100 })
    const bytes = Buffer.from('a picture')
    const name = await store.put(bytes)
    await utimes(join(folder, name.slice(0, 2), name), 0, 0)
    beforeTaken.do = () => store.put(bytes)
    expect(await store.sweep(Date.now() - 60_000)).toBe(0)
    expect(Buffer.from((await store.get(name))!)).toEqual(bytes)
  } finally {
    await rm(folder, { recursive: true })
  }
})
