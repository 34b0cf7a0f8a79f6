/** Pictures by their refs, fetched with the key: it goes into no address. */

const OWN_BLOB = /^blob:([0-9a-f]{64})$/
const DATA = /^data:(image\/(?:png|jpeg|webp|gif|avif));base64,([A-Za-z0-9+/=]+)$/
/** Pictures that are kept to be shown again, the latest. */
const KEPT_MAX = 20

/** Answers a function from a ref to `{ url }`, an address within this page, or `{ problem }`. */
export function createPictureSource(api) {
  const known = new Map()
  return ref => {
    const kept = known.get(ref)
    if (kept !== undefined) return kept
    const source = pictureOf(api, ref).then(({ ok, body }) => {
      if (ok) return { url: URL.createObjectURL(body) }
      // Looked for again when it is shown again.
      known.delete(ref)
      return { problem: body.detail }
    })
    known.set(ref, source)
    if (known.size > KEPT_MAX) {
      const [oldest, gone] = known.entries().next().value
      known.delete(oldest)
      void gone.then(({ url }) => url !== undefined && URL.revokeObjectURL(url))
    }
    return source
  }
}

async function pictureOf(api, ref) {
  const data = DATA.exec(ref)
  // It is here already, and too long for an address.
  if (data !== null) return { ok: true, body: blobOf(data[1], data[2]) }
  const own = OWN_BLOB.exec(ref)
  return api.file(own === null ? `/v1/images?ref=${encodeURIComponent(ref)}` : `/v1/images/${own[1]}`)
}

function blobOf(type, base64) {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
  return new Blob([bytes], { type })
}
