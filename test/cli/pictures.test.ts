import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEvaluateCommand } from '../../cli/commands/evaluate.ts'
import { addScoreCommand } from '../../cli/commands/score.ts'
import { addTrainCommand } from '../../cli/commands/train.ts'
import { createRandom } from '../../jobs/random.ts'
import { noisy } from '../support/pictures.ts'
import { textSvg } from '../support/rasters.ts'
import { runCommand } from '../support/run-command.ts'
import { jsonLines } from '../support/training-rows.ts'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nicr-pictures-'))
  await sharp(Buffer.from(textSvg(['WIN FREE CASH NOW', 'click casino-bonus.example']))).toFile(
    join(folder, 'advert.png'),
  )
  await noisy(200, 150).jpeg().toFile(join(folder, 'noise.jpg'))
  writeFileSync(join(folder, 'broken.png'), 'no picture')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(name: string, rows: readonly object[]): string {
  const path = join(folder, name)
  writeFileSync(path, jsonLines(rows))
  return path
}

describe('nicr score of a kind that looks at pictures', () => {
  const score = (file: string, ...more: string[]) =>
    runCommand(addScoreCommand, ['score', '--kind', 'image-spam', '--json', file, ...more])

  it('reads past bad pictures, names their lines, and judges the words it reads as text', async () => {
    const file = fileOf('rows.jsonl', [
      { id: 'a', image: 'advert.png' },
      { id: 'b', image: 'broken.png' },
      { id: 'c', image: 'missing.png', text: 'a text beside it' },
      { id: 'd', text: 'no picture' },
      { id: 'e', image: 5 },
      { id: 'f', image: 'noise.jpg' },
      { id: 'g', image: 'broken.png', action: 'DELETED' },
    ])
    const { code, stdout, stderr } = await score(file)
    expect(code).toBe(1)
    const [advert, ...others] = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(others).toMatchObject([
      { id: 'd', score: null, status: 'NOT_APPLICABLE' },
      { id: 'f', score: expect.any(Number), label: expect.stringMatching(/^(?:ham|spam)$/) },
      { id: 'g', score: null, status: 'CLEARED' },
    ])
    expect(advert).toMatchObject({ id: 'a', score: expect.any(Number) })
    const read = advert.reasons.filter((one: { text: string | null }) => one.text !== null)
    expect(read.map((one: { text: string }) => one.text.toLowerCase()).join(' ')).toContain('free')
    expect(read[0]).toMatchObject({ source: 'IMAGE', image: 'advert.png', box: { x: expect.any(Number) } })
    expect(stderr).toMatch(/line 2: the image broken\.png: NICR_IMAGE_UNREADABLE/)
    expect(stderr).toMatch(/line 3: the image missing\.png: NICR_FILE_UNREADABLE/)
    expect(stderr).toMatch(/line 5: the field image is not a path/)
    expect(stderr).toContain('3 rows')
  })

  it('takes the path from another field, and says so where no row has it', async () => {
    const file = fileOf('field.jsonl', [{ id: 'a', file: 'noise.jpg' }])
    const named = await score(file, '--image-field', 'file')
    expect(named).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(named.stdout).score).not.toBeNull()
    expect((await score(file)).stderr).toContain('--image-field')
  })
})

describe('nicr evaluate of a kind that looks at pictures', () => {
  const evaluate = (file: string, ...more: string[]) =>
    runCommand(addEvaluateCommand, ['evaluate', '--kind', 'image-spam', '--json', '--data', file, ...more])

  it('counts a picture that cannot be looked at with the neutral answer', async () => {
    const rows = [
      { file: 'advert.png', label: 'spam' },
      { file: 'noise.jpg', label: 'ham' },
      { file: 'broken.png', label: 'spam' },
    ]
    const { code, stdout, stderr } = await evaluate(fileOf('labelled.jsonl', rows), '--image-field', 'file')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      model: expect.stringMatching(/^image-spam@/),
      n: 3,
      unscored: 1,
      auc: expect.any(Number),
      spamCaught: expect.any(Number),
      hamBlocked: expect.any(Number),
      ece: expect.any(Number),
      baselines: { constant: { n: 3 } },
    })
  })

  it.each<[row: object, says: string]>([
    [{ image: 'noise.jpg' }, 'line 1: the field label is missing'],
    [{ label: 'ham' }, 'line 1: the field image is missing'],
    [{ image: 'missing.png', label: 'ham' }, 'line 1: the image missing.png: NICR_FILE_UNREADABLE'],
  ])('refuses %j', async (row, says) => {
    const { code, stderr } = await evaluate(fileOf('wrong.jsonl', [row]))
    expect(code).toBe(1)
    expect(stderr).toContain(`NICR_INPUT_INVALID: ${join(folder, 'wrong.jsonl')}, ${says}`)
  })
})

