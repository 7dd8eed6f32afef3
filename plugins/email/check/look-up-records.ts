import { z } from "zod";
import { splitAddress } from "../address.js";
import type { Resolve } from "../inbound/authentication/authenticate-sender.js";
import type { EmailConfig } from "../settings.js";
import { checkDkim, checkDmarc, checkMx, checkSpf, checkUnsigned, type Records } from "./check-records.js";
import { type Finding, note } from "./finding.js";

const textRecords = z.array(z.union([z.string(), z.array(z.string())]));
const mxRecords = z.array(z.object({ exchange: z.string(), priority: z.number() }));
const addressRecords = z.array(z.string());

/** What DNS says of the domains that mails name; only doubts come of it, for DNS is seen from here alone. */
export async function lookUpRecords(config: EmailConfig, resolve: Resolve): Promise<readonly Finding[]> {
  const { domain } = splitAddress(config.from);
  const envelopeDomain = config.replyDomain ?? domain;
  if (!domain.includes(".") || !envelopeDomain.includes(".")) {
    return [note(`${domain} is no domain that DNS could know: it was not asked.`)];
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
      .sort((one, other) => one.priority - other.priority)
      .map(({ exchange }) => exchange),
  );
  if (mx === null || mx.length > 0) return checkMx(domain, mx, []);
  const [four, six] = await Promise.all(
    (["A", "AAAA"] as const).map((type) => lookUp(resolve, domain, type, (answer) => addressRecords.parse(answer))),
  );
  return checkMx(domain, mx, four && six ? [...four, ...six] : null);
}

/** At the domain, then at each above it: whichever has the organisation's record. Never at a top-level domain. */
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
