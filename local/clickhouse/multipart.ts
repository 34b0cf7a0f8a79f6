/**
 * Reads multipart/form-data (RFC 7578): fields stand for URL parameters, files are external tables of the query.
 * The whole form is held in memory, so it is bounded.
 */
import type { Readable } from 'node:stream'
import { ClickHouseException } from './exceptions.ts'

const formBytesMax = 64 * 1024 * 1024

export type Form = { fields: [name: string, value: string][]; files: { name: string; bytes: Buffer }[] }

/** The boundary of a multipart content type, or undefined for any other. */
export function multipartBoundary(contentType: string | undefined): string | undefined {
  const match = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '')
  return match?.[1] ?? match?.[2]
}

/** @throws ClickHouseException for a form that is too large or not well-formed */
export async function readForm(body: Readable, boundary: string): Promise<Form> {
  const bytes = await readBounded(body)
  const form: Form = { fields: [], files: [] }
  const delimiter = Buffer.from(`--${boundary}`)
  let start = bytes.indexOf(delimiter)
  while (start >= 0) {
    const partStart = start + delimiter.length
    const next = bytes.indexOf(Buffer.from(`\r\n--${boundary}`), partStart)
    if (next < 0) break
    addPart(form, bytes.subarray(partStart, next))
    start = next + 2
  }
  if (form.fields.length + form.files.length === 0) {
    throw new ClickHouseException('BAD_ARGUMENTS', 'The multipart body holds no part')
  }
  return form
}

function addPart(form: Form, part: Buffer): void {
  const headEnd = part.indexOf('\r\n\r\n')
  if (headEnd < 0) return
  const head = part.subarray(0, headEnd).toString('utf8')
  const content = part.subarray(headEnd + 4)
  const name = /content-disposition:[^\r\n]*?[;\s]name="([^"]*)"/i.exec(head)?.[1]
  if (name === undefined)
    throw new ClickHouseException('BAD_ARGUMENTS', 'A part of the multipart body has no name')
  if (/content-disposition:[^\r\n]*?[;\s]filename\*?=/i.test(head)) form.files.push({ name, bytes: content })
  else form.fields.push([name, content.toString('utf8')])
}

async function readBounded(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > formBytesMax)
      throw new ClickHouseException('QUERY_IS_TOO_LARGE', `a multipart body may have ${formBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
