import { kinds } from '../../../pipelines/kinds.ts'
import { valueSums } from '../../../processors/drift/profile.ts'
import type { FeatureProfile } from '../../../schemas/records.ts'
import type { OwnNicr } from '../own-nicr.ts'
import { decoded, type Ledger, scoredPairs } from './ledger.ts'

/** Sums of doubles in another order. */
const SUM_ERROR_MAX = 1e-6

/**
 * Where the profiles of a kind do not add up to the records that it scored: each decided record is counted by exactly one step of
 * one profile, those that were not are the skipped ones, no two profiles cover an offset, and the sums of the scores are those of
 * the scores on the topic. It holds where every record is watched: below the budget of `watch-budget.ts`.
 */
export async function profileFaults(nicr: OwnNicr, ledger: Ledger): Promise<string[]> {
  const { placed } = await decoded(nicr, 'feature-profiles')
  const profiles = placed.map(({ value }) => value)
  return [
    ...overlaps(profiles),
    ...Object.keys(kinds).flatMap(kind => faultsOf(nicr, ledger, profiles, kind)),
  ]
}

/** A line of profiles, whatever it is of, covers no offset twice. */
function overlaps(profiles: readonly FeatureProfile[]): string[] {
  const lines = grouped(profiles, ({ kind, modelVersion, referenceVersion, sourceTopic, sourcePartition }) =>
    [kind, modelVersion, referenceVersion, sourceTopic, sourcePartition].join(' '),
  )
  return [...lines].flatMap(([line, own]) => {
    const inOrder = own.toSorted((left, right) => left.firstOffset - right.firstOffset)
    return inOrder.flatMap(({ firstOffset }, index) =>
      index > 0 && firstOffset < inOrder[index - 1]!.nextOffset
        ? [`${line}: ${firstOffset} is covered twice`]
        : [],
    )
  })
}

interface Counted {
  readonly offset: number
  /** The score's value; null where nothing was decided. */
  readonly value: number | null
}

function faultsOf(
  nicr: OwnNicr,
  ledger: Ledger,
  profiles: readonly FeatureProfile[],
  kind: string,
): string[] {
  const { drift } = kinds[kind]!
  if (drift === undefined) return []
  const own = profiles.filter(one => one.kind === kind && one.sourceTopic === nicr.fullName('content'))
  const values = new Map(
    scoredPairs(ledger, kind).map(({ record, score }) => [
      `${record.partition}/${record.offset}`,
      score?.value.value ?? null,
    ]),
  )
  const records = grouped(ledger.content, ({ partition }) => partition)
  const score = drift.features.findIndex(({ name }) => name === 'score')
  const edges = drift.features[score]?.edges ?? Float64Array.of()
  const faults: string[] = []
  let counted = 0
  for (const profile of own) {
    const within = (records.get(profile.sourcePartition) ?? [])
      .filter(({ offset }) => offset >= profile.firstOffset && offset < profile.nextOffset)
      .map(
        ({ partition, offset }): Counted => ({ offset, value: values.get(`${partition}/${offset}`) ?? null }),
      )
    const decided = within.filter(({ value }) => value !== null)
    counted += decided.length
    const where = `${kind}, partition ${profile.sourcePartition}, ${profile.firstOffset} to ${profile.nextOffset}`
    const inSteps = profile.steps.reduce((sum, { count }) => sum + count, 0)
    if (inSteps !== decided.length || profile.skipped !== within.length - decided.length)
      faults.push(
        `${where}: ${inSteps} counted and ${profile.skipped} skipped, where ${decided.length} of ${within.length} were decided`,
      )
    faults.push(...stepFaults(profile, decided, { score, edges }).map(fault => `${where}: ${fault}`))
  }
  const decided = [...values.values()].filter(value => value !== null).length
  if (counted !== decided) faults.push(`${kind}: profiles cover ${counted} of ${decided} decided records`)
  return faults
}

function stepFaults(
  profile: FeatureProfile,
  decided: readonly Counted[],
  { score, edges }: { readonly score: number; readonly edges: Float64Array },
): string[] {
  return profile.steps.flatMap((step, index) => {
    const end = profile.steps[index + 1]?.firstOffset ?? profile.nextOffset
    const own = decided.filter(({ offset }) => offset >= step.firstOffset && offset < end)
    if (own.length !== step.count)
      return [`the step at ${step.firstOffset} counts ${step.count}, not ${own.length}`]
    const sums = score < 0 ? null : valueSums(step.sums, profile.features.length)
    if (sums === null) return []
    const sum = own.reduce((total, { value }) => total + held(value!, edges), 0)
    return Math.abs(sum - sums[score]!) > SUM_ERROR_MAX * Math.max(1, sum)
      ? [`the scores of the step at ${step.firstOffset} add up to ${sums[score]}, not ${sum}`]
      : []
  })
}

function grouped<One, Key>(from: readonly One[], keyOf: (one: One) => Key): Map<Key, One[]> {
  const groups = new Map<Key, One[]>()
  for (const one of from) {
    const group = groups.get(keyOf(one))
    if (group === undefined) groups.set(keyOf(one), [one])
    else group.push(one)
  }
  return groups
}

/** Profiles hold values within the edges of a feature's bins. */
function held(value: number, edges: Float64Array): number {
  return edges.length === 0 ? value : Math.max(edges[0]!, Math.min(edges.at(-1)!, value))
}
