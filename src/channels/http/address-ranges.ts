import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** The allocated part of IPv6: the rest is unallocated or special-purpose (RFC 4291, 2.4). */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
const privateRanges: readonly string[] = ["loopback", "private", "linkLocal", "carrierGradeNat", "uniqueLocal"];

/**
 * Whether an IP address is on the public internet, and not in a private, local or special-purpose range. False for
 * anything that is not an IP address. Check the address that is actually connected to: a name may resolve differently
 * later.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parse(address);
  if (parsed?.range() !== "unicast") return false;
  return parsed.kind() === "ipv4" || parsed.match(globalUnicast);
}

/**
 * Whether an IP address is loopback, private, link-local or carrier-grade NAT (RFC 1122, 1918, 3927, 4193, 4291, 6598).
 */
export function isPrivateAddress(address: string): boolean {
  return privateRanges.includes(parse(address)?.range() ?? "");
}

/** Whether a URL's host name or an IP address refers to this machine. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || parse(host.replace(/^\[(.*)\]$/, "$1"))?.range() === "loopback";
}

/** An IPv4-mapped IPv6 address counts as its IPv4 address. Null if it is not an IP address in the standard notation. */
function parse(address: string) {
  return isIP(address) === 0 ? null : ipaddr.process(address);
}
