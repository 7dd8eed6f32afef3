import { BlockList, isIP } from "node:net";

export type CheckedUrl =
  /** `meta`: one of Meta's, whose address must be public. `operator`: named in the settings, whatever it is. */
  | { readonly outcome: "allowed"; readonly url: URL; readonly trust: "meta" | "operator" }
  /** `why` follows "because". */
  | { readonly outcome: "refused"; readonly why: string };

/** Where Meta serves what people sent from. A webhook is signed, but a redirect is not, nor is what people make Meta pass on. */
const metaDomains = ["fbcdn.net", "fbsbx.com", "facebook.com", "cdninstagram.com", "instagram.com"];

/** Pure: whether a file may be fetched from there. */
export function checkFileUrl(given: string, origins: readonly string[]): CheckedUrl {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null) return { outcome: "refused", why: "its link is none" };
  if (origins.includes(url.origin)) return { outcome: "allowed", url, trust: "operator" };
  const { protocol, hostname, port, username, password } = url;
  const isMetas = metaDomains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
  if (protocol !== "https:" || port !== "" || username !== "" || password !== "" || !isMetas) {
    return { outcome: "refused", why: "its link leads elsewhere than to Meta's servers" };
  }
  return { outcome: "allowed", url, trust: "meta" };
}

/** Of nobody on the internet: this machine, its network, and what stands beside it. IANA's special-purpose registries. */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  notPublic.addSubnet(network, prefix, "ipv4");
}
// Only 2000::/3 is given out; of that, what embeds IPv4 addresses or is for documents.
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  notPublic.addSubnet(network, prefix, "ipv6");
}
const givenOut = new BlockList();
givenOut.addSubnet("2000::", 3, "ipv6");

/** Pure: an IP address that no server of Meta's has. */
export function isPrivateAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return notPublic.check(address, "ipv4");
    case 6:
      return !givenOut.check(address, "ipv6") || notPublic.check(address, "ipv6");
    default:
      return true;
  }
}
