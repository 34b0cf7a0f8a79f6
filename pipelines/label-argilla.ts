import { hashId } from '../schemas/ids.ts'
import type { KindDeclaration } from './kinds.ts'
import type { ExportedContent } from './label-export.ts'
import { isFields, labelRow, type ReadLabelRow } from './label-row.ts'
import { classNameOf } from './label-values.ts'

/**
 * Argilla's JSON of records (`dataset.records.to_json`, `from_json` of its SDK 2): the text as `fields.text`, answers as responses to a rating or label question
 * named as the kind. Argilla knows people by UUID, so a name becomes one, and `metadata.labellers` says whose it is and when they answered.
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
  }
  const name = [kind.kind, kind.training.field].find(one => Array.isArray(responses[one]))
  const given = name === undefined ? [] : (responses[name] as unknown[])
  if (given.length === 0) return [labelRow(kind, place, { ...about, label: undefined, adjudicated: false })]
  const people = peopleIn(known['labellers'])
  return given.map((response, i) => {
    const where = given.length === 1 ? place : `${place}, response ${i + 1}`
    if (!isFields(response))
      return { place: where, error: `the field responses.${name} holds no JSON object` }
    const user = typeof response['user_id'] === 'string' ? response['user_id'] : null
    const person = user === null ? undefined : people.get(user)
    return labelRow(kind, where, {
      ...about,
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
  { contentId, revision, text, language, labels }: ExportedContent,
) {
  const isGraded = kind.training.objective === 'GRADED'
  const answers = labels.map(label => {
    const decided = label.origin === 'adjudication'
    return { ...label, decided, user: uuidOf(`${decided ? 'decided' : 'said'} ${label.labeller}`) }
  })
  return {
    id: `${contentId}@${revision}`,
    fields: { text },
    metadata: {
      contentId,
      revision,
      ...(language === null ? {} : { language }),
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

/** A UUID (version 8, of one's own making) that stands for a name. */
function uuidOf(name: string): string {
  const hex = hashId(['argilla user', name])
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
