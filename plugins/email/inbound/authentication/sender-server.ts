import { BlockList, isIP } from "node:net";

/** Loopback and private networks (RFC 1918, 6598, 3927, 4193, 4291): a relay of the operator's own. */
const ownNetworks = new BlockList();
for (const [network, bits] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
] as const) {
  ownNetworks.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  ownNetworks.addSubnet(network, bits, "ipv6");
}

/** The address of an SMTP client if it is the sender's own server, by which SPF is judged; null: a relay of ours. */
export function senderServer(remoteAddress: string): string | null {
  const family = isIP(remoteAddress);
  if (family === 0 || ownNetworks.check(remoteAddress, family === 6 ? "ipv6" : "ipv4")) return null;
  return remoteAddress;
}
