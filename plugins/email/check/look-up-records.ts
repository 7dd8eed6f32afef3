import { z } from "zod";
import { splitAddress } from "../address.js";
import type { Resolve } from "../inbound/authentication/authenticate-sender.js";
import type { EmailConfig } from "../settings.js";
import { checkDkim, checkDmarc, checkMx, checkSpf, checkUnsigned, type Records } from "./check-records.js";
import { type Finding, note } from "./finding.js";

const textRecords = z.array(z.union([z.string(), z.array(z.string())]));
const mxRecords = z.array(z.object({ exchange: z.string(), priority: z.number() }));
const addressRecords = z.array(z.string());

/**
 * Checks the DNS records of the configured domains. Never reports errors, because other resolvers may see other
 * records.
 */
export async function lookUpRecords(config: EmailConfig, resolve: Resolve): Promise<readonly Finding[]> {
  const { domain } = splitAddress(config.from);
  const envelopeDomain = config.replyDomain ?? domain;
  if (!domain.includes(".") || !envelopeDomain.includes(".")) {
    return [note(`${domain} cannot be looked up: it is not a public domain name.`)];
  }
  const signing = config.delivery.through === "smtp" ? config.delivery.signing : null;
  return Promise.all([
    lookUpMx(envelopeDomain, resolve),
    lookUp(resolve, envelopeDomain, "TXT", textsIn).then((texts) => checkSpf(envelopeDomain, texts)),
    signing === null
      ? checkUnsigned(domain, envelopeDomain)
      : lookUp(resolve, `${signing.selector}._domainkey.${signing.domain}`, "TXT", textsIn).then((texts) =>
          checkDkim(signing, texts),
        ),
    findDmarc(resolve, domain).then((found) => checkDmarc(domain, found)),
  ]);
}

async function lookUpMx(domain: string, resolve: Resolve): Promise<Finding> {
  const mx = await lookUp(resolve, domain, "MX", (answer) =>
    mxRecords
      .parse(answer)
      .sort((a, b) => a.priority - b.priority)
      .map(({ exchange }) => exchange),
  );
  if (mx === null || mx.length > 0) return checkMx(domain, mx, []);
  const [ipv4, ipv6] = await Promise.all(
    (["A", "AAAA"] as const).map((type) => lookUp(resolve, domain, type, (answer) => addressRecords.parse(answer))),
  );
  return checkMx(domain, mx, ipv4 && ipv6 ? [...ipv4, ...ipv6] : null);
}

/** Looks for a record at the domain, then at each parent domain, except top-level domains. */
async function findDmarc(resolve: Resolve, domain: string) {
  const labels = domain.split(".");
  for (let skipped = 0; skipped < labels.length - 1; skipped += 1) {
    const at = labels.slice(skipped).join(".");
    const texts = await lookUp(resolve, `_dmarc.${at}`, "TXT", textsIn);
    if (texts === null) return null;
    const record = texts.find((text) => /^v=DMARC1(?:\s*;|$)/i.test(text));
    if (record !== undefined) return { at, record };
  }
  return "none" as const;
}

function textsIn(answer: unknown): readonly string[] {
  return textRecords.parse(answer).map((text) => (typeof text === "string" ? text : text.join("")));
}

async function lookUp<Value>(
  resolve: Resolve,
  name: string,
  type: "A" | "AAAA" | "MX" | "TXT",
  read: (answer: unknown) => readonly Value[],
): Promise<Records<Value>> {
  let answer: unknown;
  try {
    answer = await resolve(name, type);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "ENOTFOUND" || code === "ENODATA" ? [] : null;
  }
  return read(answer);
}
