import { type Logger, pino } from 'pino'
import type { Vocabulary } from '../processors/drift/vocabulary.ts'
import {
  type DefaultVersionOf,
  foldPromotion,
  movesOf,
  noPromotions,
  type Promotions,
  versionOf,
} from '../processors/fold-promotions.ts'
import type { Model } from '../processors/scorer.ts'
import { type ErrorCode, NicrError } from '../schemas/errors.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { kinds } from './kinds.ts'
import type { ModelFolder } from './model-manifest.ts'
import {
  loadModelFolder,
  type PromotedArtifact,
  type RegistryOptions,
  resolveModel,
  resolvePromoted,
} from './model-registry.ts'
import type { PromotionRecord } from './promotion-history.ts'
import { defaultVersions, type PromotionSource } from './promotion-log.ts'
import { holdable } from './runtime/inference/holdable-model.ts'
import type { RuntimeMetrics } from './runtime/metrics.ts'
import { readReference } from './training-reference.ts'

/** Moves of an alias a process remembers: what it falls back on at the start where newer versions are not usable. */
const MOVES_MAX = 100
/** A promoted version that is not here yet may be copied here; it is looked for again this often. */
const RETRY_MS = 30_000
const CHALLENGER = 'challenger'

interface Live {
  readonly model: Model<unknown, unknown>
  /** null: the version was not promoted but is the default. */
  readonly digest: string | null
}

/** A version that scores along, and the share of the content that it answers. */
export interface LiveChallenger {
  readonly model: Model<unknown, unknown>
  /** 0: it only scores along; below 1. */
  readonly share: number
}

export interface ChampionParts {
  readonly registry: RegistryOptions
  /** The kinds to hold models of; every one unless given. */
  readonly kinds?: readonly string[]
  /** Whether challengers are loaded too; not unless given. */
  readonly challengers?: boolean
  readonly promotions: PromotionSource
  readonly metrics: RuntimeMetrics
  readonly log: Logger
}

/**
 * The live model version of each kind, shared by the stream and the live drafts of a process. A promotion swaps one
 * reference once the new version is loaded, checked and warm; the old one is closed when the batches that hold it are done.
 */
export class Champions {
  private readonly live = new Map<string, Live>()
  private readonly rivals = new Map<string, Live>()
  private readonly closing = new Set<Promise<void>>()
  private readonly registry: RegistryOptions
  private readonly held: readonly string[]
  private readonly holdsChallengers: boolean
  private readonly metrics: RuntimeMetrics
  private readonly log: Logger
  private readonly source: PromotionSource | null
  private defaultOf: DefaultVersionOf = () => null
  private folded: Promotions = noPromotions
  private readonly unusable = new Map<string, PromotedArtifact>()
  private turn: Promise<void> = Promise.resolve()
  private retries: NodeJS.Timeout | undefined
  private hasRead = false

  private constructor(
    parts: Omit<ChampionParts, 'promotions'> & { readonly promotions: PromotionSource | null },
  ) {
    this.registry = parts.registry
    this.held = parts.kinds ?? Object.keys(kinds)
    this.holdsChallengers = parts.challengers ?? false
    this.metrics = parts.metrics
    this.log = parts.log
    this.source = parts.promotions
  }

  /**
   * Reads all promotions, loads what they come to and follows them from then on. A promoted version that cannot be used
   * here is said and counted, and the one before it scores.
   * @throws NicrError NICR_KAFKA_UNAVAILABLE if the promotions cannot be read in time; NICR_MODEL_* if not even the default
   *   version of a kind can be used
   */
  static async follow(parts: ChampionParts): Promise<Champions> {
    const champions = new Champions(parts)
    champions.defaultOf = await defaultVersions(parts.registry)
    try {
      await parts.promotions.start(records => champions.accept(records))
      champions.hasRead = true
      await champions.inTurn(() => champions.loadFirst())
    } catch (error) {
      await champions.close()
      throw error
    }
    champions.retries = setInterval(() => void champions.inTurn(() => champions.settle()), RETRY_MS).unref()
    return champions
  }

