import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kindNamed } from '../../pipelines/kinds.ts'
import type { ExportedContent } from '../../pipelines/label-export.ts'
import { type LabelFormat, labelFile, readLabelFile } from '../../pipelines/label-files.ts'
import { type ImportSettings, importRows } from '../../pipelines/label-import.ts'
import type { LabelRow } from '../../pipelines/label-row.ts'
import { NicrError } from '../../schemas/errors.ts'
import { labelId } from '../../schemas/ids.ts'
import { collect } from '../support/collect.ts'
import { pictureKind } from '../support/picture-kind.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nicr-labels-'))
})
afterAll(() => rm(folder, { recursive: true }))

const niceness = kindNamed('niceness')
const spam = kindNamed('text-spam')

async function read(text: string | object, format: LabelFormat, kind = niceness) {
  const path = join(folder, `${format}.json`)
  await writeFile(path, typeof text === 'string' ? text : JSON.stringify(text))
  return collect(readLabelFile(path, format, kind))
}

async function* from<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows
}

const AT = Date.UTC(2026, 4, 3, 8, 15, 30, 250)
const said = { boxes: [], guidelineVersion: 'abc', seconds: 2.5, modelShown: false, at: AT }

describe.each([
  ['niceness', [8, 3, 6.5]],
  ['text-spam', [1, 0, 1]],
] as const)('labels of %s', (name, [one, other, third]) => {
  const kind = kindNamed(name)
  const contents: ExportedContent[] = [
    {
      contentId: 'a',
      revision: 0,
      text: 'A "quoted" text,\nwith a line break and ünï.',
      language: 'en',
      images: [],
      labels: [
        { ...said, value: one, labeller: 'ada', origin: 'page' },
        { ...said, value: other, labeller: 'bob with a space', origin: 'import', at: AT + 1 },
      ],
    },
    {
      contentId: 'b',
      revision: 2,
      text: 'Another.',
      language: null,
      images: [],
      labels: [{ ...said, value: third, labeller: 'mod', origin: 'adjudication' }],
    },
  ]

  it.each(['jsonl', 'label-studio', 'argilla'] as const)('survive the way out and in as %s', async format => {
    const text = (await collect(labelFile(kind, format, from(contents)))).join('')
    const rows = (await read(text, format, kind)) as LabelRow[]
    const what = ({
      contentId,
      revision,
      text: read,
      language,
      value,
      labeller,
      adjudicated,
      at,
    }: LabelRow) => [...[contentId, revision, read, language, value, labeller, adjudicated, at]]
    expect(rows.map(what)).toEqual(
      contents.flatMap(({ contentId, revision, text: written, language, labels }) =>
        labels.map(label => [
          ...[contentId, revision, written, language, label.value, label.labeller],
          ...[label.origin === 'adjudication', label.at],
        ]),
      ),
    )
    if (format !== 'argilla')
      expect(rows.map(({ seconds, guidelineVersion }) => [seconds, guidelineVersion])).toEqual(
        Array.from({ length: 3 }, () => [2.5, 'abc']),
      )
    if (format !== 'jsonl')
      expect(JSON.parse((await collect(labelFile(kind, format, from([])))).join(''))).toEqual([])
  })
})

describe('JSON lines', () => {
  it('take ids, values, class names and the kind’s own field', async () => {
    const rows = await read(
      '{"id":7,"niceness":3}\n{"contentId":"c","value":4.5,"at":"2026-05-03"}\n',
      'jsonl',
    )
    expect(rows).toMatchObject([
      { contentId: '7', value: 3, at: null },
      { contentId: 'c', value: 4.5, at: Date.UTC(2026, 4, 3) },
    ])
    const named = await read(
      '{"id":"a","label":"spam"}\n{"id":"b","label":"ham"}\n{"id":"c","label":true}',
      'jsonl',
      spam,
    )
    expect(named.map(row => 'value' in row && row.value)).toEqual([1, 0, 1])
  })

  it('name the line and the field of what they cannot use, and go on', async () => {
    const rows = await read(
      '{"id":"a","niceness":11}\nnot json\n[]\n{"niceness":3}\n{"id":"b","niceness":3,"at":"soon"}\n{"id":"c","niceness":3}\n',
      'jsonl',
    )
    expect(rows.slice(0, 5)).toMatchObject([
      { place: 'line 1', error: 'the field niceness is not a number from 0 to 10' },
      { place: 'line 2', error: expect.stringContaining('is not JSON') },
      { place: 'line 3', error: 'is not a JSON object' },
      { place: 'line 4', error: 'the field contentId is missing, and so is text' },
      { place: 'line 5', error: expect.stringContaining('the field at') },
    ])
    expect(rows[5]).toMatchObject({ contentId: 'c', value: 3 })
  })
})

