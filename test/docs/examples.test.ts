import { readFileSync, statSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { contentOfRow } from '../../pipelines/content-rows.ts'
import { readJsonLines } from '../../pipelines/jsonl.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { collect } from '../support/collect.ts'
import { filesUnder } from '../support/sources.ts'

const IMAGE_BYTES_MAX = 60_000

async function contents(file: string) {
  const rows = await collect(readJsonLines(packagePath('examples', file)))
  return rows.map(row =>
    contentOfRow(row, {
      textField: 'text',
      imageField: 'image',
      fileName: file,
      now: 0,
      textLengthMax: 100_000,
    }),
  )
}

describe('examples/posts.jsonl', () => {
  it('holds about 200 rows that can all be published', async () => {
    const rows = await contents('posts.jsonl')
    expect(rows.filter(row => 'error' in row)).toEqual([])
    expect(rows.length).toBeGreaterThan(180)
    expect(rows.length).toBeLessThan(220)
  })

  it('edits and deletes what it published before, by a higher revision', async () => {
    const revisions = new Map<string, number>()
    const actions = new Set<string>()
    for (const row of await contents('posts.jsonl')) {
      if ('error' in row) continue
      const { id, revision, action } = row.content
      const before = revisions.get(id)
      expect(
        action === 'CREATED' ? before === undefined : before !== undefined && before < revision,
        id,
      ).toBe(true)
      revisions.set(id, revision)
      actions.add(action)
    }
    expect([...actions].sort()).toEqual(['CREATED', 'DELETED', 'EDITED'])
  })
})

describe('examples/images.jsonl', () => {
  it('names every image of the folder, each a small picture', async () => {
    const rows = await contents('images.jsonl')
    const named = rows.map(row => ('error' in row ? row.error : `examples/${row.imagePath}`))
    expect(named.sort()).toEqual(filesUnder('examples/images'))
    for (const path of named) {
      expect(statSync(packagePath(path)).size, path).toBeLessThan(IMAGE_BYTES_MAX)
      expect(await sharp(readFileSync(packagePath(path))).metadata(), path).toMatchObject({ format: 'png' })
    }
  })
})
