import { type DefaultVersionOf, movesOf, type Promotions, versionOf } from '../processors/fold-promotions.ts'
import { NicrError } from '../schemas/errors.ts'
import { kindNamed, kinds } from './kinds.ts'
import { languagesOfManifest } from './model-manifest.ts'
import { type RegistryOptions, readFolder, surveyVersions } from './model-registry.ts'
import { defaultVersions } from './promotion-log.ts'

/** A version on disk, as lists show it. */
export interface VersionSummary {
  readonly version: string
  readonly origin: 'committed' | 'local'
  readonly path: string
  /** What it is at present: champion, challenger, both or nothing. */
  readonly aliases: readonly string[]
  /** The version it was made from; null where it was made from none, or the manifest does not hold. */
  readonly parent: string | null
  /** sha256 of its model file; null where the manifest does not hold. */
  readonly digest: string | null
  /** Primary language subtags that it reads; none where the manifest does not hold. */
  readonly languages: readonly string[]
  readonly metrics: Readonly<Record<string, number>>
  /** Why it cannot be used; null if its manifest holds. */
  readonly problem: string | null
}

/** A kind with its versions and what is live of them. */
export interface KindSummary {
  readonly kind: string
  /** Null where the promotions are not known. */
  readonly live: string | null
  readonly challenger: string | null
  /** When the live version was promoted, ms since the epoch; null for a default one. */
  readonly since: number | null
  /** The champion before it, null where there was none. */
  readonly previous: string | null
  readonly versions: readonly VersionSummary[]
  /** Folders that are passed over because a committed version has their number. */
  readonly passedOver: readonly string[]
}

/**
 * What there is on disk and what is live of it, kind by kind.
 * @param promotions null where they are not known
 */
export async function surveyKinds(
  promotions: Promotions | null,
  options: RegistryOptions,
  names: readonly string[] = Object.keys(kinds),
): Promise<KindSummary[]> {
  const defaultOf = await defaultVersions(options)
  return Promise.all(names.map(kind => surveyKind(kindNamed(kind).kind, promotions, defaultOf, options)))
}

async function surveyKind(
  kind: string,
  promotions: Promotions | null,
  defaultOf: DefaultVersionOf,
  options: RegistryOptions,
): Promise<KindSummary> {
  const { versions, shadowed } = await surveyVersions(kind, options)
  const live = promotions === null ? null : versionOf(promotions, kind, 'CHAMPION', defaultOf)
  const challenger = promotions === null ? null : versionOf(promotions, kind, 'CHALLENGER', defaultOf)
  const moves = promotions === null ? [] : movesOf(promotions, kind, 'CHAMPION')
  const aliasesOf = (version: string) => [
    ...(version === live ? ['champion'] : []),
    ...(version === challenger ? ['challenger'] : []),
  ]
  return {
    kind,
    live,
    challenger,
    since: moves.at(-1)?.since ?? null,
    previous: moves.length === 0 ? null : (moves.at(-2)?.promotion.version ?? defaultOf(kind)),
    versions: await Promise.all(
      versions.map(async place => ({
        ...place,
        aliases: aliasesOf(place.version),
        ...(await describe(place, kind)),
      })),
    ),
    passedOver: shadowed.map(({ path }) => path),
  }
}

async function describe(
  place: { readonly path: string; readonly version: string },
  kind: string,
): Promise<Pick<VersionSummary, 'parent' | 'digest' | 'languages' | 'metrics' | 'problem'>> {
  try {
    const { manifest } = await readFolder(place.path, kind, place.version)
    const { parent, digest, metrics } = manifest
    const languages = languagesOfManifest(kindNamed(kind), manifest)
    return { parent, digest, languages, metrics, problem: null }
  } catch (error) {
    if (!(error instanceof NicrError)) throw error
    return { parent: null, digest: null, languages: [], metrics: {}, problem: error.message }
  }
}