describe('Label Studio', () => {
  const task = (result: unknown, more: object = {}) => ({
    id: 1,
    data: { text: 'A text.' },
    annotations: [{ id: 5, completed_by: 3, lead_time: 4.2, was_cancelled: false, result, ...more }],
  })

  it('is read as it exports: numbers, stars and choices, people by number or address, what was cancelled left out', async () => {
    const choice = {
      from_name: 'kind of text',
      to_name: 'text',
      type: 'choices',
      value: { choices: ['spam'] },
    }
    expect(await read([task([choice])], 'label-studio', spam)).toMatchObject([
      {
        place: 'task 1',
        contentId: null,
        text: 'A text.',
        value: 1,
        labeller: 'label-studio-3',
        seconds: 4.2,
      },
    ])
    const stars = { from_name: 'stars', to_name: 'text', type: 'rating', value: { rating: 4 } }
    const other = { from_name: 'age', to_name: 'text', type: 'number', value: { number: 9 } }
    const named = { ...stars, from_name: 'niceness', value: { rating: 7 } }
    const by = { completed_by: { id: 3, email: 'ada@example.org' }, created_at: '2026-05-03T08:15:30.250Z' }
    expect(await read([task([stars], by), task([other, named])], 'label-studio')).toMatchObject([
      { value: 4, labeller: 'ada@example.org', at: AT },
      { value: 7 },
    ])
    expect(
      await read([task([choice], { was_cancelled: true }), { data: { text: 'New.' } }], 'label-studio', spam),
    ).toMatchObject([
      { value: null, text: 'A text.' },
      { value: null, text: 'New.' },
    ])
  })

  it('names the task that it cannot use', async () => {
    const two = { from_name: 'x', type: 'choices', value: { choices: ['spam', 'ham'] } }
    expect(await read([7, {}, task([]), task([two])], 'label-studio', spam)).toMatchObject([
      { place: 'task 1', error: 'is not a JSON object' },
      { place: 'task 2', error: expect.stringContaining('data') },
      { place: 'task 3', error: expect.stringContaining('no number, rating or choice') },
      { place: 'task 4', error: expect.stringContaining('the field choices is none of') },
    ])
    await expect(read('{"a":1}', 'label-studio')).rejects.toMatchObject({ code: 'NICR_INPUT_INVALID' })
    await expect(read('[', 'argilla')).rejects.toMatchObject({ code: 'NICR_INPUT_INVALID' })
  })
})

describe('Argilla', () => {
  it('is read as it exports: an answer for each response, people by their id', async () => {
    const record = {
      id: 'c1',
      fields: { text: 'A text.' },
      metadata: {},
      suggestions: { niceness: { value: 2, score: null, agent: null } },
      responses: {
        niceness: [
          { value: 7, user_id: 'de305d54-75b4-431b-adb2-eb6b9e546014' },
          { value: 'seven', user_id: 'x' },
        ],
      },
      vectors: {},
      _server_id: null,
    }
    expect(
      await read([record, { id: 'c2', fields: { text: 'New.' }, responses: {} }], 'argilla'),
    ).toMatchObject([
      { contentId: 'c1', value: 7, labeller: 'de305d54-75b4-431b-adb2-eb6b9e546014', adjudicated: false },
      { place: 'record 1, response 2', error: expect.stringContaining('responses.niceness') },
      { contentId: 'c2', value: null, text: 'New.' },
    ])
  })
})

