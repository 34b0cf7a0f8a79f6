import type { Looked } from '../pipelines/images/look-at-images.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { scoreBatch } from '../pipelines/runtime/inference/score-batch.ts'
import type { SeenImage } from '../processors/images/seen-image.ts'
import type { Model } from '../processors/scorer.ts'
import { NicrError } from '../schemas/errors.ts'
import type { ScoreTexts, Suite } from './suites.ts'

/** What was seen in the pictures of suites, by their paths. */
export type SeenPictures = ReadonlyMap<string, SeenImage>

/**
 * Looks at every picture of some suites, once. A model is judged by what lies in the file: what a bank knows of it is left out.
 * @throws NicrError the code of a picture that cannot be looked at: a suite is committed whole, so that none may be missing
 */
export async function seeSuites(
  suites: readonly Suite[],
  look: (path: string) => Promise<Looked>,
): Promise<SeenPictures> {
  const paths = [...new Set(suites.flatMap(suite => suite.texts))]
  const seen = await Promise.all(
    paths.map(async (path): Promise<[string, SeenImage]> => {
      const looked = await look(path)
      if (looked.status === 'FAILED') throw new NicrError(looked.code, `${path}: ${looked.detail}`)
      return [path, { ...looked.seen, logos: [], copyOf: null }]
    }),
  )
  return new Map(seen)
}

/** Scores pictures by their paths, as the stream scores posts; what was not seen gives null. */
export function scorePicturesBy(
  kind: Pick<KindDeclaration, 'scorer'>,
  model: Model<unknown, unknown>,
  seen: SeenPictures,
): ScoreTexts {
  return async paths => {
    const contents = paths.map(path => {
      const one = seen.get(path)
      return { text: '', images: one === undefined ? [] : [{ ref: path, seen: one }] }
    })
    const scored = await scoreBatch(kind.scorer, model, contents, { detail: 'VALUE' })
    return scored.map(one =>
      one.status === 'SCORED' ? { value: one.decision.value, label: one.decision.label } : null,
    )
  }
}
