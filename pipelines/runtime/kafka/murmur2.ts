/**
 * MurmurHash2 (Austin Appleby) with the seed of Java's Kafka client, so that a key lands on the partition where Java,
 * Python with `partitioner=murmur2_random`, and kafkajs put it.
 */
export function murmur2(key: Uint8Array): number {
  const multiplier = 0x5bd1e995
  const length = key.length
  let hash = 0x9747b28c ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24)
    word = Math.imul(word, multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  const rest = length - at
  if (rest >= 3) hash ^= key[at + 2]! << 16
  if (rest >= 2) hash ^= key[at + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ key[at]!, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

/** The partition of a key: the hash's positive part, modulo the number of partitions. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
