/**
 * What a model version was trained on, as far as drift needs it: it lies beside the model, in its folder. A platform's own posts
 * always differ from it, so it is not what alarms compare with; it says how far the platform is from what was learned (DOMAIN_GAP),
 * which words were never learned (`unknownWords`), and how many of the rows were positive (CLASS_SHARE).
 */
export interface TrainingReference {
  readonly kind: string
  readonly modelVersion: string
  /** Rows it was counted over. */
  readonly rows: number
  /** Mean of the calibrated value over these rows for kinds that answer a probability: the class share that calibration assumes. */
  readonly positiveShare: number | null
  /** Rows by bin of each feature that the kind watches, in the bins the kind declares. */
  readonly features: readonly { readonly name: string; readonly counts: readonly number[] }[]
}
