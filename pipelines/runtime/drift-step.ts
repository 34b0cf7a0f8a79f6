import { gunzipSync, gzipSync } from 'node:zlib'
import {
  type DeskAnswer,
  type DeskSettings,
  type DeskState,
  DriftDesk,
} from '../../processors/drift/detect-drift.ts'
import type { TrainingReference } from '../../processors/drift/training-reference.ts'
import type { Incoming } from '../../processors/processor.ts'
import type { FeatureProfile } from '../../schemas/records.ts'
import type { StateStore } from './state-store.ts'
import type { Rejected, Step } from './step.ts'

/**
 * Runs the drift detectors of one task. Their state is large and changes with every profile, so it is not written with every
 * transaction: the log of profiles is the changelog, and from time to time a snapshot says where to read on from. After a
 * restart the profiles since then are taken again, and what they lead to is not written twice.
 */

/** Profiles between two snapshots: so many are read again at most after a restart. */
const SNAPSHOT_PROFILES = 1000
/** Base64 units of a chunk: it stays below the broker's default message limit. */
const CHUNK_UNITS = 500_000
/** Another name whenever the state has another form: then the log of profiles is read again. */
const KEY = 'snapshot'
/** Versions whose training reference is remembered; beyond it all are looked up again. */
const REFERENCES_MAX = 64

/** Finds what a model version was trained on, in the bins of the profile's layout; null where that is not known. */
export type TrainingReferenceLookup = (
  version: Pick<FeatureProfile, 'kind' | 'modelVersion' | 'referenceVersion'>,
) => Promise<TrainingReference | null>

interface Chunk {
  readonly chunks: number
  readonly base64: string
}

export interface DriftStepSettings extends DeskSettings {
  readonly snapshotProfiles?: number
  /** Asked once for each version; none is known unless given. */
  readonly lookUpReference?: TrainingReferenceLookup
  /** Told of each profile, once more where it is read again. */
  readonly onProfile?: (profile: FeatureProfile, answer: DeskAnswer) => void
}

export function driftStep(
  store: StateStore,
  {
    snapshotProfiles = SNAPSHOT_PROFILES,
    lookUpReference = async () => null,
    onProfile,
    ...settings
  }: DriftStepSettings = {},
): Step {
  const desk = new DriftDesk(settings)
  let sinceSnapshot = 0
  let chunksWritten = 0
  const references = new Map<string, TrainingReference | null>()

  async function referenceOf({ kind, modelVersion, referenceVersion }: FeatureProfile) {
    const key = JSON.stringify([kind, modelVersion, referenceVersion])
    const known = references.get(key)
    if (known !== undefined) return known
    const found = await lookUpReference({ kind, modelVersion, referenceVersion })
    if (references.size === REFERENCES_MAX) references.clear()
    references.set(key, found)
    return found
  }

  function writeSnapshot(): void {
    const base64 = gzipSync(JSON.stringify(desk.snapshot()), { level: 1 }).toString('base64')
    const chunks = Math.ceil(base64.length / CHUNK_UNITS)
    for (let i = 0; i < chunks; i++) {
      const chunk: Chunk = { chunks, base64: base64.slice(i * CHUNK_UNITS, (i + 1) * CHUNK_UNITS) }
      store.set(`${KEY}-${i}`, chunk, null)
    }
    for (let i = chunks; i < chunksWritten; i++) store.set(`${KEY}-${i}`, undefined, null)
    chunksWritten = chunks
  }

  return {
    resumeFrom() {
      const first = store.get(`${KEY}-0`) as Chunk | undefined
      if (first === undefined) return 0
      const chunks = Array.from({ length: first.chunks }, (_, i) => store.get(`${KEY}-${i}`) as Chunk)
      const json = gunzipSync(Buffer.from(chunks.map(({ base64 }) => base64).join(''), 'base64'))
      desk.restore(JSON.parse(json.toString('utf8')) as DeskState)
      chunksWritten = first.chunks
      return desk.resumeFrom
    },
    async run(batch, emit) {
      const rejected: Rejected[] = []
      const profiles = batch as readonly Incoming<'feature-profiles'>[]
      const learned: (TrainingReference | null)[] = []
      // All before the first is taken: should one fail, nothing was counted.
      for (const { value } of profiles) learned.push(await referenceOf(value))
      profiles.forEach((record, index) => {
        const answer = desk.add(record, learned[index])
        onProfile?.(record.value, answer)
        if ('problem' in answer) rejected.push({ index, code: 'NICR_RECORD_INVALID', detail: answer.problem })
        else
          for (const report of answer.reports)
            emit({ topic: 'drift-reports', key: report.kind, value: report })
      })
      sinceSnapshot += batch.length
      if (sinceSnapshot >= snapshotProfiles) {
        sinceSnapshot = 0
        writeSnapshot()
      }
      return rejected
    },
  }
}
