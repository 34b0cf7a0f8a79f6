import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * Networks that no image is fetched from: what is reachable from here and not from the internet (IANA’s registries of
 * special-purpose addresses, RFC 6890), multicast, and IPv6 that leads to IPv4 by translation.
 */
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Of the rest only global unicast is let through, so that what is not assigned yet is refused too. */
const GLOBAL_IPV6 = '2000::/3'
const REFUSED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const refused = new BlockList()
const global = new BlockList()
for (const network of REFUSED_IPV4) addTo(refused, network, 'ipv4')
for (const network of REFUSED_IPV6) addTo(refused, network, 'ipv6')
addTo(global, GLOBAL_IPV6, 'ipv6')

/** Whether an address is one of the internet’s, so that fetching from it reaches nothing of ours. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !refused.check(address, 'ipv4')
  // A zone (`fe80::1%eth0`) is a link’s own.
  if (!isIPv6(address) || address.includes('%')) return false
  return global.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}

function addTo(list: BlockList, network: string, family: 'ipv4' | 'ipv6'): void {
  const [address, bits] = network.split('/') as [string, string]
  list.addSubnet(address, Number(bits), family)
}
