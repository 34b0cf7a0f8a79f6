import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { byName, kinds } from '../../pipelines/kinds.ts'
import { textSpam } from '../../pipelines/text-spam.ts'

/** A kind that reads images, as far as tagging and data sets go by its declaration. */
export const pictureKind: KindDeclaration = {
  ...textSpam,
  kind: 'picture-spam',
  description: 'The probability that a picture is spam.',
  input: 'IMAGE',
  processorName: 'score-picture-spam',
  guideline: { file: 'pipelines/guidelines/image-spam.md' },
}

export const withPictureKind = byName([...Object.values(kinds), pictureKind])
