import { isIPv6 } from 'node:net'

/**
 * What is counted as one client: an IPv4 address, or the /64 an IPv6 address lies in, since a host has all of it.
 * An IPv4 address written as IPv6 (`::ffff:…`) counts as what it is.
 */
export function clientOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').toLowerCase().split('::', 2)
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return `${groups
    .slice(0, GROUPS / 2)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

const GROUPS = 8