  /** The default versions, whatever was promoted. @throws NicrError NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID, … */
  static async load(registry: RegistryOptions, metrics: RuntimeMetrics): Promise<Champions> {
    const champions = new Champions({ registry, metrics, log: pino({ level: 'silent' }), promotions: null })
    champions.defaultOf = await defaultVersions(registry)
    await champions.loadFirst()
    return champions
  }

  /** @throws NicrError NICR_MODEL_NOT_FOUND where this process holds no model of the kind */
  of({ kind }: Pick<KindDeclaration, 'kind'>): Model<unknown, unknown> {
    const live = this.live.get(kind)
    if (live === undefined)
      throw new NicrError('NICR_MODEL_NOT_FOUND', `this process holds no model of the kind ${kind}`)
    return live.model
  }

  /** The version that scores along; null where there is none, or it cannot be used here. */
  challengerOf({ kind }: Pick<KindDeclaration, 'kind'>): LiveChallenger | null {
    const rival = this.rivals.get(kind)
    if (rival === undefined) return null
    const named = movesOf(this.folded, kind, 'CHALLENGER').at(-1)?.promotion
    // What another one is to answer, which is not loaded yet, is not for this one.
    const share = named?.version === rival.model.card.version ? named.share : 0
    // A challenger that answered everything would be the champion: older records say 1 of one that only scores along.
    return { model: rival.model, share: share < 1 ? share : 0 }
  }

  /** The kinds that this process holds models of, with the version that scores and the one that was promoted last, if any. */
  get versions(): readonly {
    readonly kind: string
    readonly live: string | null
    readonly promoted: string | null
  }[] {
    return this.held.map(kind => ({
      kind,
      live: this.live.get(kind)?.model.card.version ?? null,
      promoted: movesOf(this.folded, kind, 'CHAMPION').at(-1)?.promotion.version ?? null,
    }))
  }

  /** What the promotions read so far come to. */
  get promotions(): Promotions {
    return this.folded
  }

  /** Resolves once every promotion that is on the topic now was followed: for a task that takes over from another. */
  async catchUp(): Promise<void> {
    await this.source?.catchUp()
  }

  /** Stops following and closes every version, also those that batches still held. */
  async close(): Promise<void> {
    clearInterval(this.retries)
    await this.source?.stop()
    await this.turn
    for (const { model } of [...this.live.values(), ...this.rivals.values()]) this.retire(model)
    await Promise.all(this.closing)
  }

  /** Folds records in order, then goes to where they lead: of several in quick succession only the last is loaded. */
  private async accept(records: readonly PromotionRecord[]): Promise<void> {
    for (const record of records) {
      const { kind } = record.value
      const { promotions, ignored } = foldPromotion(this.folded, record, this.defaultOf, MOVES_MAX)
      this.folded = promotions
      if (!Object.hasOwn(kinds, kind))
        this.reject('unknown', record, 'NICR_KIND_UNKNOWN', 'no such kind is declared here')
      else if (ignored !== null) this.reject(kind, record, ignored.code, ignored.detail)
    }
    // At the start all of the log is read first.
    if (this.hasRead) await this.inTurn(() => this.settle())
  }

  private reject(
    counted: string,
    { value: { kind, alias, version, id }, offset }: PromotionRecord,
    code: ErrorCode,
    detail: string,
  ): void {
    this.metrics.countPromotion(counted, 'ignored')
    this.log.warn({ code, detail, kind, alias, version, id, offset }, 'promotion ignored')
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.turn.then(work)
    this.turn = turn.catch(() => undefined)
    return turn
  }

  private async loadFirst(): Promise<void> {
    for (const kind of this.held) {
      const moves = movesOf(this.folded, kind, 'CHAMPION')
      for (const { promotion } of moves.toReversed()) {
        if (this.live.has(kind)) break
        await this.tryPromoted(promotion)
      }
      if (this.live.has(kind)) continue
      this.put(kind, await this.open(await resolveModel(`${kind}@champion`, this.registry), null))
    }
    for (const kind of this.held) await this.settleChallenger(kind)
  }

