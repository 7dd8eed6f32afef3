export type CheckedUrl =
  /**
   * `meta`: a domain of Meta's, whose address must be public. `operator`: an origin from the settings, with any
   * address.
   */
  | { readonly outcome: "allowed"; readonly url: URL; readonly trust: "meta" | "operator" }
  /** `why` completes a sentence after "because". */
  | { readonly outcome: "refused"; readonly why: string };

/**
 * The domains of Meta's file servers. Webhooks are signed, but redirects are not, nor are links that people make Meta
 * forward.
 */
const metaDomains = ["fbcdn.net", "fbsbx.com", "facebook.com", "cdninstagram.com", "instagram.com"];

/** Pure: whether a file may be fetched from a URL. `origins` are those that the settings allow in addition. */
export function checkFileUrl(text: string, origins: readonly string[]): CheckedUrl {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return { outcome: "refused", why: "its link is not a URL" };
  if (origins.includes(url.origin)) return { outcome: "allowed", url, trust: "operator" };
  const { protocol, hostname, port, username, password } = url;
  const isMetas = metaDomains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
  if (protocol !== "https:" || port !== "" || username !== "" || password !== "" || !isMetas) {
    return { outcome: "refused", why: "its link does not lead to Meta's servers" };
  }
  return { outcome: "allowed", url, trust: "meta" };
}
