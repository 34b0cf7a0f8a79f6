import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed } from '../../pipelines/kinds.ts'

/**
 * Perspective's attributes, and the kind whose value answers for each: both are probabilities of 0–1. Null: Perspective
 * has the attribute, Nicr has no model for it.
 */
const kindOfAttribute: ReadonlyMap<string, string | null> = new Map([
  ['TOXICITY', 'toxicity'],
  ['SPAM', 'text-spam'],
  ...[
    'SEVERE_TOXICITY IDENTITY_ATTACK INSULT PROFANITY THREAT',
    'TOXICITY_EXPERIMENTAL SEVERE_TOXICITY_EXPERIMENTAL IDENTITY_ATTACK_EXPERIMENTAL INSULT_EXPERIMENTAL',
    'PROFANITY_EXPERIMENTAL THREAT_EXPERIMENTAL SEXUALLY_EXPLICIT FLIRTATION TOXICITY_FAST',
    'AFFINITY_EXPERIMENTAL COMPASSION_EXPERIMENTAL CURIOSITY_EXPERIMENTAL NUANCE_EXPERIMENTAL',
    'PERSONAL_STORY_EXPERIMENTAL REASONING_EXPERIMENTAL RESPECT_EXPERIMENTAL',
    'ATTACK_ON_AUTHOR ATTACK_ON_COMMENTER INCOHERENT INFLAMMATORY LIKELY_TO_REJECT OBSCENE UNSUBSTANTIAL',
  ].flatMap(line => line.split(' ').map(name => [name, null] as const)),
])

/** Attributes that a kind answers for, in the order in which documents list them. */
export const answeredAttributes: readonly string[] = [...kindOfAttribute].flatMap(([name, kind]) =>
  kind === null ? [] : [name],
)

/**
 * The kind that answers for an attribute here. Null: Perspective's, but no live model. Undefined: no attribute at all.
 * @param name as requested; the version of `NAME@VERSION`, which older clients send, says nothing here
 * @param servedKinds kinds with a live model
 */
export function kindAnswering(
  name: string,
  servedKinds: readonly string[],
): KindDeclaration | null | undefined {
  const kind = kindOfAttribute.get(name.split('@', 1)[0]!)
  if (kind === undefined) return undefined
  return kind !== null && servedKinds.includes(kind) ? kindNamed(kind) : null
}