describe('nicr train of a kind that looks at pictures', () => {
  const train = (out: string, file: string, ...more: string[]) =>
    runCommand(addTrainCommand, [
      ...['train', '--kind', 'image-spam', '--data', file, '--out', out, '--json', ...more],
    ])

  it.each<[row: object, more: string[], says: string]>([
    [{ image: 'broken.png', label: 'ham' }, [], 'wrong.jsonl, line 1: broken.png: NICR_IMAGE_UNREADABLE'],
    [{ file: 'noise.jpg', label: 'ham' }, [], 'wrong.jsonl, line 1: the field image is not a path'],
    [{ image: 'noise.jpg' }, [], 'wrong.jsonl, line 1: the field label'],
    [{ image: 'noise.jpg', label: 'ham' }, ['--parent', '1'], '--parent: image-spam is always trained'],
  ])('refuses %j %j and leaves nothing behind', async (row, more, says) => {
    const { code, stderr } = await train(join(folder, 'none', '1'), fileOf('wrong.jsonl', [row]), ...more)
    expect(code).toBe(1)
    expect(stderr).toContain(says)
    expect(readdirSync(folder)).not.toContain('none')
  })

  it('trains a version from small pictures that tells others like them apart', {
    timeout: 60_000,
  }, async () => {
    const rows = [...(await drawnRows(55, 'train')), ...(await drawnRows(8, 'other'))]
    const out = join(folder, '7')
    // Harmless, though they look like adverts: drawn to teach with, and not sent on.
    const alike = rows.slice(0, 16).filter(({ label }) => label === 'spam')
    const taught = alike.map(row => ({ ...row, label: 'ham', kind: 'ham-drawn', drawn: true }))
    const file = fileOf('drawn.jsonl', [...rows.slice(0, 110), ...taught])
    const { code, stdout, stderr } = await train(out, file)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ version: '7', metrics: { n: 118 } })
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toMatch(/\| ham-drawn \| 8 \| [\d.]+ % \| – \|/)
    expect(readdirSync(out).sort()).toEqual(['README.md', 'manifest.json', 'model.onnx'])
    const scored = await runCommand(addScoreCommand, [
      ...['score', '--kind', 'image-spam', '--json', '--model', out, fileOf('others.jsonl', rows.slice(110))],
    ])
    const labels = scored.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).label)
    const right = rows.slice(110).filter(({ label }, i) => label === labels[i]).length
    expect(right).toBeGreaterThanOrEqual(15)
  })
})

interface DrawnRow {
  readonly image: string
  readonly label: string
  readonly group: string
}

/** One falls into each part of the cross-validation. */
const groups = ['part-0', 'part-1', 'part-3', 'part-6', 'part-10']

/** `each` soft scenes that are ham, and as many plain adverts with bars for lines of text that are spam. */
async function drawnRows(each: number, name: string): Promise<DrawnRow[]> {
  const rows: DrawnRow[] = []
  for (let i = 0; i < 2 * each; i++) {
    const isSpam = i % 2 === 1
    const random = createRandom(100 * name.length + i)
    const colour = () => `hsl(${360 * random()}, ${30 + 40 * random()}%, ${30 + 40 * random()}%)`
    const shapes = Array.from({ length: isSpam ? 7 : 5 }, (_, line) =>
      isSpam
        ? `<rect x="6" y="${5 + 8 * line}" width="${40 + 40 * random()}" height="4" fill="black"/>`
        : `<circle cx="${96 * random()}" cy="${64 * random()}" r="${40 * random()}" fill="${colour()}"/>`,
    )
    const ground = isSpam ? 'white' : colour()
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64"><rect width="96" height="64" fill="${ground}"/>${shapes.join('')}</svg>`
    const image = `${name}-${i}.jpg`
    await sharp(Buffer.from(svg)).jpeg().toFile(join(folder, image))
    rows.push({ image, label: isSpam ? 'spam' : 'ham', group: groups[(i >> 1) % groups.length]! })
  }
  return rows
}
