import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { decodeImage } from '../../pipelines/images/decode-image.ts'
import { openPolicyReader } from '../../pipelines/runtime/inference/policy-reader.ts'
import type { ReadText } from '../../processors/images/seen-image.ts'
import type { TextReader } from '../../processors/images/text-reader.ts'
import { NicrError } from '../../schemas/errors.ts'

/** A picture that takes longer is answered with what was read so far. */
const TIMEOUT_MS = 30_000

/** What `--json` prints of a picture. */
interface OcrRow {
  readonly file: string
  readonly text: string
  /** In fractions of the picture as it is shown. */
  readonly boxes: readonly {
    readonly text: string
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
    readonly confidence: number
  }[]
  readonly confidence: number
}

export function addOcrCommand(program: Command): void {
  program
    .command('ocr')
    .description('read the text in images; without --json a paragraph for people')
    .argument('<image...>', 'image files; of an animation, the first frame is read')
    .option(
      '--json',
      'one JSON object an image: file, text, boxes (a line each: text, x, y, width, height as fractions of the image, confidence), confidence',
      false,
    )
    .action(readImages)
}

async function readImages(files: readonly string[], { json }: { readonly json: boolean }): Promise<void> {
  const reader = await openPolicyReader()
  let bad = 0
  try {
    for (const file of files) {
      try {
        const read = await readImage(reader, file)
        process.stdout.write(json ? `${JSON.stringify(rowOf(file, read))}\n` : `${forPeople(file, read)}\n`)
      } catch (error) {
        bad++
        process.stderr.write(`nicr: ${file}: ${(error as Error).message}\n`)
      }
    }
  } finally {
    await reader.close()
  }
  if (bad > 0)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${bad} ${bad === 1 ? 'image' : 'images'} of ${files.length} could not be read; ${bad === files.length ? 'there are no others' : 'the others were'}`,
    )
}

async function readImage(reader: TextReader, file: string): Promise<ReadText> {
  const { frames } = await decodeImage(await readFile(file))
  return reader.read(frames[0]!, { timeoutMs: TIMEOUT_MS })
}

function rowOf(file: string, { text, lines, confidence }: ReadText): OcrRow {
  const boxes = lines.map(line => ({ text: line.text, ...line.box, confidence: line.confidence }))
  return { file, text, boxes, confidence }
}

function forPeople(file: string, { lines, confidence }: ReadText): string {
  if (lines.length === 0) return `${file}: no text\n`
  const shown = lines.map(line => `  ${line.text}\n`).join('')
  return `${file}: ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}, confidence ${confidence.toFixed(2)}\n${shown}`
}
