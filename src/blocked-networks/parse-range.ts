import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { badUserInput } from "../errors.js";

/** More than any range in CIDR notation has: an IPv6 address with an IPv4 ending, and its prefix. */
const maxLength = 49;
/** Larger ranges hold whole countries: whoever enters one has mistyped it. */
const minPrefix = { ipv4: 8, ipv6: 32 } as const;

/** A range of network addresses, with nothing set beyond its prefix. */
export interface NetworkRange {
  readonly kind: "ipv4" | "ipv6";
  readonly address: string;
  readonly prefix: number;
}

/**
 * Reads a range in CIDR notation. An address alone is that address; an IPv6 address alone is its /64, since whoever has one of
 * those addresses has all of them. IPv4 written as IPv6 (::ffff:192.0.2.0/120) is IPv4.
 * @throws BAD_USER_INPUT for `field`
 */
export function parseRange(field: string, text: string): NetworkRange {
  const malformed = badUserInput(field, "A range is an address, or a network such as 192.0.2.0/24 or 2001:db8:7::/48.");
  if (text.length > maxLength) throw malformed;
  const [address = "", length, ...rest] = text.trim().split("/");
  // Without zones such as fe80::1%eth0, which belong to one machine.
  if (isIP(address) === 0 || address.includes("%") || rest.length > 0) throw malformed;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) throw malformed;
  const range = normalize(ipaddr.parse(address), length === undefined ? null : Number(length));
  if (range === null) throw malformed;
  if (range.prefix < minPrefix[range.kind]) {
    throw badUserInput(
      field,
      `/${range.prefix} is too large: a range can be at most /${minPrefix.ipv4} for IPv4 and /${minPrefix.ipv6} for IPv6.`,
    );
  }
  return range;
}

/** Whether an address, as `clientAddress` gives it, lies in the range. */
export function isInRange(address: string, { kind, address: first, prefix }: NetworkRange): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  return parsed.kind() === kind && parsed.match(ipaddr.parse(first), prefix);
}

/** As PostgreSQL writes it, and people read it. */
export function describeRange({ address, prefix }: NetworkRange): string {
  return `${address}/${prefix}`;
}

function normalize(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number | null): NetworkRange | null {
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    return normalize(address.toIPv4Address(), prefix === null ? null : prefix - 96);
  }
  if (address instanceof ipaddr.IPv4) {
    const bits = prefix ?? 32;
    if (bits < 0 || bits > 32) return null;
    return {
      kind: "ipv4",
      address: ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${bits}`).toString(),
      prefix: bits,
    };
  }
  const bits = prefix ?? 64;
  if (bits > 128) return null;
  return {
    kind: "ipv6",
    address: ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${bits}`).toString(),
    prefix: bits,
  };
}
