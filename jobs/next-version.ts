import { type RegistryOptions, surveyVersions } from '../pipelines/model-registry.ts'
import { movesOf, type Promotions, promotedAliases } from '../processors/fold-promotions.ts'

/** The number of a kind's next version: they count on over folders, shadowed ones too, and over what was ever promoted, also where its folder is gone. */
export async function nextVersion(
  kind: string,
  registry: RegistryOptions,
  promotions: Promotions,
): Promise<string> {
  const { versions, shadowed } = await surveyVersions(kind, registry)
  const there = [...versions, ...shadowed].map(({ version }) => Number(version))
  const promoted = promotedAliases.flatMap(alias =>
    movesOf(promotions, kind, alias).map(({ promotion }) => Number(promotion.version) || 0),
  )
  return String(Math.max(0, ...there, ...promoted) + 1)
}
