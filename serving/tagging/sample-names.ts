import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

/**
 * A sample's id is a hash of its content and source, so who knows the content could tell a hidden check by it. People who tag are therefore shown
 * another name: the 128 bits of the id as one block of AES under a key of this installation (a permutation of ids, the same on every replica). Ids of
 * another form go through as they are.
 */
export interface SampleNames {
  nameOf(sampleId: string): string
  idOf(name: string): string
}

const BLOCK = /^[0-9a-f]{32}$/
const CIPHER = 'aes-128-ecb'

export function createSampleNames(secret: Buffer): SampleNames {
  const key = createHash('sha256').update('sample names\0').update(secret).digest().subarray(0, 16)
  const turned = (
    cipher: ReturnType<typeof createCipheriv> | ReturnType<typeof createDecipheriv>,
    hex: string,
  ) => {
    cipher.setAutoPadding(false)
    return Buffer.concat([cipher.update(hex, 'hex'), cipher.final()]).toString('hex')
  }
  return {
    nameOf: id => (BLOCK.test(id) ? turned(createCipheriv(CIPHER, key, null), id) : id),
    idOf: name => (BLOCK.test(name) ? turned(createDecipheriv(CIPHER, key, null), name) : name),
  }
}
