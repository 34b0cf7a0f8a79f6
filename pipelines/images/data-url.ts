import { NicrError } from '../../schemas/errors.ts'
import { checkBytes } from './blob-store.ts'

/** A content record holds at most so much, and its image with it. */
const DATA_URL_LENGTH_MAX = 1_500_000

const DATA_URL = /^data:([^,;]{0,100})((?:;[^,;]{1,100}){0,5}),/i

/**
 * The bytes of a `data:` URL (RFC 2397), base64 or percent-encoded.
 * @throws NicrError NICR_IMAGE_REF_INVALID, NICR_IMAGE_TOO_LARGE
 */
export function bytesOfDataUrl(url: string, bytesMax: number): Uint8Array {
  checkBytes(url.length, DATA_URL_LENGTH_MAX)
  const head = DATA_URL.exec(url)
  if (head === null) throw invalid('is not data:[type][;base64],…')
  const body = url.slice(head[0].length)
  const bytes = /;base64$/i.test(head[2]!) ? fromBase64(body) : fromPercent(body)
  checkBytes(bytes.length, bytesMax)
  return bytes
}

function fromBase64(body: string): Uint8Array {
  const text = body.includes('%') ? fromPercent(body).toString('latin1') : body
  // Buffer skips what is not base64, so that a cut or altered image would pass.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1)
    throw invalid('is not base64')
  return Buffer.from(text, 'base64')
}

function fromPercent(body: string): Buffer {
  if (/%(?![0-9a-f]{2})/i.test(body)) throw invalid('has a percent sign without two hex digits')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: anything that is not a byte’s worth of ASCII is encoded
  if (/[^\x00-\x7f]/.test(body)) throw invalid('has characters that are not percent-encoded')
  const latin1 = body.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
  return Buffer.from(latin1, 'latin1')
}

function invalid(what: string): NicrError {
  return new NicrError('NICR_IMAGE_REF_INVALID', `the data: reference of an image ${what}`)
}
