import { CrashError, type MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { addBins } from '../../processors/drift/profile.ts'
import type { FeatureProfile } from '../../schemas/records.ts'

/** Records by kind, versions, feature, slice and bin: what profiles add up to, in whatever pieces. Only what was counted. */
export function addedUp(profiles: readonly FeatureProfile[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind, modelVersion, features, slices, binsPerFeature, steps } of profiles) {
    const cells = new Float64Array(features.length * slices.length * binsPerFeature)
    for (const { bins } of steps) addBins(bins, cells)
    for (const [cell, count] of cells.entries()) {
      const pair = Math.floor(cell / binsPerFeature)
      const slice = slices[Math.floor(pair / features.length)]
      const name = `${kind} ${modelVersion} ${features[pair % features.length]} ${slice} ${cell % binsPerFeature}`
      if (count > 0) counts[name] = (counts[name] ?? 0) + count
    }
  }
  return counts
}

/** Drains with crashes after so many commits each, a new process after each, and then to the end. */
export async function drainWithCrashes(driver: MemoryDriver, crashes: readonly number[]): Promise<void> {
  for (const commits of crashes) {
    driver.crashAfter(commits)
    try {
      await driver.drain()
    } catch (error) {
      if (!(error instanceof CrashError)) throw error
    }
    driver.restart()
  }
  await driver.drain()
}
