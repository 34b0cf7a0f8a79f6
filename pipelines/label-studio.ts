import type { Label } from '../schemas/records.ts'
import { type Fields, isFields } from './jsonl.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import type { ExportedContent } from './label-export.ts'
import { labelRow, type ReadLabelRow } from './label-row.ts'
import { classNameOf } from './label-values.ts'

/**
 * Label Studio's JSON of tasks (its import and "JSON" export), with the text as `data.text`: a graded kind answered by `<Number>` or `<Rating>`, a binary one by
 * `<Choices>` of its class names. Of a kind that reads images `data.image` is the first one's ref, `data.images` are all, and boxes are `<RectangleLabels>`
 * named `boxes` in percent, upright ones only. What of ours it has no field for lies in `data` and in each result's `meta`, which it keeps.
 */

/** The labels of a task; a task without any is one row without a value. */
export function labelsOfTask(kind: KindDeclaration, task: unknown, number: number): ReadLabelRow[] {
  const place = `task ${number}`
  if (!isFields(task)) return [{ place, error: 'is not a JSON object' }]
  const { data, annotations = [] } = task
  if (!isFields(data)) return [{ place, error: 'the field data is not a JSON object' }]
  if (!Array.isArray(annotations)) return [{ place, error: 'the field annotations is not a list' }]
  const about = {
    contentId: data['contentId'],
    revision: data['revision'],
    text: data['text'],
    language: data['language'],
    images: data['images'] ?? data['image'],
  }
  const given = annotations.filter(one => isFields(one) && one['was_cancelled'] !== true) as Fields[]
  if (given.length === 0) return [labelRow(kind, place, { ...about, label: undefined, adjudicated: false })]
  return given.map((annotation, i) => {
    const where = given.length === 1 ? place : `${place}, annotation ${i + 1}`
    const result = resultOf(kind, annotation['result'])
    if (result === null)
      return { place: where, error: `the field result holds no number, rating or choice for ${kind.kind}` }
    const meta = isFields(result['meta']) ? result['meta'] : {}
    return labelRow(kind, where, {
      ...about,
      boxes: kind.input === 'IMAGE' ? boxesOf(annotation['result'], refsOf(about.images)) : [],
      label: answerOf(result),
      labeller: meta['labeller'] ?? personOf(annotation['completed_by']),
      adjudicated: annotation['ground_truth'] === true,
      at: annotation['created_at'],
      seconds: annotation['lead_time'],
      guidelineVersion: meta['guidelineVersion'],
    })
  })
}

const answerTypes = ['number', 'rating', 'choices'] as const

/** The result named as the kind or its field, or else the first that is an answer. */
function resultOf({ kind, training }: KindDeclaration, results: unknown): Fields | null {
  if (!Array.isArray(results)) return null
  const answers = results.filter(one => isFields(one) && answerOf(one) !== undefined) as Fields[]
  const named = answers.find(one => one['from_name'] === kind || one['from_name'] === training.field)
  return named ?? answers[0] ?? null
}

function answerOf({ type, value }: Fields): { name: string; value: unknown } | undefined {
  const name = answerTypes.find(one => one === type)
  if (name === undefined || !isFields(value)) return undefined
  const said = value[name]
  // A single choice is a list of one.
  return { name, value: Array.isArray(said) && said.length === 1 ? said[0] : said }
}

function personOf(by: unknown): string | null {
  if (typeof by === 'number') return `label-studio-${by}`
  if (isFields(by)) {
    if (typeof by['email'] === 'string') return by['email']
    if (typeof by['id'] === 'number') return `label-studio-${by['id']}`
  }
  return typeof by === 'string' ? by : null
}

const RECTANGLES = 'rectanglelabels'
/** What a box without a name is labelled: there a rectangle has a label. */
const UNNAMED = 'box'

function rectangleOf({ image, x, y, width, height, name }: Label['boxes'][number], refs: readonly string[]) {
  return {
    from_name: 'boxes',
    to_name: 'image',
    type: RECTANGLES,
    item_index: refs.indexOf(image),
    value: {
      x: 100 * x,
      y: 100 * y,
      width: 100 * width,
      height: 100 * height,
      rotation: 0,
      [RECTANGLES]: [name ?? UNNAMED],
    },
  }
}

function refsOf(images: unknown): unknown[] {
  return Array.isArray(images) ? images : [images]
}

/** Rectangles as boxes in fractions, unchecked; one that is rotated is no box. */
function boxesOf(results: unknown, refs: readonly unknown[]): unknown[] {
  if (!Array.isArray(results)) return []
  return results
    .filter(one => isFields(one) && one['type'] === RECTANGLES)
    .map(one => {
      const { value, item_index: place } = one as Fields
      if (!isFields(value) || (value['rotation'] ?? 0) !== 0) return null
      const names = value[RECTANGLES]
      const name = Array.isArray(names) && names[0] !== UNNAMED ? names[0] : null
      const ref = refs[typeof place === 'number' ? place : 0]
      return {
        image: isFields(ref) ? ref['ref'] : ref,
        ...{ x: fraction(value['x']), y: fraction(value['y']) },
        ...{ width: fraction(value['width']), height: fraction(value['height']) },
        name,
      }
    })
}

function fraction(percent: unknown): unknown {
  return typeof percent === 'number' ? percent / 100 : percent
}

/** A content with its labels as a task. */
export function taskOf(
  kind: KindDeclaration,
  { contentId, revision, text, language, images, labels }: ExportedContent,
) {
  const isGraded = kind.training.objective === 'GRADED'
  const refs = images.map(({ ref }) => ref)
  return {
    data: {
      text,
      contentId,
      revision,
      language,
      ...(refs.length === 0 ? {} : { image: refs[0], images: refs }),
    },
    annotations: labels.map(({ value, boxes, labeller, origin, guidelineVersion, seconds, at }) => ({
      ground_truth: origin === 'adjudication',
      was_cancelled: false,
      created_at: new Date(at).toISOString(),
      lead_time: seconds,
      result: [
        {
          from_name: kind.kind,
          to_name: kind.input === 'IMAGE' ? 'image' : 'text',
          type: isGraded ? 'number' : 'choices',
          value: isGraded ? { number: value } : { choices: [classNameOf(kind, value)] },
          meta: { labeller, guidelineVersion },
        },
        ...boxes.map(box => rectangleOf(box, refs)),
      ],
    })),
  }
}
