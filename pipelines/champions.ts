import type { Model } from '../processors/scorer.ts'
import { type KindDeclaration, kinds } from './kinds.ts'
import { loadModel, type RegistryOptions } from './model-registry.ts'
import type { RuntimeMetrics } from './runtime/metrics.ts'

/** The live model version of each kind, loaded once and shared by the stream and the live drafts of a process. */
export class Champions {
  private readonly models: ReadonlyMap<string, Model<unknown, unknown>>

  private constructor(models: ReadonlyMap<string, Model<unknown, unknown>>) {
    this.models = models
  }

  /** @throws NicrError NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH */
  static async load(options: RegistryOptions, metrics: RuntimeMetrics): Promise<Champions> {
    const models = new Map<string, Model<unknown, unknown>>()
    for (const kind of Object.keys(kinds)) {
      const model = await loadModel(`${kind}@champion`, options)
      metrics.setModel(kind, model.card.version, 'champion')
      models.set(kind, model)
    }
    return new Champions(models)
  }

  of(kind: KindDeclaration): Model<unknown, unknown> {
    const model = this.models.get(kind.kind)
    if (model === undefined) throw new Error(`no champion of ${kind.kind} was loaded`)
    return model
  }

  async close(): Promise<void> {
    for (const model of this.models.values()) await model.close()
  }
}
