import { pairFeatures } from '../processors/drift/compare-kinds.ts'
import { allRecords, type WatchedFeature } from '../processors/drift/declared-features.ts'
import { readerSlices, reportFeatures, voteFeatures } from '../processors/drift/judge-readers.ts'
import { kinds } from './kinds.ts'

/** What the names in drift reports mean, in the words of the declarations they come from. */

/** Names that no kind declares. */
const common: Readonly<Record<string, string>> = {
  '*': 'All features together.',
  labels: 'What people who label say, beside the score.',
  terms: 'Words and expressions.',
  company: 'Which words stand beside which.',
  accuracy: 'How often the score is right.',
}

/** What a feature measures, in a sentence; null where nobody declares it, as of a version long gone. */
export function describeFeature(kind: string, feature: string, declared = kinds): string | null {
  if (Object.hasOwn(common, feature)) return common[feature]!
  return featuresOf(kind, declared).find(({ name }) => name === feature)?.description ?? null
}

/** Which records a slice holds, in a sentence; null where nobody declares it. */
export function describeSlice(kind: string, slice: string, declared = kinds): string | null {
  const own = Object.hasOwn(declared, kind) ? declared[kind]?.drift?.slices : undefined
  return [...(own ?? allRecords), ...readerSlices].find(({ name }) => name === slice)?.description ?? null
}

function featuresOf(kind: string, declared: typeof kinds): readonly WatchedFeature[] {
  const own = Object.hasOwn(declared, kind) ? declared[kind] : undefined
  if (own === undefined) return []
  const pairs = (own.compared ?? []).flatMap(pair => {
    const other = Object.hasOwn(declared, pair.with) ? declared[pair.with] : undefined
    return other === undefined ? [] : pairFeatures({ kind, pair, scale: other.scale, slices: allRecords })
  })
  return [...(own.drift?.features ?? []), ...pairs, ...voteFeatures, ...reportFeatures]
}
