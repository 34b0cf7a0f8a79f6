import type { FeatureSettings } from '../processors/text/features.ts'

/** `manifest.json` of a model version: what it is, what it was made from and how well it did. `Features`: settings that its family reads by. */
export interface ModelManifest<Features = FeatureSettings> {
  readonly kind: string
  /** A whole number, as the folder is named. */
  readonly version: string
  /** How the model is built and evaluated, e.g. `hashed-heads`. */
  readonly family: string
  readonly features: Features
  /** sha256 of `model.onnx`, hex. */
  readonly digest: string
  /** sha256 of `reference.json`, hex: what drift compares with; absent where the version has none. */
  readonly reference?: string
  /** sha256 over the training rows in reading order, hex. */
  readonly dataHash: string
  readonly seed: number
  /** Version this one was trained onwards from, or null. */
  readonly parent: string | null
  /** Decision settings chosen on held-out rows, e.g. `threshold`. */
  readonly settings: Readonly<Record<string, number>>
  /** Measured on held-out rows that neither training nor calibration saw. */
  readonly metrics: Readonly<Record<string, number>>
  /** The same of each language with enough of those rows, of a version that reads others than its kind. */
  readonly metricsByLanguage?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** The files it was trained from, each with the metrics of its own held-out rows. */
  readonly sources: readonly {
    readonly name: string
    readonly licence: string
    readonly rows: number
    readonly metrics: Readonly<Record<string, number>>
  }[]
  /** Of a version that is its parent calibrated to another share of its class. */
  readonly recalibration?: Recalibration
}

export interface Recalibration {
  /** Share of the class that the parent's probabilities assume, and that this version's do. */
  readonly fromShare: number
  readonly toShare: number
  /** Log-odds added to every margin: those of the one less those of the other. */
  readonly shift: number
  /** Id of the drift report it follows; null where a person stated the share. */
  readonly report: string | null
}

/** Primary language subtags that a version reads: those that it states for itself, or those of its kind. */
export function languagesOfManifest(
  { languages }: { readonly languages: readonly string[] },
  { features }: { readonly features: object },
): readonly string[] {
  return (features as { readonly languages?: readonly string[] | null }).languages ?? languages
}

/** What is wrong with a manifest, in words; empty if nothing is. */
export function manifestProblems(value: unknown, kind: string, version: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['is not a JSON object']
  const manifest = value as Readonly<Record<string, unknown>>
  const problems: string[] = []
  const claim = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem)
  }
  claim(manifest['kind'] === kind, `kind is ${JSON.stringify(manifest['kind'])}, the folder says ${kind}`)
  claim(
    manifest['version'] === version,
    `version is ${JSON.stringify(manifest['version'])}, the folder says ${version}`,
  )
  claim(typeof manifest['family'] === 'string', 'family is not a string')
  claim(
    typeof manifest['features'] === 'object' && manifest['features'] !== null,
    'features is not an object',
  )
  claim(isSha256(manifest['digest']), 'digest is not a sha256 in hex')
  claim(
    manifest['reference'] === undefined || isSha256(manifest['reference']),
    'reference is not a sha256 in hex',
  )
  claim(isSha256(manifest['dataHash']), 'dataHash is not a sha256 in hex')
  claim(Number.isInteger(manifest['seed']), 'seed is not a whole number')
  claim(
    manifest['parent'] === null || typeof manifest['parent'] === 'string',
    'parent is neither null nor a string',
  )
  claim(isNumbers(manifest['settings']), 'settings is not an object of numbers')
  claim(isNumbers(manifest['metrics']), 'metrics is not an object of numbers')
  claim(Array.isArray(manifest['sources']), 'sources is not a list')
  return problems
}

function isSha256(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

function isNumbers(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every(Number.isFinite)
}

/** A version of a model on disk, its manifest read and checked, its model file not yet. */
export interface ModelFolder {
  readonly path: string
  readonly manifest: ModelManifest
}
