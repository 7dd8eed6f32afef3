import { createPublicKey } from "node:crypto";
import { isAligned } from "../inbound/authentication/authentication-results.js";
import type { DkimSigning } from "../outgoing/dkim.js";
import { doubt, type Finding, fine, note } from "./finding.js";

/** What DNS has under a name: `[]` when there is nothing, `null` when nobody answered. */
export type Records<Value> = readonly Value[] | null;

/** MX: whether mail for the addresses that answers go to can come at all (RFC 5321, 5.1). */
export function checkMx(domain: string, mx: Records<string>, addresses: Records<string>): Finding {
  if (mx === null || addresses === null) return unanswered(`MX of ${domain}`);
  if (mx.some((exchange) => exchange === "" || exchange === ".")) {
    return doubt(`${domain} says that it takes no mail (a null MX): answers cannot come.`, mxAdvice(domain));
  }
  if (mx.length > 0) return fine(`Mail for ${domain} is brought to ${mx.slice(0, 5).join(", ")} (MX).`);
  if (addresses.length > 0) {
    return note(`${domain} has no MX record: mail for it is brought to ${addresses.slice(0, 3).join(", ")} itself.`);
  }
  return doubt(`${domain} has no MX record: from outside, answers cannot come.`, mxAdvice(domain));
}

const mxAdvice = (domain: string) =>
  `Add an MX record for ${domain} with the name of the server that takes answers, of yours or this one.`;

/** SPF: who may send under the envelope sender's domain (RFC 7208). */
export function checkSpf(domain: string, texts: Records<string>): Finding {
  if (texts === null) return unanswered(`SPF of ${domain}`);
  const records = texts.filter((text) => /^v=spf1(?:\s|$)/i.test(text));
  const [record] = records;
  if (record === undefined) {
    return doubt(
      `${domain} has no SPF record: receivers may take mail for forged.`,
      `Add a TXT record for ${domain} as your SMTP provider has it, such as "v=spf1 include:spf.provider.example ~all".`,
    );
  }
  if (records.length > 1) {
    return doubt(`${domain} has ${records.length} SPF records: receivers then use none.`, "Join them to one.");
  }
  if (/(?:^|\s)\+?all(?:\s|$)/i.test(record)) {
    return doubt(`The SPF record of ${domain} lets everybody send: ${record}`, "End it with ~all or -all.");
  }
  return fine(`${domain} says who may send for it (SPF): ${record}`);
}

/** DKIM: whether the key that DNS has is the one that signs (RFC 6376, 3.6.1). */
export function checkDkim({ domain, selector, privateKey }: DkimSigning, texts: Records<string>): Finding {
  const name = `${selector}._domainkey.${domain}`;
  if (texts === null) return unanswered(`DKIM key ${name}`);
  const [record] = texts.filter((text) => /(?:^|;)\s*p\s*=/i.test(text));
  const advice = `Set the TXT record of ${name} to: v=DKIM1; k=rsa; p=${publicKeyOf(privateKey)}`;
  if (record === undefined) {
    return doubt(`DNS has no key at ${name}: nobody can verify the signature (DKIM) of the mails.`, advice);
  }
  const given = /(?:^|;)\s*p\s*=([^;]*)/i.exec(record)?.[1]?.replace(/\s+/g, "") ?? "";
  if (given === "") return doubt(`The key at ${name} is revoked: every signature fails.`, advice);
  if (![publicKeyOf(privateKey), bareKeyOf(privateKey)].includes(given)) {
    return doubt(`The key at ${name} is not the public half of EMAIL_DKIM_KEY: every signature fails.`, advice);
  }
  return fine(`DNS has the public half of EMAIL_DKIM_KEY at ${name}.`);
}

/** What is said where Afterchat signs nothing itself. */
export function checkUnsigned(fromDomain: string, envelopeDomain: string): Finding {
  const text = "Afterchat does not sign its mails (DKIM).";
  if (isAligned(envelopeDomain, fromDomain)) {
    return note(
      text,
      "Nothing is wrong if your SMTP server signs them. Otherwise set EMAIL_DKIM_KEY and EMAIL_DKIM_SELECTOR.",
    );
  }
  return doubt(
    `${text} SPF does not speak for From either: the envelope's sender is of ${envelopeDomain}, From of ${fromDomain}.`,
    `Let your SMTP server sign for ${fromDomain}, set EMAIL_DKIM_KEY and EMAIL_DKIM_SELECTOR, or choose an EMAIL_REPLY_DOMAIN below ${fromDomain}.`,
  );
}

/** DMARC: what receivers are asked to do with what is not proven (RFC 7489). `found`: the nearest record at or above From's domain. */
export function checkDmarc(
  domain: string,
  found: { readonly at: string; readonly record: string } | "none" | null,
): Finding {
  if (found === null) return unanswered(`DMARC of ${domain}`);
  if (found === "none") {
    return doubt(
      `${domain} has no DMARC record: Gmail, Yahoo and others want one from who sends much.`,
      `Add a TXT record at _dmarc.${domain}: v=DMARC1; p=none`,
    );
  }
  return fine(`${found.at} has a DMARC record: ${found.record}`);
}

function unanswered(what: string): Finding {
  return doubt(
    `DNS did not say anything about the ${what}.`,
    "Check this machine's resolver, or look it up elsewhere.",
  );
}

/** SubjectPublicKeyInfo in base64: what nearly every key record holds. */
function publicKeyOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64");
}

/** RSAPublicKey, as RFC 6376 words it. */
function bareKeyOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: "pkcs1", format: "der" }).toString("base64");
}
