import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddr from "@fastify/proxy-addr";
import ipaddr from "ipaddr.js";

/** Whether an address belongs to a proxy of ours; `hop` is 0 for the peer of the connection, 1 for the one before it, … */
export type TrustProxy = (address: string, hop: number) => boolean;

const shape =
  "must be the number of proxies in front, 1 to 10, or their addresses and networks, separated by commas, such as " +
  "10.0.0.0/8,2001:db8::1; loopback, linklocal and uniquelocal name the private networks";
const maxHops = 10;
const privateNetworks = ["loopback", "linklocal", "uniquelocal"];

/**
 * The setting TRUST_PROXY, or a text that says what is wrong with it. A number of proxies counts only while the nearest one has a
 * private address: otherwise whoever reaches the port directly could name any address as theirs.
 */
export function parseTrustProxy(text: string): TrustProxy | string {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) {
    const hops = Number(trimmed);
    if (hops < 1 || hops > maxHops) return shape;
    const isPrivate = proxyAddr.compile(privateNetworks);
    return (address, hop) => hop < hops && (hop > 0 || isPrivate(address, hop));
  }
  const networks = trimmed.split(",").map((network) => network.trim());
  // proxy-addr also takes short notations such as 10.5, which nobody means.
  if (!networks.every((network) => privateNetworks.includes(network) || isIP(network.split("/")[0] ?? "") !== 0))
    return shape;
  try {
    const isTrusted = proxyAddr.compile(networks);
    return (address, hop) => isTrusted(withoutPort(address), hop);
  } catch {
    return shape;
  }
}

const addressKey = Symbol("address");

/** A property, because a WeakMap costs each request 1 % of its time. */
interface AddressedRequest extends IncomingMessage {
  [addressKey]?: string;
}

/**
 * The address of the client: that of the connection or, if it belongs to a trusted proxy, the nearest one in X-Forwarded-For that
 * does not. Always an IP address, IPv4 in its own notation; empty if the connection is closed already.
 */
export function clientAddress(request: AddressedRequest, trusts: TrustProxy | null): string {
  // Asked for several times per request, by each limit that it counts for.
  request[addressKey] ??= findAddress(request, trusts);
  return request[addressKey];
}

function findAddress(request: IncomingMessage, trusts: TrustProxy | null): string {
  const own = request.socket.remoteAddress ?? "";
  if (trusts === null && isIP(own) === 4) return own;
  const addresses = trusts === null ? [own] : proxyAddr.all(request, trusts);
  // The last is the first that is not trusted. What is no address there ("unknown") is passed over.
  const nearest = addresses.map(withoutPort).findLast((address) => isIP(address) !== 0) ?? "";
  return isIP(nearest) === 6 ? ipaddr.process(nearest).toString() : nearest;
}

/** Some proxies append the port: "192.0.2.1:4711", "[2001:db8::1]:4711". */
function withoutPort(address: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
}
