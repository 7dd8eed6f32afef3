import type { MailHeaders } from "../mail-headers.js";

interface Told {
  readonly authenticated: boolean;
  readonly detail: string;
}

const maxResults = 50;

/**
 * What the operator's own server found (RFC 8601), `fromDomain` being the domain in From; null where it says nothing. Only
 * the topmost field counts, and only under its name: a sender may write as many as they like, but only below.
 */
export function readAuthenticationResults(
  headers: MailHeaders,
  authservId: string | null,
  fromDomain: string,
): Told | null {
  if (authservId === null) return null;
  const [server, ...results] = withoutComments(headers.first("authentication-results")).split(";", maxResults);
  if (server?.trim().split(/\s/, 1)[0]?.replaceAll('"', "").toLowerCase() !== authservId.toLowerCase()) return null;
  const parsed = results.map(parseResult);
  const domainsOf = (method: string, ...properties: readonly string[]) =>
    parsed
      .filter((one) => one.method === method && one.result === "pass")
      .flatMap((one) => properties.map((property) => one.properties.get(property) ?? ""))
      .filter((domain) => domain !== "");
  const dmarc = parsed.find((one) => one.method === "dmarc");
  const summary = parsed.map((one) => `${one.method}=${one.result}`).join(", ");
  const detail = `${authservId} found: ${summary.slice(0, 200) || "nothing"}.`;
  if (dmarc !== undefined && dmarc.result !== "none") {
    // A server that says for which domain, said it of this one.
    const about = dmarc.properties.get("header.from") ?? fromDomain;
    return { authenticated: dmarc.result === "pass" && isAligned(about, fromDomain), detail };
  }
  const proven = [...domainsOf("dkim", "header.d", "header.i"), ...domainsOf("spf", "smtp.mailfrom", "smtp.mfrom")];
  return { authenticated: proven.some((domain) => isAligned(domain, fromDomain)), detail };
}

/** Whether two domains have one owner: the same, or one below the other. Nobody passes for a top-level domain. */
export function isAligned(proven: string, fromDomain: string): boolean {
  const [one, other] = [proven, fromDomain].map((domain) => (domain.split("@").at(-1) ?? "").toLowerCase());
  if (!one || !other) return false;
  if (one === other) return true;
  return (one.includes(".") && other.endsWith(`.${one}`)) || (other.includes(".") && one.endsWith(`.${other}`));
}

function parseResult(text: string): {
  readonly method: string;
  readonly result: string;
  readonly properties: ReadonlyMap<string, string>;
} {
  const pairs = (text.match(/[^\s=]{1,100}\s*=\s*(?:"[^"]{0,500}"|[^\s"]{0,500})/g) ?? []).map((pair) => {
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
  // "dkim/1": a method may carry a version.
  const method = first?.[0].split("/", 1)[0] ?? "";
  return { method, result: first?.[1].toLowerCase() ?? "", properties: new Map(properties) };
}

/** Comments may hold anything, semicolons and results included; in quotes a parenthesis is a character. */
function withoutComments(value: string): string {
  const kept: string[] = [];
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
    // What is quoted is one word, whatever stands in it.
    if (depth === 0) kept.push(quoted && character === ";" ? "," : character);
    if (character === ")" && !quoted && depth > 0) depth--;
  }
  return kept.join("");
}
