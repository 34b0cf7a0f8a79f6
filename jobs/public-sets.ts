import { packagePath } from '../schemas/package-root.ts'

/** The rows that the models shipped with Nicr learn from: public sets, which stay where they are, and rows of our own. */
export type Fields = Readonly<Record<string, unknown>>

export interface RowSet {
  readonly name: string
  readonly licence: string
  /** Below the data folder; absolute for rows of our own. */
  readonly path: string
  /** A row as the trainer wants it; null to leave it out. */
  toRow(row: Fields): Fields | null
}

export const NO_LICENCE = 'none stated (research corpus)'
export const TWITTER = 'no restriction by the set’s authors; tweets are subject to Twitter’s terms'

/** Rows written for Nicr, by what they are about. */
export const ownFiles = {
  niceness: [
    'barbed',
    'belittling',
    'complaints',
    'disagreement',
    'friendly',
    'grief',
    'identity',
    'identity-hate',
    'identity-kind',
    'identity-strangers',
    'insults',
    'kind',
    'named-groups',
    'plain',
    'polite',
    'reported-abuse',
    'rude',
    'sarcasm',
    'self',
    'service-complaints',
    'short-talk',
    'slang-kind',
    'slang-unkind',
    'swearing-plain',
    'threats',
    'told-abuse',
    'unhappy',
    'unkind',
    'warm',
  ],
  spam: ['ham', 'spam'],
}

export function own(names: readonly string[], toRow: RowSet['toRow']): RowSet[] {
  return names.map(name => ({
    name: 'Rows written for Nicr',
    licence: 'Apache-2.0',
    path: packagePath('jobs', 'own-rows', `${name}.jsonl`),
    toRow,
  }))
}
