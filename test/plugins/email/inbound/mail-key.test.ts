import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mailKey } from "../../../../plugins/email/inbound/mail-key.js";

const header = [
  "From: Ana <ana@home.example>",
  "To: chat@company.example",
  "Subject: Re: Your bike",
  "Date: Tue, 3 Mar 2026 12:00:00 +0000",
];
const named = [...header, "Message-ID: <1@home.example>"];
const mail = (fields: readonly string[], body: string, end = "\r\n") =>
  Buffer.from([...fields, "", ...body.split("\n")].join(end), "latin1");
const trace = ["Return-Path: <ana@home.example>", "Received: from a by b\r\n\twith ESMTP", "Delivered-To: x@y.example"];

/** Of an email with nothing but a Message-ID. */
function keyOfNormalized(body: string): string {
  const hash = createHash("sha256").update('["message-id",["<1@home.example>"]]');
  for (const field of ["date", "from", "to", "subject", "in-reply-to"]) hash.update(`["${field}",[]]`);
  return `mail-${hash.update(body).digest("base64url")}`;
}

describe("The key under which an email is stored", () => {
  test.each([
    { what: "with a Message-ID", fields: named },
    { what: "without a Message-ID, by its hash", fields: header },
  ])("is the same for the same email received another way, $what", async ({ fields }) => {
    const key = await mailKey(mail(fields, "Hello\n\nAna\n"));
    expect(await mailKey(mail([...trace, ...fields], "Hello\n\nAna\n"))).toBe(key);
    expect(await mailKey(mail(fields, "Hello\n\nAna\n", "\n"))).toBe(key);
    expect(await mailKey(mail(fields, "Hello\n\nAna"))).toBe(key);
    expect(await mailKey(mail(fields, "Hello\n\nAna\n\n\n"))).toBe(key);
    expect(
      await mailKey(
        mail(
          fields.map((field) => field.replace("Your bike", "Your\r\n bike")),
          "Hello\n\nAna\n",
        ),
      ),
    ).toBe(key);
  });

  test.each([
    { what: "the text", fields: named, body: "Goodbye" },
    {
      what: "the sender, with the same Message-ID,",
      fields: named.map((field) => field.replace("ana@home", "eve@home")),
      body: "Hello",
    },
    { what: "the date", fields: named.map((field) => field.replace("12:00", "12:01")), body: "Hello" },
    { what: "the Message-ID", fields: named.map((field) => field.replace("<1@", "<2@")), body: "Hello" },
  ])("is different if $what differs", async ({ fields, body }) => {
    expect(await mailKey(mail(fields, body))).not.toBe(await mailKey(mail(named, "Hello")));
  });

  test("exists for any bytes, and has a fixed length", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await mailKey(Buffer.from(bytes))).toMatch(/^mail-[\w-]{43}$/);
      }),
    );
  });

  test("is of the text without CR before LF and empty lines at its ends, wherever it is divided", async () => {
    const piece = fc.constantFrom("\n", "\r", "\r\n", "a", "b\n\n", " ", "x".repeat(300_000));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const body = pieces.join("");
        const key = await mailKey(Buffer.from(`Message-ID: <1@home.example>\r\n\r\n${body}`));
        expect(key).toBe(keyOfNormalized(body.replaceAll("\r\n", "\n").replace(/^\n+/, "").replace(/\n+$/, "")));
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["short lines", "a\r\n"],
    ["empty lines", "\r\n"],
    ["empty lines between letters", "\n\n\n\n\n\na"],
  ])("of 24 MB of %s is made in pieces, between which other work has its turn", async (_, line) => {
    const raw = mail(named, line.repeat(24_000_000 / line.length), "\r\n");
    let blockedMs = 0;
    let last = process.threadCpuUsage();
    const check = () => {
      const { user, system } = process.threadCpuUsage(last);
      blockedMs = Math.max(blockedMs, (user + system) / 1_000);
      last = process.threadCpuUsage();
    };
    const timer = setInterval(check);
    await mailKey(raw);
    clearInterval(timer);
    check();
    // Three seconds if it is replaced as a text.
    expect(blockedMs).toBeLessThan(1_000);
  });
});
