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

describe("The key under which an email is stored", () => {
  test.each([
    { what: "with a Message-ID", fields: named },
    { what: "without a Message-ID, by its hash", fields: header },
  ])("is the same for the same email received another way, $what", ({ fields }) => {
    const key = mailKey(mail(fields, "Hello\n\nAna\n"));
    expect(mailKey(mail([...trace, ...fields], "Hello\n\nAna\n"))).toBe(key);
    expect(mailKey(mail(fields, "Hello\n\nAna\n", "\n"))).toBe(key);
    expect(mailKey(mail(fields, "Hello\n\nAna"))).toBe(key);
    expect(mailKey(mail(fields, "Hello\n\nAna\n\n\n"))).toBe(key);
    expect(
      mailKey(
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
  ])("is different if $what differs", ({ fields, body }) => {
    expect(mailKey(mail(fields, body))).not.toBe(mailKey(mail(named, "Hello")));
  });

  test("exists for any bytes, and has a fixed length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(mailKey(Buffer.from(bytes))).toMatch(/^mail-[\w-]{43}$/);
      }),
    );
  });
});
