import { randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { isSignedWebhook, isWebhookSecret, signWebhook } from "afterchat/channel";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString("base64")}`;
const secret = secretOf(randomBytes(32));
const now = new Date();
const secretBytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
const id = fc.stringMatching(/^[\x21-\x2d\x2f-\x7e]{1,256}$/);
const text = fc.string({ unit: "grapheme", maxLength: 500 });

const isSigned = (headers: object, body: string | Uint8Array = "{}", at: Date = now, under = secret) =>
  isSignedWebhook(under, new Headers(Object.entries(headers)), body, at);

describe("A signed webhook", () => {
  test("is accepted by the Standard Webhooks library, and the library's signatures are accepted", () => {
    fc.assert(
      fc.property(secretBytes, id, text, (bytes, id, body) => {
        const [under, library] = [secretOf(bytes), new Webhook(secretOf(bytes))];
        const headers = signWebhook(under, id, body, now);
        expect(() => library.verify(body, { ...headers }, { jsonParse: false })).not.toThrow();
        expect(headers["webhook-signature"]).toBe(library.sign(id, now, body));
        const theirs = { ...headers, "webhook-signature": library.sign(id, now, body) };
        expect(isSigned(theirs, body, now, under)).toBe(true);
        expect(isSigned(theirs, Buffer.from(body), now, under)).toBe(true);
      }),
    );
  });

  test("is signed as bytes, even if they are not valid text", () => {
    const mail = Buffer.from("Subject: Olá\r\n\r\nAté já\r\n", "latin1");
    expect(isSigned(signWebhook(secret, "1", mail, now), mail)).toBe(true);
    // As UTF-8 both bodies would be the same replacement characters.
    expect(isSigned(signWebhook(secret, "1", mail, now), Buffer.from(mail.toString("utf8")))).toBe(false);
  });

  test("is rejected if any part is missing or altered", () => {
    const good = signWebhook(secret, "evt_1", "{}", now);
    expect(isSigned(good)).toBe(true);
    expect(isSigned(good, "{ }")).toBe(false);
    expect(isSigned(good, "{}", now, secretOf(randomBytes(32)))).toBe(false);
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"] as const) {
      const { [name]: value, ...others } = good;
      expect(isSigned(others)).toBe(false);
      for (const other of ["", "1", `${value}0`, value.slice(0, -1), `${value},${value}`]) {
        expect([name, other, isSigned({ ...good, [name]: other })]).toEqual([name, other, false]);
      }
    }
    for (const version of ["v2", "v1a", ""]) {
      expect(isSigned({ ...good, "webhook-signature": good["webhook-signature"].replace("v1", version) })).toBe(false);
    }
  });

  test("is accepted for five minutes, and from a clock five minutes ahead", () => {
    const good = signWebhook(secret, "1", "{}", now);
    const at = (seconds: number) => new Date(Number(good["webhook-timestamp"]) * 1000 + seconds * 1000);
    for (const seconds of [-300, 0, 300]) expect([seconds, isSigned(good, "{}", at(seconds))]).toEqual([seconds, true]);
    for (const seconds of [-301, 301]) expect([seconds, isSigned(good, "{}", at(seconds))]).toEqual([seconds, false]);
  });

  test("may have several signatures, of which one must be valid, but not an unlimited number", () => {
    const good = signWebhook(secret, "1", "{}", now);
    const others = [
      signWebhook(secretOf(randomBytes(24)), "1", "{}", now)["webhook-signature"],
      `v1a,${Buffer.alloc(64).toString("base64")}`,
    ];
    const header = (...signatures: readonly string[]) => ({ ...good, "webhook-signature": signatures.join(" ") });
    expect(isSigned(header(...others, good["webhook-signature"]))).toBe(true);
    expect(isSigned(header(good["webhook-signature"], ...others))).toBe(true);
    expect(isSigned(header(...others))).toBe(false);
    expect(isSigned(header(...Array.from({ length: 100 }, () => others[0] ?? ""), good["webhook-signature"]))).toBe(
      false,
    );
  });

  test("has no full stop in its id, which would make the signed content ambiguous", () => {
    const good = signWebhook(secret, "1", "2.{}", now);
    const shifted = { ...good, "webhook-id": `1.${good["webhook-timestamp"]}`, "webhook-timestamp": "2" };
    expect(isSigned(shifted, "{}", new Date(2_000))).toBe(false);
    for (const id of ["a.b", "", "a b", "é", "x".repeat(257)]) {
      expect(() => signWebhook(secret, id, "{}", now)).toThrow(TypeError);
    }
  });
});

describe("A secret for webhooks", () => {
  test("is whsec_ and 24 to 64 bytes in base64", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(isWebhookSecret(secretOf(bytes))).toBe(bytes.length >= 24 && bytes.length <= 64);
      }),
    );
  });

  test.each([
    "",
    "whsec_",
    "a secret that is long enough, but none of these",
    secret.slice("whsec_".length),
    secret.slice(0, -1),
    `${secret} `,
    `${secret}\n`,
    `whsk_${secret.slice("whsec_".length)}`,
    secretOf(new Uint8Array(32).fill(255)).replaceAll("/", "_"),
  ])("is not %j, and nothing is signed with it", (text) => {
    expect(isWebhookSecret(text)).toBe(false);
    expect(() => signWebhook(text, "1", "{}", now)).toThrow(TypeError);
    expect(() => isSigned(signWebhook(secret, "1", "{}", now), "{}", now, text)).toThrow(TypeError);
  });
});
