import type { Static } from 'typebox'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { problemOfBox } from '../../pipelines/label-boxes.ts'
import type { LabelStore } from '../../pipelines/label-store.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { Label } from '../../schemas/records.ts'
import type { LabelBody } from './label-shapes.ts'

/**
 * The boxes of an answer as its label has them; where they lie is in fractions.
 * @param place of the answer in the body, for people
 * @throws NicrError NICR_BODY_INVALID where the kind takes none, or one is empty or leaves its image
 */
export function boxesOf(
  kind: KindDeclaration,
  { boxes = [] }: Pick<Static<typeof LabelBody>, 'boxes'>,
  place: string,
): Label['boxes'] {
  if (boxes.length > 0 && kind.input !== 'IMAGE')
    throw new NicrError(
      'NICR_BODY_INVALID',
      `${place}/boxes: ${kind.kind} reads no images, so it takes no boxes`,
    )
  return boxes.map(({ image, x, y, width, height, name }, i) => {
    const problem = problemOfBox({ x, y, width, height })
    if (problem !== null) throw new NicrError('NICR_BODY_INVALID', `${place}/boxes/${i}: ${problem}`)
    return { image, x, y, width, height, name: name?.trim() || null }
  })
}

/**
 * Whether every box lies on an image of the content that its label is about.
 * @throws NicrError NICR_BODY_INVALID, NICR_CLICKHOUSE_UNAVAILABLE
 */
export async function checkBoxes(
  store: Pick<LabelStore, 'contentsOf'>,
  kinds: Readonly<Record<string, KindDeclaration>>,
  labels: readonly Label[],
): Promise<void> {
  const boxed = labels.filter(({ boxes }) => boxes.length > 0)
  for (const name of new Set(boxed.map(({ kind }) => kind))) {
    const own = boxed.filter(({ kind }) => kind === name)
    const tagged = own.map(({ contentId, revision }) => ({ contentId, revision }))
    const contents = await store.contentsOf(kindNamed(name, kinds), tagged)
    for (const { contentId, revision, boxes } of own) {
      const content = contents.find(one => one.contentId === contentId && one.revision === revision)
      const refs = new Set(content?.images.map(({ ref }) => ref))
      const strange = boxes.findIndex(({ image }) => !refs.has(image))
      if (strange !== -1)
        throw new NicrError(
          'NICR_BODY_INVALID',
          `boxes/${strange}/image: revision ${revision} of ${contentId} has no such image`,
        )
    }
  }
}
