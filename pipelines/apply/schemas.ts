import { NicrError } from '../../schemas/errors.ts'
import { compatibilityOf, fullTopicName, schemaTextOf, subjectOf, topicNames } from '../../schemas/topics.ts'
import type { ApplyParts, PlannedStep } from './planned-step.ts'

/** The subjects' compatibility levels and schemas. */
export function planSchemas(parts: ApplyParts): Promise<readonly PlannedStep[]> {
  const subjects = topicNames.flatMap(name => {
    const schema = schemaTextOf(name)
    const subject = subjectOf(fullTopicName(parts.config.topics.prefix, name))
    return schema === null ? [] : [{ subject, schema, level: compatibilityOf(name) }]
  })
  return Promise.all(subjects.map(subject => planSubject(subject, parts)))
}

interface Subject {
  readonly subject: string
  readonly schema: string
  readonly level: 'BACKWARD_TRANSITIVE' | 'FULL_TRANSITIVE'
}

async function planSubject(
  { subject, schema, level }: Subject,
  { registry }: ApplyParts,
): Promise<PlannedStep> {
  const [id, currentLevel] = await Promise.all([
    registry.idOf(subject, schema),
    registry.compatibilityOf(subject),
  ])
  const what = `schema ${subject}`
  const run = async () => {
    // The level comes first, so that it guards this schema against the earlier ones; some registries take it only
    // once there is a schema, so it is read again afterwards.
    if (currentLevel !== null && currentLevel !== level) await registry.setCompatibility(subject, level)
    await registry.register(subject, schema)
    if ((await registry.compatibilityOf(subject)) !== level) await registry.setCompatibility(subject, level)
  }
  if (id !== null && currentLevel === level) return { what, action: 'keep', run }
  if (id !== null) return { what, action: 'update', detail: `compatibility ${level}`, run }
  if (currentLevel === null) return { what, action: 'create', detail: level, run }
  if (!(await registry.isCompatible(subject, schema)))
    throw new NicrError(
      'NICR_SCHEMA_INCOMPATIBLE',
      `${subject}: the registry holds an earlier schema that this version's does not go with under ${level}. ` +
        'Nothing was registered. Was it registered by hand, or by a newer Nicr? Use another NICR_TOPIC_PREFIX, or mend the subject',
    )
  return { what, action: 'update', detail: 'a new version', run }
}
