import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** All of IPv6 that has been given out: the rest is nobody's, or one of the special ranges (RFC 4291, 2.4). */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
const privateRanges: readonly string[] = ["loopback", "private", "linkLocal", "carrierGradeNat", "uniqueLocal"];

/**
 * Whether an IP address may belong to somebody on the internet: not to this machine, its network, or a range with a purpose of
 * its own. False for whatever is no IP address. Ask about the address that is connected to, not about one that a name had before.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parse(address);
  if (parsed?.range() !== "unicast") return false;
  return parsed.kind() === "ipv4" || parsed.match(globalUnicast);
}

/** Whether an IP address is one of this machine or of a network around it (RFC 1122, 1918, 3927, 4193, 4291, 6598). */
export function isPrivateAddress(address: string): boolean {
  return privateRanges.includes(parse(address)?.range() ?? "");
}

/** Whether a URL's host name, or an IP address, means this machine. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || parse(host.replace(/^\[(.*)\]$/, "$1"))?.range() === "loopback";
}

/** IPv4 within IPv6 is what it stands for. Null: no address, in the one form that everybody understands. */
function parse(address: string) {
  return isIP(address) === 0 ? null : ipaddr.process(address);
}
