/**
 * CityHash128 in version 1.0.2 (Pike and Alakuijala, Google, 2011), which ClickHouse puts before its compressed blocks;
 * later versions of CityHash give other numbers.
 */
const k0 = 0xc3a5c85c97cb3127n
const k1 = 0xb492b66fbe98f273n
const k2 = 0x9ae16a3b2f90404fn
const k3 = 0xc949d7c7509e6557n
const kMul = 0x9ddfea08eb382d69n

type Pair = { low: bigint; high: bigint }

/** The 16 bytes of the hash as they stand in a block: the low half first, both little-endian. */
export function cityHash128(bytes: Buffer): Buffer {
  const { low, high } = hash128(bytes)
  const hash = Buffer.alloc(16)
  hash.writeBigUInt64LE(low, 0)
  hash.writeBigUInt64LE(high, 8)
  return hash
}

function hash128(s: Buffer): Pair {
  const length = BigInt(s.length)
  if (s.length >= 16) return withSeed(s.subarray(16), { low: fetch(s, 0) ^ k3, high: fetch(s, 8) })
  if (s.length >= 8) {
    const seed = { low: fetch(s, 0) ^ u64(length * k0), high: fetch(s, s.length - 8) ^ k1 }
    return withSeed(s.subarray(0, 0), seed)
  }
  return withSeed(s, { low: k0, high: k1 })
}

function withSeed(s: Buffer, seed: Pair): Pair {
  if (s.length < 128) return murmur(s, seed)
  let [x, y, z] = [seed.low, seed.high, u64(BigInt(s.length) * k1)]
  const v1 = u64(rotate(y ^ k1, 49n) * k1 + fetch(s, 0))
  let v: Pair = { low: v1, high: u64(rotate(v1, 42n) * k1 + fetch(s, 8)) }
  let w: Pair = {
    low: u64(rotate(u64(y + z), 35n) * k1 + x),
    high: u64(rotate(u64(x + fetch(s, 88)), 53n) * k1),
  }
  let at = 0
  for (let left = s.length; left >= 128; left -= 128) {
    for (const from of [at, at + 64]) {
      x = u64(rotate(u64(x + y + v.low + fetch(s, from + 16)), 37n) * k1) ^ w.high
      y = u64(rotate(u64(y + v.high + fetch(s, from + 48)), 42n) * k1) ^ v.low
      z = rotate(z ^ w.low, 33n)
      v = weak32(s, from, u64(v.high * k1), u64(x + w.low))
      w = weak32(s, from + 32, u64(z + w.high), y)
      ;[x, z] = [z, x]
    }
    at += 128
  }
  y = u64(y + rotate(w.low, 37n) * k0 + z)
  x = u64(x + rotate(u64(v.low + z), 49n) * k0)
  const tailBytes = s.length - at
  for (let done = 32; done - 32 < tailBytes; done += 32) {
    const from = s.length - done
    y = u64(rotate(u64(y - x), 42n) * k0 + v.high)
    w = { low: u64(w.low + fetch(s, from + 16)), high: w.high }
    x = u64(rotate(x, 49n) * k0 + w.low)
    w = { low: u64(w.low + v.low), high: w.high }
    v = weak32(s, from, v.low, v.high)
  }
  x = mix16(x, v.low)
  y = mix16(y, w.low)
  return { low: u64(mix16(u64(x + v.high), w.high) + y), high: mix16(u64(x + w.high), u64(y + v.high)) }
}

function murmur(s: Buffer, seed: Pair): Pair {
  let [a, b, c, d] = [seed.low, seed.high, 0n, 0n]
  const length = BigInt(s.length)
  if (s.length <= 16) {
    a = u64(shiftMix(u64(a * k1)) * k1)
    c = u64(b * k1 + hash0to16(s))
    d = shiftMix(u64(a + (s.length >= 8 ? fetch(s, 0) : c)))
  } else {
    c = mix16(u64(fetch(s, s.length - 8) + k1), a)
    d = mix16(u64(b + length), u64(c + fetch(s, s.length - 16)))
    a = u64(a + d)
    for (let at = 0; at < s.length - 16; at += 16) {
      a = u64((a ^ u64(shiftMix(u64(fetch(s, at) * k1)) * k1)) * k1)
      b ^= a
      c = u64((c ^ u64(shiftMix(u64(fetch(s, at + 8) * k1)) * k1)) * k1)
      d ^= c
    }
  }
  a = mix16(a, c)
  b = mix16(d, b)
  return { low: a ^ b, high: mix16(b, a) }
}

function hash0to16(s: Buffer): bigint {
  const length = BigInt(s.length)
  if (s.length > 8) {
    const b = fetch(s, s.length - 8)
    return mix16(fetch(s, 0), rotate(u64(b + length), length)) ^ b
  }
  if (s.length >= 4) {
    return mix16(length + (BigInt(s.readUInt32LE(0)) << 3n), BigInt(s.readUInt32LE(s.length - 4)))
  }
  if (s.length === 0) return k2
  const y = BigInt(s[0]! + (s[s.length >> 1]! << 8))
  const z = BigInt(s.length + (s.at(-1)! << 2))
  return u64(shiftMix(u64(y * k2) ^ u64(z * k3)) * k2)
}

function weak32(s: Buffer, at: number, seedA: bigint, seedB: bigint): Pair {
  const last = fetch(s, at + 24)
  const c = u64(seedA + fetch(s, at))
  const a = u64(c + fetch(s, at + 8) + fetch(s, at + 16))
  const b = u64(rotate(u64(seedB + c + last), 21n) + rotate(a, 44n))
  return { low: u64(a + last), high: u64(b + c) }
}

function mix16(u: bigint, v: bigint): bigint {
  const a = shiftMix(u64((u ^ v) * kMul))
  return u64(shiftMix(u64((v ^ a) * kMul)) * kMul)
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n)
}

function rotate(value: bigint, shift: bigint): bigint {
  return u64((value >> shift) | (value << (64n - shift)))
}

function fetch(s: Buffer, at: number): bigint {
  return s.readBigUInt64LE(at)
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}
