/** A setting as `settingTable` declares it: what it does, its default, what it takes. */
export interface Setting {
  readonly type: 'string' | 'integer' | 'boolean' | 'list' | 'url' | 'duration' | 'choice'
  readonly default?: string
  readonly choices?: readonly string[]
  readonly min?: number
  readonly max?: number
  /** May also be given as `<NAME>_FILE`; never shown. */
  readonly secret?: true
  readonly description: string
}

/** A setting as it was read; null: not given, and there is no default. */
export type Value = string | number | boolean | readonly string[] | null