  /** Loads what should be live and is not. Never rejects: where a version cannot be used, the present one stays. */
  private async settle(): Promise<void> {
    for (const [kind, { model, digest }] of this.live) {
      const promotion = movesOf(this.folded, kind, 'CHAMPION').at(-1)?.promotion
      if (promotion === undefined) continue
      const isLive =
        model.card.version === promotion.version && (digest ?? promotion.digest) === promotion.digest
      if (isLive) this.unusable.delete(kind)
      else await this.tryPromoted(promotion)
    }
    for (const kind of this.held) await this.settleChallenger(kind)
  }

  /** One that cannot be used is said, and scores nothing: whoever judges it sees that. */
  private async settleChallenger(kind: string): Promise<void> {
    if (!this.holdsChallengers) return
    const named = movesOf(this.folded, kind, 'CHALLENGER').at(-1)?.promotion
    // Beside itself a version says nothing new, and a rollback may part the two again.
    const isChampion = named?.version === versionOf(this.folded, kind, 'CHAMPION', this.defaultOf)
    const promotion = isChampion ? undefined : named
    const former = this.rivals.get(kind)
    if (former?.model.card.version === promotion?.version && former?.digest === promotion?.digest) return
    if (former !== undefined) {
      this.rivals.delete(kind)
      this.metrics.removeModel(kind, CHALLENGER)
      this.retire(former.model)
    }
    if (promotion === undefined || promotion.version === '') return
    await this.tryLoad(promotion, `${CHALLENGER} ${kind}`, live => {
      this.rivals.set(kind, live)
      this.metrics.setModel(kind, live.model.card.version, CHALLENGER)
    })
  }

  private async tryPromoted(promotion: PromotedArtifact): Promise<void> {
    await this.tryLoad(promotion, promotion.kind, live => this.put(promotion.kind, live))
  }

  /** @param place what the version is to be: what is unusable there is said once, not at every new try */
  private async tryLoad(
    promotion: PromotedArtifact,
    place: string,
    put: (live: Live) => void,
  ): Promise<void> {
    const { kind, version, digest } = promotion
    try {
      put(await this.open(await resolvePromoted(promotion, this.registry), digest))
      this.unusable.delete(place)
      this.metrics.countPromotion(kind, 'applied')
      this.log.info({ kind, version, place }, 'promoted version is live')
    } catch (error) {
      if (this.unusable.get(place) === promotion) return
      this.unusable.set(place, promotion)
      this.metrics.countPromotion(kind, 'unusable')
      const code = error instanceof NicrError ? error.code : 'NICR_MODEL_INVALID'
      const stays = this.live.get(kind)?.model.card.version ?? 'an earlier version'
      this.log.error(
        { code, detail: (error as Error).message, kind, version, place, stays },
        'promoted version cannot be used here',
      )
    }
  }

  private async open(folder: ModelFolder, digest: string | null): Promise<Live> {
    const model = await loadModelFolder(folder, this.registry)
    return { model: holdable(model, await this.vocabularyOf(folder)), digest }
  }

  /** A version whose reference cannot be used scores as well as any other: it is said, and its unknown words are not watched. */
  private async vocabularyOf(folder: ModelFolder): Promise<Vocabulary | undefined> {
    try {
      return (await readReference(folder))?.vocabulary
    } catch (error) {
      if (!(error instanceof NicrError)) throw error
      const { kind, version } = folder.manifest
      this.log.error(
        { code: error.code, detail: error.message, kind, version },
        'what the version was trained on cannot be read',
      )
      return undefined
    }
  }

  private put(kind: string, { model, digest }: Live): void {
    const former = this.live.get(kind)
    this.live.set(kind, { model, digest })
    this.metrics.setModel(kind, model.card.version, 'champion')
    if (former !== undefined) this.retire(former.model)
  }

  private retire(model: Model<unknown, unknown>): void {
    const closed = model
      .close()
      .catch(error => this.log.warn({ error: String(error) }, 'an old model version did not close'))
      .finally(() => this.closing.delete(closed))
    this.closing.add(closed)
  }
}
