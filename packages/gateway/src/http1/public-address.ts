/** Which IP addresses lead to the public internet: what a stranger names may lead nowhere else. */
import { BlockList, isIP } from 'node:net';

/** Of all IPv4 but these; from IANA's registry of special addresses, and what clouds keep for themselves. */
const closedIpv4: readonly (readonly [net: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** All that is handed out to the public; mapped, translated, local and multicast addresses lie outside. */
const openIpv6 = ['2000::', 3] as const;

/** Of those: protocols and tunnels, in which any IPv4 address may hide, and what is for books and tests. */
const closedIpv6: readonly (readonly [net: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

export type IsPublic = (address: string) => boolean;

export function createPublicAddresses(): IsPublic {
  const closed = new BlockList();
  for (const [net, prefix] of closedIpv4) closed.addSubnet(net, prefix, 'ipv4');
  for (const [net, prefix] of closedIpv6) closed.addSubnet(net, prefix, 'ipv6');
  const open = new BlockList();
  open.addSubnet(...openIpv6, 'ipv6');

  return (address) => {
    switch (isIP(address)) {
      case 4:
        return !closed.check(address, 'ipv4');
      case 6:
        // A zone names an interface of this machine.
        if (address.includes('%')) return false;
        return open.check(address, 'ipv6') && !closed.check(address, 'ipv6');
      default:
        return false;
    }
  };
}

/** The address that a host of a URL is; undefined: it is a name. */
export function addressIn(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
}
