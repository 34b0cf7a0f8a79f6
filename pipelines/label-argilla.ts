import { hashId } from '../schemas/ids.ts'
import { isFields } from './jsonl.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import type { ExportedContent } from './label-export.ts'
import { labelRow, type ReadLabelRow } from './label-row.ts'
import { classNameOf } from './label-values.ts'

/**
 * Argilla's JSON of records (`dataset.records.to_json`, `from_json` of its SDK 2): the text as `fields.text`, answers as responses to a rating or label question
 * named as the kind. Argilla knows people by UUID, so a name becomes one, and `metadata.labellers` says whose it is and when they answered.
 * Of a kind that reads images `fields.image` is the first one's ref and `metadata.images` are all. It has no question for boxes on images: they lie in
 * `metadata.boxes`, which it keeps and does not show.
 */

/** The labels of a record; a record without any is one row without a value. */
export function labelsOfRecord(kind: KindDeclaration, record: unknown, number: number): ReadLabelRow[] {
  const place = `record ${number}`
  if (!isFields(record)) return [{ place, error: 'is not a JSON object' }]
  const { id, fields, metadata = {}, responses = {} } = record
  if (!isFields(fields)) return [{ place, error: 'the field fields is not a JSON object' }]
  if (!isFields(responses)) return [{ place, error: 'the field responses is not a JSON object' }]
  const known = isFields(metadata) ? metadata : {}
  const about = {
    contentId: known['contentId'] ?? id,
    revision: known['revision'],
    text: fields['text'],
    language: known['language'],
    images: known['images'] ?? fields['image'],
  }
  const name = [kind.kind, kind.training.field].find(one => Array.isArray(responses[one]))
  const given = name === undefined ? [] : (responses[name] as unknown[])
  if (given.length === 0) return [labelRow(kind, place, { ...about, label: undefined, adjudicated: false })]
  const people = peopleIn(known['labellers'])
  const boxes = boxesByPerson(known['boxes'])
  return given.map((response, i) => {
    const where = given.length === 1 ? place : `${place}, response ${i + 1}`
    if (!isFields(response))
      return { place: where, error: `the field responses.${name} holds no JSON object` }
    const user = typeof response['user_id'] === 'string' ? response['user_id'] : null
    const person = user === null ? undefined : people.get(user)
    return labelRow(kind, where, {
      ...about,
      boxes: user === null ? undefined : boxes.get(user),
      label: { name: `responses.${name}`, value: response['value'] },
      labeller: person?.name ?? user,
      adjudicated: person?.decided ?? false,
      at: person?.at,
    })
  })
}

interface Person {
  readonly at: string
  readonly decided: boolean
  readonly name: string
}

/** Lines `<uuid> <time> <said or decided> <name>`. */
function peopleIn(lines: unknown): ReadonlyMap<string, Person> {
  const people = new Map<string, Person>()
  if (!Array.isArray(lines)) return people
  for (const line of lines) {
    const found = typeof line === 'string' ? /^(\S+) (\S+) (said|decided) (.+)$/s.exec(line) : null
    if (found !== null)
      people.set(found[1]!, { at: found[2]!, decided: found[3] === 'decided', name: found[4]! })
  }
  return people
}

/** A content with its labels as a record. */
export function recordOf(
  kind: KindDeclaration,
  { contentId, revision, text, language, images, labels }: ExportedContent,
) {
  const isGraded = kind.training.objective === 'GRADED'
  const answers = labels.map(label => {
    const decided = label.origin === 'adjudication'
    return { ...label, decided, user: uuidOf(`${decided ? 'decided' : 'said'} ${label.labeller}`) }
  })
  return {
    id: `${contentId}@${revision}`,
    fields: { text, ...(images.length === 0 ? {} : { image: images[0]!.ref }) },
    metadata: {
      contentId,
      revision,
      ...(language === null ? {} : { language }),
      ...(images.length === 0 ? {} : { images: images.map(({ ref }) => ref) }),
      ...boxesAsLines(answers),
      labellers: answers.map(
        ({ user, at, decided, labeller }) =>
          `${user} ${new Date(at).toISOString()} ${decided ? 'decided' : 'said'} ${labeller}`,
      ),
    },
    suggestions: {},
    responses: {
      [kind.kind]: answers.map(({ value, user }) => ({
        value: isGraded ? value : classNameOf(kind, value),
        user_id: user,
      })),
    },
    vectors: {},
  }
}

/** Lines `<uuid> <JSON of all boxes>`. */
function boxesAsLines(answers: readonly { readonly user: string; readonly boxes: readonly unknown[] }[]) {
  const drawn = answers.filter(({ boxes }) => boxes.length > 0)
  return drawn.length === 0
    ? {}
    : { boxes: drawn.map(({ user, boxes }) => `${user} ${JSON.stringify(boxes)}`) }
}

function boxesByPerson(lines: unknown): ReadonlyMap<string, unknown> {
  const boxes = new Map<string, unknown>()
  if (!Array.isArray(lines)) return boxes
  for (const line of lines) {
    const found = typeof line === 'string' ? /^(\S+) (.+)$/s.exec(line) : null
    if (found === null) continue
    try {
      boxes.set(found[1]!, JSON.parse(found[2]!))
    } catch {
      // Checking the row's boxes says that these are none.
      boxes.set(found[1]!, found[2])
    }
  }
  return boxes
}

/** A UUID (version 8, of one's own making) that stands for a name. */
function uuidOf(name: string): string {
  const hex = hashId(['argilla user', name])
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
