import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { lookUpRecords } from "../../../../plugins/email/check/look-up-records.js";
import type { Resolve } from "../../../../plugins/email/inbound/authentication/authenticate-sender.js";
import { emailChannel } from "../../../../plugins/email/index.js";
import type { EmailConfig } from "../../../../plugins/email/settings.js";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const publicKey = (type: "spki" | "pkcs1") =>
  createPublicKey(privateKey).export({ type, format: "der" }).toString("base64");

/** Records by type and name; others do not exist. A string instead of records is an error code of DNS. */
type Zone = Readonly<Record<string, readonly unknown[] | string>>;

const goodZone: Zone = {
  "MX harbour.example": [
    { exchange: "mx2.harbour.example", priority: 20 },
    { exchange: "mx1.harbour.example", priority: 10 },
  ],
  "TXT harbour.example": [["google-site-verification=1"], ["v=spf1 include:spf.", "provider.example ~all"]],
  "TXT mail2026._domainkey.harbour.example": [
    [`v=DKIM1; k=rsa; p=${publicKey("spki").slice(0, 100)}`, publicKey("spki").slice(100)],
  ],
  "TXT _dmarc.harbour.example": [["v=DMARC1; p=reject"]],
};

async function findingsOf(change: Zone = {}, settings: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const zone: Zone = { ...goodZone, ...change };
  const resolve: Resolve = async (name, type) => {
    const records = zone[`${type} ${name}`] ?? "ENOTFOUND";
    if (typeof records === "string") throw Object.assign(new Error(records), { code: records });
    return records as string[];
  };
  const config = emailChannel.configure({
    EMAIL_SMTP_URL: "smtp://mail.harbour.example",
    EMAIL_FROM: "chat@harbour.example",
    EMAIL_DKIM_KEY: pem,
    EMAIL_DKIM_SELECTOR: "mail2026",
    ...settings,
  }) as EmailConfig;
  const findings = await lookUpRecords(config, resolve);
  return findings.map(({ level, text, advice }) => `${level}: ${text} ${advice ?? ""}`.trim());
}

const unsigned = { EMAIL_DKIM_KEY: "", EMAIL_DKIM_SELECTOR: "" };

describe("The email check reports about DNS", () => {
  test("that all records are valid", async () => {
    expect(await findingsOf()).toEqual([
      "ok: Mail for harbour.example is delivered to mx1.harbour.example, mx2.harbour.example (MX).",
      "ok: harbour.example has an SPF record: v=spf1 include:spf.provider.example ~all",
      "ok: DNS has the public key of EMAIL_DKIM_KEY at mail2026._domainkey.harbour.example.",
      "ok: harbour.example has a DMARC record: v=DMARC1; p=reject",
    ]);
  });

  test.each<readonly [string, Zone, RegExp]>([
    ["no MX", { "MX harbour.example": "ENODATA" }, /^warning: harbour\.example has no MX record: .*Add an MX record/],
    [
      "an address in place of an MX",
      { "MX harbour.example": "ENODATA", "A harbour.example": ["192.0.2.1"], "AAAA harbour.example": "ENODATA" },
      /^note: harbour\.example has no MX record: mail is delivered to its address 192\.0\.2\.1\./,
    ],
    ["a null MX", { "MX harbour.example": [{ exchange: "", priority: 0 }] }, /^warning: .*accepts no mail \(null MX\)/],
    ["no SPF", { "TXT harbour.example": "ENODATA" }, /^warning: harbour\.example has no SPF record: .*v=spf1 include:/],
    [
      "two SPF records",
      { "TXT harbour.example": [["v=spf1 mx -all"], ["v=spf1 a -all"]] },
      /^warning: harbour\.example has 2 SPF records/,
    ],
    [
      "an SPF record that allows every server",
      { "TXT harbour.example": [["v=spf1 +all"]] },
      /^warning: .*allows every server: v=spf1 \+all/,
    ],
    [
      "no DKIM key",
      { "TXT mail2026._domainkey.harbour.example": "ENOTFOUND" },
      /^warning: DNS has no key at mail2026\._domainkey\.harbour\.example: .*v=DKIM1; k=rsa; p=MI/,
    ],
    [
      "another DKIM key",
      { "TXT mail2026._domainkey.harbour.example": [["v=DKIM1; p=AAAA"]] },
      /^warning: The key at \S+ is not the public key of EMAIL_DKIM_KEY/,
    ],
    [
      "a revoked DKIM key",
      { "TXT mail2026._domainkey.harbour.example": [["v=DKIM1; p="]] },
      /^warning: The key at \S+ is revoked/,
    ],
    [
      "the DKIM key in its bare form",
      { "TXT mail2026._domainkey.harbour.example": [[`p=${publicKey("pkcs1")}`]] },
      /^ok: DNS has the public key of EMAIL_DKIM_KEY/,
    ],
    [
      "no DMARC",
      { "TXT _dmarc.harbour.example": "ENOTFOUND" },
      /^warning: harbour\.example has no DMARC record: .*v=DMARC1; p=none/,
    ],
    [
      "no answer",
      { "TXT _dmarc.harbour.example": "ETIMEOUT" },
      /^warning: DNS did not answer for the DMARC of harbour\.example\./,
    ],
  ])("%s, and what to do", async (_what, change, pattern) => {
    const findings = (await findingsOf(change)).filter((line) => pattern.test(line));
    expect(findings).toHaveLength(1);
  });

  test("the DMARC record of the organisation, for a subdomain", async () => {
    const lines = await findingsOf({}, { EMAIL_FROM: "chat@help.eu.harbour.example" });
    expect(lines).toContain("ok: harbour.example has a DMARC record: v=DMARC1; p=reject");
  });

  test("that the mail server must sign, since SPF cannot authenticate From with a reply domain of another organisation", async () => {
    expect((await findingsOf({}, unsigned))[2]).toMatch(/^note: Afterchat does not sign its emails/);
    const [mx, spf, signed] = await findingsOf({}, { ...unsigned, EMAIL_REPLY_DOMAIN: "reply.elsewhere.example" });
    expect(mx).toMatch(/^warning: reply\.elsewhere\.example has no MX record/);
    expect(spf).toMatch(/^warning: reply\.elsewhere\.example has no SPF record/);
    expect(signed).toMatch(
      /^warning: .*SPF does not authenticate From either: .* is reply\.elsewhere\.example, that of From harbour/,
    );
  });

  test("nothing about a domain that is not public", async () => {
    expect(await findingsOf({}, { ...unsigned, EMAIL_FROM: "chat@localhost" })).toEqual([
      "note: localhost cannot be looked up: it is not a public domain name.",
    ]);
  });

  test("never the private key", async () => {
    const lines = await findingsOf({ "TXT mail2026._domainkey.harbour.example": "ENOTFOUND" });
    const body = pem.split("\n").slice(1, -2);
    for (const line of body) expect(lines.join()).not.toContain(line);
  });
});