describe('importing', () => {
  const row = (over: Partial<LabelRow>): LabelRow => ({
    place: 'line 1',
    contentId: null,
    revision: 0,
    text: null,
    language: null,
    images: [],
    boxes: [],
    value: 5,
    labeller: null,
    adjudicated: false,
    at: AT,
    seconds: null,
    guidelineVersion: null,
    ...over,
  })
  const settings = (): ImportSettings => ({
    kind: niceness,
    labeller: 'import',
    now: AT,
    askOverlap: null,
    textLengthMax: 100,
    seen: new Set(),
  })
  const clickhouse = {
    query: async <T>() =>
      [
        { id: 'posted', isPosted: 1 },
        { id: 'before', isPosted: 0 },
      ] as T[],
  }

  it('keeps the text of contents that are not known, once, with every label', async () => {
    const given = settings()
    const rows = [
      row({ contentId: 'posted', text: 'ignored', labeller: 'ada' }),
      row({ text: 'From outside.', labeller: 'ada' }),
      row({ text: 'From outside.', labeller: 'bob' }),
      row({ contentId: 'before' }),
      row({ contentId: 'mine', text: 'With an id.', adjudicated: true }),
      row({ contentId: 'mine', labeller: 'cyd' }),
    ]
    const { samples, labels, refused } = await importRows(clickhouse, rows, given)
    expect(refused).toEqual([])
    expect(samples.map(({ text, source, overlap }) => [text, source, overlap])).toEqual([
      ['From outside.', 'import', 0],
      ['With an id.', 'import', 0],
    ])
    expect(labels.map(({ labeller, origin }) => [labeller, origin])).toEqual([
      ['ada', 'import'],
      ['ada', 'import'],
      ['bob', 'import'],
      ['import', 'import'],
      ['import', 'adjudication'],
      ['cyd', 'import'],
    ])
    expect(labels[0]!.sampleId).toBeNull()
    expect(labels[1]!.sampleId).toBe(samples[0]!.sampleId)
    expect(labels[1]!.contentId).toBe(samples[0]!.contentId)
    // Imported before: its sample is there, and stays the label’s.
    expect(labels[3]!.sampleId).toMatch(/^[0-9a-f]{32}$/)
    expect(labels[0]!.id).toBe(labelId({ ...labels[0]!, origin: 'page' }))
    // The same again is the same, and a later part of the file knows what came before.
    expect(await importRows(clickhouse, rows, settings())).toEqual({ samples, labels, refused })
    const later = await importRows(clickhouse, [row({ contentId: 'mine', labeller: 'dan' })], given)
    expect(later.labels).toHaveLength(1)
  })

  it('refuses what it cannot use, and makes questions of what nobody labelled where it is to ask', async () => {
    const rows = [
      row({ place: 'line 1', contentId: 'unheard' }),
      row({ place: 'line 2', text: 'x'.repeat(101) }),
      row({ place: 'line 3', text: 'No label.', value: null }),
      row({ place: 'line 4', contentId: 'posted', value: null }),
    ]
    const { refused, labels } = await importRows(clickhouse, rows, settings())
    expect(refused.map(({ place }) => place)).toEqual(['line 1', 'line 2', 'line 3', 'line 4'])
    expect(refused[2]!.error).toContain('--ask')
    expect(labels).toEqual([])
    const asked = await importRows(clickhouse, rows.slice(2), { ...settings(), askOverlap: 2 })
    expect(asked.samples).toMatchObject([
      { text: 'No label.', overlap: 2 },
      { contentId: 'posted', text: null, overlap: 2 },
    ])
  })
})

