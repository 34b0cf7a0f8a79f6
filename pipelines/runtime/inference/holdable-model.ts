import type { Vocabulary } from '../../../processors/drift/vocabulary.ts'
import type { Model } from '../../../processors/scorer.ts'

/**
 * A model that batches hold while they use it, so that a newer version can take its place at any moment: `close` waits
 * until the last of them lets go.
 * @param vocabulary the words it was trained on, where they are known
 */
export function holdable(
  model: Model<unknown, unknown>,
  vocabulary: Vocabulary | undefined = model.vocabulary,
): Model<unknown, unknown> {
  let holders = 0
  let unused: () => void = () => undefined
  let closed: Promise<void> | null = null
  return {
    card: model.card,
    vocabulary,
    predict: (inputs, detail, deadlineMs) => model.predict(inputs, detail, deadlineMs),
    hold() {
      holders++
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        if (--holders === 0) unused()
      }
    },
    close() {
      closed ??= new Promise<void>(resolve => {
        unused = resolve
        if (holders === 0) resolve()
      }).then(() => model.close())
      return closed
    },
  }
}
