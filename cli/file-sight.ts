import type { Config } from '../pipelines/config.ts'
import { wordsJudge } from '../pipelines/images/read-words.ts'
import { type FileSight, openFileSight } from '../pipelines/images/see-files.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { loadModelFolder } from '../pipelines/model-registry.ts'
import { textSpam } from '../pipelines/text-spam.ts'
import { findModelFolder } from './model-folder.ts'

/** The option of commands that read rows with pictures, for Commander. */
export const IMAGE_FIELD_OPTION = [
  '--image-field <name>',
  'field that holds the path of an image, relative to the file; for kinds that look at pictures',
  'image',
] as const

/**
 * How a command looks at the pictures of files; null for a kind that reads text. Words that are read are judged by the
 * text-spam champion.
 * @throws NicrError as `findModelFolder` and `loadModelFolder`
 */
export async function openSightFor({ input }: KindDeclaration, config: Config): Promise<FileSight | null> {
  if (input === 'TEXT') return null
  const words = await loadModelFolder(await findModelFolder(textSpam, undefined, config))
  const { bytesMax, pixelsMax } = config.images
  const sight = openFileSight({ bytesMax, pixelsMax, words: wordsJudge(textSpam, () => words) })
  return {
    from: sight.from,
    async close() {
      await sight.close()
      await words.close()
    },
  }
}
