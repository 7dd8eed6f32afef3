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
