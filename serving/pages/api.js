/** The server's HTTP endpoints with a key. Every call answers `{ ok, body }`; a problem's body has `code` and `detail`. */
export function createApi(key) {
  async function call(path, options, read = response => response.json()) {
    try {
      const response = await fetch(path, {
        ...options,
        headers: { ...options.headers, authorization: `Bearer ${key}` },
      })
      return { ok: response.ok, body: await (response.ok ? read(response) : response.json()) }
    } catch {
      return {
        ok: false,
        body: { code: 'UNREACHABLE', detail: 'The server was not reached. Is it running?' },
      }
    }
  }

  return {
    get: path => call(path, {}),
    /** A file: its body is a Blob where it is ok. */
    file: path => call(path, {}, response => response.blob()),
    /** The same `once` again has no effect: a post is not published twice. */
    post: (path, body, once) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(once && { 'idempotency-key': once }) },
        body: JSON.stringify(body),
      }),
    /** Sends a file as it is. */
    upload: (path, file) =>
      call(path, { method: 'POST', headers: { 'content-type': file.type }, body: file }),
  }
}

export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
