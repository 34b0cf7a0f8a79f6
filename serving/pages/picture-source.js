/** Pictures by their refs, fetched with the key: it goes into no address. */

const OWN_BLOB = /^blob:([0-9a-f]{64})$/
const DATA = /^data:(image\/(?:png|jpeg|webp|gif|avif));base64,([A-Za-z0-9+/=]+)$/

/** Answers `{ ok, body }`, where it is ok a Blob. */
export async function pictureOf(api, ref) {
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
