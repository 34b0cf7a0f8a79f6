import type { Logger } from 'pino'
import type { CopyBank, CopyEntry } from '../../processors/images/copy-bank.ts'
import { LayeredCopyBank } from '../../processors/images/layered-copy-bank.ts'
import { LOGO_FORMAT, type LogoEntry } from '../../processors/images/logo-template.ts'
import { PICTURE_HASH_FORMAT, unpackHash } from '../../processors/images/picture-hash.ts'
import type { ImageBankEntry } from '../../schemas/records.ts'
import type { TopicLogParts } from '../topic-follower.ts'
import { type BankRecord, type BankSource, followBankTopic } from './image-bank-topic.ts'

/** Tagged pictures and logos of one kind, as they are at a moment. It never changes; the next is another. */
export interface ImageBank {
  readonly copies: CopyBank
  /** The one written longest ago first; the same list from one bank to the next where no logo changed. */
  readonly logos: readonly LogoEntry[]
  /** Differs from that of any other moment at which the bank held something else; the same in every process. Empty: nothing yet. */
  readonly revision: string
}

/** What scoring needs of the bank. */
export interface BankView {
  current(): ImageBank
  /** Called with the bank after each change. @returns how to end it */
  onChange(listener: (bank: ImageBank) => void): () => void
}

export interface ImageBankFollower extends BankView {
  /** Resolves once what lay on the topic was read. @throws NicrError NICR_KAFKA_UNAVAILABLE, NICR_REGISTRY_UNAVAILABLE */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Pictures that are known again; beyond, those written longest ago are left out. 5 KB each, and their index as much again. */
const PICTURES_MAX = 4_000
/** Logos likewise: every picture is searched for each. */
const LOGOS_MAX = 200

/** Follows `nicr.image-banks` for one kind. */
export function followImageBank(parts: TopicLogParts & { readonly kind: string }): ImageBankFollower {
  return followBank({ ...parts, source: followBankTopic(parts) })
}

/** Keeps the bank of a kind from records, wherever they come from. */
export function followBank(parts: {
  readonly source: BankSource
  readonly kind: string
  readonly log: Logger
}): ImageBankFollower {
  const { source, kind, log } = parts
  const pictures = new Shelf<CopyEntry>('pictures', PICTURES_MAX, log)
  const logos = new Shelf<LogoEntry>('logos', LOGOS_MAX, log)
  const listeners = new Set<(bank: ImageBank) => void>()
  let copies = new LayeredCopyBank([])
  let bank: ImageBank = { copies, logos: [], revision: '' }
  const accept = async (records: readonly BankRecord[]) => {
    let changedAt: number | null = null
    let hasOtherLogos = false
    let hasOtherPictures = false
    for (const { id, value, offset } of records) {
      const wasPicture = pictures.remove(id)
      const wasLogo = logos.remove(id)
      const isPut = value !== null && value.kind === kind && value.active && put(value)
      hasOtherLogos ||= wasLogo || (isPut && value.type === 'LOGO')
      hasOtherPictures ||= wasPicture || (isPut && value.type === 'PICTURE')
      if (wasPicture || wasLogo || isPut) changedAt = offset
    }
    if (changedAt === null) return
    if (hasOtherPictures) copies = new LayeredCopyBank(pictures.all(), copies)
    // The same list as long as no logo changed: pictures that were searched for it need not be searched again.
    bank = { copies, logos: hasOtherLogos ? logos.all() : bank.logos, revision: String(changedAt) }
    for (const listener of listeners) listener(bank)
  }
  /** Whether the entry can be used. */
  const put = (entry: ImageBankEntry): boolean => {
    const { id, name, weight, type, format } = entry
    const problem = problemOf(entry)
    if (problem !== null) {
      log.warn({ kind, entry: id, type, format, detail: problem }, 'entry of the image bank passed over')
      return false
    }
    if (type === 'LOGO') logos.put({ id, name, weight, template: entry.template })
    else pictures.put({ id, name, weight, hashes: entry.hashes[0]! })
    return true
  }
  return {
    start: () => source.start(accept),
    stop: () => source.stop(),
    current: () => bank,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Why an entry cannot be used; null where it can. */
function problemOf({ type, format, weight, hashes, template }: ImageBankEntry): string | null {
  if (!(weight >= 0 && weight <= 1)) return `its weight is ${weight}, not 0 to 1`
  if (type === 'PICTURE') {
    if (format !== PICTURE_HASH_FORMAT) return `the format of pictures is ${PICTURE_HASH_FORMAT}`
    return unpackHash(hashes[0] ?? Buffer.alloc(0)) === null ? 'its hash cannot be read' : null
  }
  if (type === 'LOGO') {
    if (format !== LOGO_FORMAT) return `the format of logos is ${LOGO_FORMAT}`
    return template.length === 0 ? 'it has no template' : null
  }
  return 'it is neither a picture nor a logo'
}

/** Entries of one type by id, up to so many; the one written longest ago goes first. */
class Shelf<Entry extends { readonly id: string }> {
  private readonly entries = new Map<string, Entry>()
  private readonly what: string
  private readonly max: number
  private readonly log: Logger
  private isFull = false

  constructor(what: string, max: number, log: Logger) {
    this.what = what
    this.max = max
    this.log = log
  }

  put(entry: Entry): void {
    this.entries.set(entry.id, entry)
    if (this.entries.size <= this.max) return
    const [oldest] = this.entries.keys()
    this.entries.delete(oldest!)
    // Once: a full bank would say it with every entry.
    if (!this.isFull)
      this.log.warn(
        { entry: oldest, max: this.max },
        `the image bank is full: the oldest ${this.what} are left out`,
      )
    this.isFull = true
  }

  remove(id: string): boolean {
    return this.entries.delete(id)
  }

  all(): readonly Entry[] {
    return [...this.entries.values()]
  }
}
