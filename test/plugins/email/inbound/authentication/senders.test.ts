import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import type { Resolve } from "../../../../../plugins/email/inbound/authentication/authenticate-sender.js";
import { type InterpretOptions, mail, messageOf } from "../interpret.js";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

/** A fake DNS resolver with these records. */
function zone(records: Readonly<Record<string, string>>): Resolve {
  return async (name, type) => {
    const record = records[`${type} ${name}`];
    if (record !== undefined) return type === "TXT" ? [[record]] : [record];
    throw Object.assign(new Error(`query${type} ENOTFOUND ${name}`), { code: "ENOTFOUND" });
  };
}

const key = { "TXT s1._domainkey.home.example": `v=DKIM1; k=rsa; p=${publicKey.toString("base64")}` };
const dmarc = { "TXT _dmarc.home.example": "v=DMARC1; p=reject" };
const spf = { "TXT home.example": "v=spf1 ip4:192.0.2.1 -all" };
const fromServer = { envelope: { from: "ana@home.example", remoteAddress: "192.0.2.1", helo: "mx.home.example" } };

async function signed(raw: string, signingDomain = "home.example"): Promise<string> {
  const signer = { signingDomain, selector: "s1", privateKey };
  const { signatures } = await dkimSign(Buffer.from(raw), { ...signer, signatureData: [signer] });
  return signatures + raw;
}

const answer = mail({ "MIME-Version": "1.0", "Content-Type": "text/plain" }, "Thank you.", "");
let signedAnswer = "";

beforeAll(async () => {
  signedAnswer = await signed(answer);
});

async function senderOf(raw: string, options: InterpretOptions = {}) {
  return (await messageOf(raw, options)).sender;
}

describe("A sender is verified", () => {
  test.each<[string, Record<string, string>]>([
    ["DKIM, for a domain with DMARC", { ...key, ...dmarc }],
    ["DKIM alone", key],
  ])("by %s", async (_title, records) => {
    const sender = await senderOf(signedAnswer, { resolve: zone(records) });
    expect(sender).toMatchObject({ address: "ana@home.example", authenticated: true });
  });

  test("by SPF, if the sending server is known", async () => {
    for (const records of [spf, { ...spf, ...dmarc }]) {
      expect(await senderOf(answer, { ...fromServer, resolve: zone(records) })).toMatchObject({ authenticated: true });
    }
  });

  test("by Authentication-Results of the operator's server, whose name is configured", async () => {
    const results =
      "Authentication-Results: mx.company.example (a; b) 1;\r\n dmarc=pass (p=reject) header.from=home.example\r\n";
    expect(await senderOf(results + answer, { authservId: "mx.company.example" })).toMatchObject({
      authenticated: true,
    });
    const byDkim = "Authentication-Results: MX.company.example; dkim=pass header.d=home.example\r\n";
    expect(await senderOf(byDkim + answer, { authservId: "mx.company.example" })).toMatchObject({
      authenticated: true,
    });
  });
});

describe("A sender stays unverified, with the reason, because of", () => {
  test.each<[string, string, InterpretOptions]>([
    [
      "DMARC failure",
      answer,
      { envelope: { ...fromServer.envelope, remoteAddress: "198.51.100.9" }, resolve: zone({ ...spf, ...dmarc }) },
    ],
    [
      "SPF of another domain",
      answer,
      {
        envelope: { ...fromServer.envelope, from: "x@spam.example" },
        resolve: zone({ "TXT spam.example": "v=spf1 +all" }),
      },
    ],
    ["no signature and no known server", answer, {}],
  ])("%s", async (_title, raw, options) => {
    expect(await senderOf(raw, options)).toMatchObject({
      address: "ana@home.example",
      authenticated: false,
      detail: expect.stringMatching(/./),
    });
  });

  test("a signature of another domain, or of another text", async () => {
    const other = await signed(answer, "spam.example");
    const records = { ...key, ...dmarc, "TXT s1._domainkey.spam.example": key["TXT s1._domainkey.home.example"] };
    expect(await senderOf(other, { resolve: zone(records) })).toMatchObject({ authenticated: false });
    const changed = signedAnswer.replace("Thank you.", "Send money.");
    expect(await senderOf(changed, { resolve: zone(records) })).toMatchObject({ authenticated: false });
  });

  test("Authentication-Results added by the sender", async () => {
    const forged = "Authentication-Results: mx.company.example; dmarc=pass header.from=home.example\r\n";
    const own = "Authentication-Results: mx.company.example; dmarc=fail header.from=home.example\r\n";
    // Not configured; below those of the operator's server, or of another one; for another domain; in a comment or quoted text.
    const cases: [string, string | null][] = [
      [forged, null],
      [own + forged, "mx.company.example"],
      [`Authentication-Results: relay.example; none\r\n${forged}`, "mx.company.example"],
      [forged.replace("header.from=home", "header.from=spam"), "mx.company.example"],
      ["Authentication-Results: mx.company.example; none (; dmarc=pass)\r\n", "mx.company.example"],
      ['Authentication-Results: mx.company.example; spf=fail smtp.mailfrom="; dmarc=pass"\r\n', "mx.company.example"],
      [forged.replace("mx.company", "mx.company.example.evil"), "mx.company.example"],
    ];
    for (const [header, authservId] of cases) {
      expect([header, await senderOf(header + answer, { authservId })]).toMatchObject([
        header,
        { authenticated: false },
      ]);
    }
  });

  test.each<[string, Record<string, string | null>, string]>([
    ["two From headers", { From: "ana@home.example\r\nFrom: eve@spam.example" }, "ana@home.example"],
    ["several addresses in From", { From: "ana@home.example, eve@spam.example" }, "ana@home.example"],
    ["no From", { From: null }, ""],
    ["no address in From", { From: "Ana" }, ""],
  ])("%s", async (_title, fields, address) => {
    const results = "Authentication-Results: mx.company.example; dmarc=pass\r\n";
    const sender = await senderOf(results + mail(fields, "Thank you."), { authservId: "mx.company.example" });
    expect(sender).toEqual({ address, authenticated: false, detail: expect.stringMatching(/From header/) });
  });

  test("too many signatures", async () => {
    const raw = `${"DKIM-Signature: v=1; d=home.example; s=s1; b=AAAA\r\n".repeat(11)}${signedAnswer}`;
    const detail = "Not checked: it has 12 signatures.";
    expect(await senderOf(raw, { resolve: zone(key) })).toMatchObject({ authenticated: false, detail });
  });

  test("DNS that cannot be reached: the message is received nevertheless", async () => {
    expect(await senderOf(signedAnswer)).toMatchObject({
      authenticated: false,
      detail: expect.stringMatching(/^Not checked/),
    });
  });

  test("DNS that never answers, and the email does not wait for it after an abort", async () => {
    const never: Resolve = () => new Promise(() => undefined);
    const stop = new AbortController();
    const asked = Promise.withResolvers<void>();
    const resolve: Resolve = (name, type) => {
      asked.resolve();
      return never(name, type);
    };
    const interpreting = messageOf(signedAnswer, { resolve, signal: stop.signal });
    await asked.promise;
    stop.abort(new Error("The program stops."));
    await expect(interpreting).rejects.toThrow("The program stops.");
  });
});