describe('labels of pictures', () => {
  const ref = `blob:${'e'.repeat(64)}`
  const far = 'https://pictures.example/1.png'
  const box = { image: ref, x: 0.25, y: 0.5, width: 0.125, height: 0.25, name: 'glimt' }
  const contents: ExportedContent[] = [
    {
      ...{ contentId: 'a', revision: 0, text: 'Look!', language: 'en' },
      images: [
        { ref, sha256: 'e'.repeat(64) },
        { ref: far, sha256: null },
      ],
      labels: [
        {
          ...said,
          value: 1,
          boxes: [box, { ...box, image: far, name: null }],
          labeller: 'ada',
          origin: 'page',
        },
        { ...said, value: 0, labeller: 'bob', origin: 'page' },
      ],
    },
    {
      ...{ contentId: 'b', revision: 1, text: '', language: null, images: [{ ref: far, sha256: null }] },
      labels: [{ ...said, value: 1, labeller: 'mod', origin: 'adjudication' }],
    },
  ]

  it.each(['jsonl', 'label-studio', 'argilla'] as const)('survive the way out and in as %s', async format => {
    const text = (await collect(labelFile(pictureKind, format, from(contents)))).join('')
    const rows = (await read(text, format, pictureKind)) as LabelRow[]
    expect(
      rows.map(({ contentId, value, labeller, images, boxes }) => [
        contentId,
        value,
        labeller,
        images,
        boxes,
      ]),
    ).toEqual(
      contents.flatMap(({ contentId, images, labels }) =>
        labels.map(({ value, labeller, boxes }) => [contentId, value, labeller, images, boxes]),
      ),
    )
  })

  it('are Label Studio’s rectangles in percent; one that is turned is no box', async () => {
    const [task] = JSON.parse(
      (await collect(labelFile(pictureKind, 'label-studio', from(contents)))).join(''),
    )
    expect(task.data).toMatchObject({ image: ref, images: [ref, far] })
    expect(task.annotations[0].result[1]).toMatchObject({
      type: 'rectanglelabels',
      value: { x: 25, y: 50, width: 12.5, height: 25, rectanglelabels: ['glimt'] },
    })
    const turned = structuredClone(task)
    turned.annotations[0].result[1].value.rotation = 30
    expect((await read([turned], 'label-studio', pictureKind))[0]).toMatchObject({
      error: 'the field boxes holds no box within its image at place 1',
    })
  })

  it('name what is wrong with a picture or a box, and a box that names no picture is on the only one', async () => {
    const lines = [
      { id: 'a', image: 'cat.png', label: 1 },
      { id: 'b', image: ref, label: 1, boxes: [{ ...box, x: 0.9 }] },
      { id: 'c', image: ref, label: 1, boxes: [{ ...box, image: far }] },
      { id: 'd', image: ref, label: 1, boxes: [{ ...box, image: undefined }] },
      { text: 'no picture', label: 1 },
    ]
    const rows = await read(lines.map(line => JSON.stringify(line)).join('\n'), 'jsonl', pictureKind)
    expect(rows).toMatchObject([
      { error: expect.stringContaining('the field image is no reference') },
      { error: 'the field boxes holds no box within its image at place 1' },
      { error: 'the field boxes holds no box within its image at place 1' },
      { contentId: 'd', boxes: [box] },
      { error: 'the field contentId is missing, and so is image' },
    ])
  })

  it('names by a reference what a row gives the path of; a file that is none is a bad row', async () => {
    const path = join(folder, 'paths.jsonl')
    const rows = [
      { image: 'cat.png', label: 1 },
      { image: ref, label: 0 },
      { image: 'gone.png', label: 1 },
    ]
    await writeFile(path, rows.map(row => `${JSON.stringify(row)}\n`).join(''))
    const refOf = async (name: string) => {
      if (name === 'cat.png') return { ref: far, sha256: null, mimeType: 'image/png' }
      throw new NicrError('NICR_FILE_UNREADABLE', `${name}: no such file`)
    }
    expect(await collect(readLabelFile(path, 'jsonl', pictureKind, refOf))).toMatchObject([
      { images: [{ ref: far, sha256: null }], value: 1 },
      { images: [{ ref }], value: 0 },
      { place: 'line 3', error: 'gone.png: no such file' },
    ])
  })

  it('bring pictures that are not known as samples, named by their files', async () => {
    const rows = (await read(
      `${JSON.stringify({ image: ref, label: 1, boxes: [box] })}\n${JSON.stringify({ id: 'new', text: 'only words', label: 1 })}`,
      'jsonl',
      pictureKind,
    )) as LabelRow[]
    const { samples, labels, refused } = await importRows({ query: async () => [] }, rows, {
      ...{
        kind: pictureKind,
        labeller: 'import',
        now: AT,
        askOverlap: null,
        textLengthMax: 100,
        seen: new Set(),
      },
    })
    expect(samples).toMatchObject([{ images: [{ ref, sha256: 'e'.repeat(64) }], text: null, overlap: 0 }])
    expect(samples[0]!.contentId).toMatch(/^image-/)
    expect(labels).toMatchObject([{ contentId: samples[0]!.contentId, boxes: [box], value: 1 }])
    expect(refused).toMatchObject([{ error: expect.stringContaining('there is no image') }])
  })
})
