import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * What limits count as one network: an IPv4 address, or the /64 of an IPv6 address, since whoever has one address there has 2^64.
 * @param address as `clientAddress` gives it; an empty one, of a client that has gone, is a network of its own
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const parsed = ipaddr.process(address);
  // An IPv4 client of a server that listens on "::".
  if (parsed.kind() === "ipv4") return parsed.toString();
  const { parts } = ipaddr.IPv6.parse(address);
  return `${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
