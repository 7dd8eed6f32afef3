import { createPublicKey } from "node:crypto";
import { isAligned } from "../inbound/authentication/authentication-results.js";
import type { DkimSigning } from "../outgoing/dkim.js";
import { type Finding, note, pass, warn } from "./finding.js";

/** The DNS records of a name: `[]` if there are none, `null` if DNS did not answer. */
export type Records<Value> = readonly Value[] | null;

/** MX: whether answers can be delivered (RFC 5321, 5.1). */
export function checkMx(domain: string, mx: Records<string>, addresses: Records<string>): Finding {
  if (mx === null || addresses === null) return unanswered(`MX of ${domain}`);
  if (mx.some((exchange) => exchange === "" || exchange === ".")) {
    return warn(`${domain} accepts no mail (null MX): answers cannot be delivered.`, mxAdvice(domain));
  }
  if (mx.length > 0) return pass(`Mail for ${domain} is delivered to ${mx.slice(0, 5).join(", ")} (MX).`);
  if (addresses.length > 0) {
    return note(`${domain} has no MX record: mail is delivered to its address ${addresses.slice(0, 3).join(", ")}.`);
  }
  return warn(`${domain} has no MX record: answers from other servers cannot be delivered.`, mxAdvice(domain));
}

const mxAdvice = (domain: string) =>
  `Add an MX record for ${domain} with the name of the server that receives answers: your mail server, or this one.`;

/** SPF: which servers may send for the envelope sender's domain (RFC 7208). */
export function checkSpf(domain: string, texts: Records<string>): Finding {
  if (texts === null) return unanswered(`SPF of ${domain}`);
  const records = texts.filter((text) => /^v=spf1(?:\s|$)/i.test(text));
  const [record] = records;
  if (record === undefined) {
    return warn(
      `${domain} has no SPF record: receivers may treat its emails as forged.`,
      `Add a TXT record for ${domain} as your SMTP provider documents it, such as "v=spf1 include:spf.provider.example ~all".`,
    );
  }
  if (records.length > 1) {
    return warn(`${domain} has ${records.length} SPF records, so receivers use none.`, "Merge them into one.");
  }
  if (/(?:^|\s)\+?all(?:\s|$)/i.test(record)) {
    return warn(`The SPF record of ${domain} allows every server: ${record}`, "End it with ~all or -all.");
  }
  return pass(`${domain} has an SPF record: ${record}`);
}

/** DKIM: whether DNS has the public key of the signing key (RFC 6376, 3.6.1). */
export function checkDkim({ domain, selector, privateKey }: DkimSigning, texts: Records<string>): Finding {
  const name = `${selector}._domainkey.${domain}`;
  if (texts === null) return unanswered(`DKIM key ${name}`);
  const [record] = texts.filter((text) => /(?:^|;)\s*p\s*=/i.test(text));
  const advice = `Set the TXT record of ${name} to: v=DKIM1; k=rsa; p=${publicKeyOf(privateKey)}`;
  if (record === undefined) {
    return warn(`DNS has no key at ${name}: receivers cannot verify the signatures of emails (DKIM).`, advice);
  }
  const publishedKey = /(?:^|;)\s*p\s*=([^;]*)/i.exec(record)?.[1]?.replace(/\s+/g, "") ?? "";
  if (publishedKey === "") return warn(`The key at ${name} is revoked: every signature fails.`, advice);
  if (![publicKeyOf(privateKey), rsaPublicKeyOf(privateKey)].includes(publishedKey)) {
    return warn(`The key at ${name} is not the public key of EMAIL_DKIM_KEY: every signature fails.`, advice);
  }
  return pass(`DNS has the public key of EMAIL_DKIM_KEY at ${name}.`);
}

/** For emails that Afterchat does not sign. */
export function checkUnsigned(fromDomain: string, envelopeDomain: string): Finding {
  const text = "Afterchat does not sign its emails (DKIM).";
  if (isAligned(envelopeDomain, fromDomain)) {
    return note(
      text,
      "That is fine if your SMTP server signs them. Otherwise set EMAIL_DKIM_KEY and EMAIL_DKIM_SELECTOR.",
    );
  }
  return warn(
    `${text} SPF does not authenticate From either: the envelope sender's domain is ${envelopeDomain}, that of From ${fromDomain}.`,
    `Let your SMTP server sign for ${fromDomain}, set EMAIL_DKIM_KEY and EMAIL_DKIM_SELECTOR, or use a subdomain of ${fromDomain} as EMAIL_REPLY_DOMAIN.`,
  );
}

/**
 * DMARC: what receivers should do with unauthenticated emails (RFC 7489).
 * @param found the record of From's domain or its nearest parent; null: DNS did not answer
 */
export function checkDmarc(
  domain: string,
  found: { readonly at: string; readonly record: string } | "none" | null,
): Finding {
  if (found === null) return unanswered(`DMARC of ${domain}`);
  if (found === "none") {
    return warn(
      `${domain} has no DMARC record: Gmail, Yahoo and others require one from bulk senders.`,
      `Add a TXT record at _dmarc.${domain}: v=DMARC1; p=none`,
    );
  }
  return pass(`${found.at} has a DMARC record: ${found.record}`);
}

function unanswered(what: string): Finding {
  return warn(`DNS did not answer for the ${what}.`, "Check this machine's resolver, or look it up elsewhere.");
}

/** SubjectPublicKeyInfo in base64, as in nearly all key records. */
function publicKeyOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64");
}

/** RSAPublicKey in base64, as RFC 6376 specifies. */
function rsaPublicKeyOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: "pkcs1", format: "der" }).toString("base64");
}
