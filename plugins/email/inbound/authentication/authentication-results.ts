import type { MailHeaders } from "../mail-headers.js";

interface ReportedAuthentication {
  readonly authenticated: boolean;
  readonly detail: string;
}

const maxResults = 50;
/** Longer values are truncated: servers write a few hundred characters. */
const maxValueLength = 16 * 1024;

/**
 * The result of the operator's server (RFC 8601); null if it reported none. Only the topmost field is read, and only if
 * it has the server's name: a sender can add such fields as well, but only below.
 * @param fromDomain the domain in From
 */
export function parseAuthenticationResults(
  headers: MailHeaders,
  authservId: string | null,
  fromDomain: string,
): ReportedAuthentication | null {
  if (authservId === null) return null;
  const [server, ...results] = removeComments(headers.first("authentication-results").slice(0, maxValueLength)).split(
    ";",
    maxResults,
  );
  if (server?.trim().split(/\s/, 1)[0]?.replaceAll('"', "").toLowerCase() !== authservId.toLowerCase()) return null;
  const parsed = results.map(parseResult);
  const domainsOf = (method: string, ...properties: readonly string[]) =>
    parsed
      .filter((entry) => entry.method === method && entry.result === "pass")
      .flatMap((entry) => properties.map((property) => entry.properties.get(property) ?? ""))
      .filter((domain) => domain !== "");
  const dmarc = parsed.find((entry) => entry.method === "dmarc");
  const summary = parsed.map((entry) => `${entry.method}=${entry.result}`).join(", ");
  const detail = `${authservId} found: ${summary.slice(0, 200) || "nothing"}.`;
  if (dmarc !== undefined && dmarc.result !== "none") {
    const evaluatedDomain = dmarc.properties.get("header.from") ?? fromDomain;
    return { authenticated: dmarc.result === "pass" && isAligned(evaluatedDomain, fromDomain), detail };
  }
  const authenticated = [
    ...domainsOf("dkim", "header.d", "header.i"),
    ...domainsOf("spf", "smtp.mailfrom", "smtp.mfrom"),
  ];
  return { authenticated: authenticated.some((domain) => isAligned(domain, fromDomain)), detail };
}

/**
 * Whether two domains have the same owner: they are equal, or one is a subdomain of the other. Top-level domains never
 * match.
 */
export function isAligned(authenticated: string, fromDomain: string): boolean {
  const [a, b] = [authenticated, fromDomain].map((domain) => (domain.split("@").at(-1) ?? "").toLowerCase());
  if (!a || !b) return false;
  if (a === b) return true;
  return (a.includes(".") && b.endsWith(`.${a}`)) || (b.includes(".") && a.endsWith(`.${b}`));
}

function parseResult(text: string): {
  readonly method: string;
  readonly result: string;
  readonly properties: ReadonlyMap<string, string>;
} {
  const pairs = (text.match(/[^\s=]{1,100}\s{0,10}=\s{0,10}(?:"[^"]{0,500}"|[^\s"]{0,500})/g) ?? []).map((pair) => {
    const at = pair.indexOf("=");
    return [
      pair.slice(0, at).trim().toLowerCase(),
      pair
        .slice(at + 1)
        .trim()
        .replaceAll('"', ""),
    ] as const;
  });
  const [first, ...properties] = pairs;
  // "dkim/1": a method may have a version.
  const method = first?.[0].split("/", 1)[0] ?? "";
  return { method, result: first?.[1].toLowerCase() ?? "", properties: new Map(properties) };
}

/**
 * Comments may contain anything, including semicolons and results; inside quotes a parenthesis is an ordinary
 * character.
 */
function removeComments(value: string): string {
  const result: string[] = [];
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === "\\" && (quoted || depth > 0)) {
      at++;
      continue;
    }
    if (character === '"' && depth === 0) quoted = !quoted;
    if (character === "(" && !quoted) depth++;
    // A quoted string is a single value, so a semicolon in it must not split it.
    if (depth === 0) result.push(quoted && character === ";" ? "," : character);
    if (character === ")" && !quoted && depth > 0) depth--;
  }
  return result.join("");
}
