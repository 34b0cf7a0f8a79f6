import { profileId } from '../../schemas/ids.ts'
import type { FeatureProfile } from '../../schemas/records.ts'
import { STEP_RECORDS_MAX } from './monitor.ts'
import {
  PROFILE_RECORDS_MAX,
  ProfileBuilder,
  type ProfiledRecord,
  type ProfileLayout,
  type ProfileSource,
} from './profile.ts'

/** What profiles add up under: a kind, the version that scored it, and how they are laid out. */
export interface ProfiledLine {
  readonly kind: string
  readonly modelVersion: string
  readonly layout: ProfileLayout
}

/**
 * The profiles of records, in the order of the log: one, unless they are many.
 * @param source of the whole batch; together the profiles cover its offsets
 */
export function profilesOf(
  builder: ProfileBuilder,
  records: readonly ProfiledRecord[],
  source: ProfileSource,
): FeatureProfile[] {
  const profiles: FeatureProfile[] = []
  let { firstOffset } = source
  for (let from = 0; from < records.length; from += PROFILE_RECORDS_MAX) {
    const part = records.slice(from, from + PROFILE_RECORDS_MAX)
    for (const record of part) builder.add(record)
    const isLast = from + PROFILE_RECORDS_MAX >= records.length
    const nextOffset = isLast ? source.nextOffset : part.at(-1)!.offset + 1
    const skipped = isLast ? source.skipped : 0
    const profile = builder.take({ ...source, firstOffset, nextOffset, skipped })
    firstOffset = nextOffset
    if (profile !== null) profiles.push({ id: profileId(profile), ...profile })
  }
  return profiles
}

/** Gathers the records of one batch whose profiles belong to several lines. */
export class ProfileBatch {
  private lines = new Map<string, { readonly line: ProfiledLine; readonly records: ProfiledRecord[] }>()

  add(line: ProfiledLine, record: ProfiledRecord): void {
    const key = [line.kind, line.modelVersion, line.layout.version].join('\0')
    const known = this.lines.get(key)
    if (known === undefined) this.lines.set(key, { line, records: [record] })
    else known.records.push(record)
  }

  /**
   * The profiles of what was added since the last call, line by line.
   * @param batch where it lay, and how many records it had
   */
  take(
    batch: Pick<ProfileSource, 'topic' | 'partition' | 'firstOffset' | 'nextOffset'> & {
      readonly count: number
    },
  ): FeatureProfile[] {
    const lines = [...this.lines.values()]
    this.lines = new Map()
    const { count, ...place } = batch
    return lines.flatMap(({ line: { kind, modelVersion, layout }, records }) =>
      profilesOf(new ProfileBuilder(layout, STEP_RECORDS_MAX), records, {
        ...place,
        kind,
        modelVersion,
        skipped: count - records.length,
      }),
    )
  }
}
