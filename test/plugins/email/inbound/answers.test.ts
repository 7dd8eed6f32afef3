import { describe, expect, test } from "@jest/globals";
import { readFixture } from "../read-fixture.js";
import {
  conversationId,
  hostWithConversation,
  interpret,
  mail,
  messageOf,
  reference,
  sentMessageId,
  tokens,
} from "./interpret.js";

const thanks = "Thank you.";

describe("The conversation of an answer", () => {
  const { reply, thread, bounce } = tokens(hostWithConversation());
  const nothing = { "In-Reply-To": null };

  test.each<[string, Record<string, string | null>]>([
    ["the reply address in To", { ...nothing, To: `Company <chat+${reply}@company.example>` }],
    ["the reply address in capitals", { ...nothing, To: `CHAT+${reply.toUpperCase()}@COMPANY.EXAMPLE` }],
    ["the reply address without a plus", { ...nothing, To: `"Company" <${reply}@reply.example>` }],
    [
      "the reply address among others, folded",
      { ...nothing, To: `Ben <ben@x.example>,\r\n\tChat <chat+${reply}@company.example>` },
    ],
    ["the reply address in Cc", { ...nothing, Cc: `chat+${reply}@company.example` }],
    ["the reply address in Delivered-To", { ...nothing, "Delivered-To": `chat+${reply}@company.example` }],
    ["the reply address in X-Original-To", { ...nothing, "X-Original-To": `chat+${reply}@company.example` }],
    [
      "an address rewritten by a forwarding server",
      { ...nothing, To: `SRS0=Ab1=XY=company.example=chat+${reply}@forward.example` },
    ],
    [
      "the envelope sender's address, to which some programs answer",
      { ...nothing, To: `bounce+${bounce}@company.example` },
    ],
    ["In-Reply-To", { "In-Reply-To": sentMessageId }],
    ["In-Reply-To with a comment", { "In-Reply-To": `Your message ${sentMessageId} (sent today)` }],
    [
      "Afterchat's Message-ID under another domain",
      { "In-Reply-To": `<${reference.toUpperCase()}@rewritten.example>` },
    ],
    ["References without brackets", { ...nothing, References: `x@y.example, ${reference}@company.example` }],
  ])("is found by %s", async (_title, fields) => {
    expect(await messageOf(mail(fields, thanks))).toMatchObject({ conversationId, text: thanks });
  });

  test("is found by the envelope alone", async () => {
    const envelope = { to: [`chat+${reply}@company.example`] };
    const raw = mail({ ...nothing, To: "undisclosed-recipients:;" }, thanks);
    expect(await messageOf(raw, { envelope })).toMatchObject({ conversationId });
  });

  test("is found by the thread root in References when the provider rewrote the Message-ID", async () => {
    const fields = {
      "In-Reply-To": "<0100018-rewritten@provider.example>",
      References: `<conversation.${thread}@company.example> <0100018-rewritten@provider.example>`,
    };
    expect(await messageOf(mail(fields, thanks))).toMatchObject({ conversationId });
  });

  test("is found by References when the plus address was stripped", async () => {
    const fields = { "In-Reply-To": "<other@ana.example>", References: `${sentMessageId} <other@ana.example>` };
    const message = await messageOf(mail(fields, thanks));
    expect(message).toMatchObject({ conversationId });
    // The most relevant id comes first; unknown ids are harmless.
    expect(message.answers).toEqual([{ externalId: "<other@ana.example>" }, { externalId: sentMessageId, reference }]);
  });

  test("is not found by a forged token, nor by one for another purpose", async () => {
    const forged = `${reply.slice(0, -1)}${reply.endsWith("a") ? "b" : "a"}`;
    for (const token of [forged, thread, "a".repeat(47)]) {
      const dropped = await interpret(mail({ ...nothing, To: `chat+${token}@company.example` }, thanks));
      expect(dropped).toMatchObject({ outcome: "dropped", reason: "NOT_OURS" });
    }
  });

  test("gets no message after its visitor was erased", async () => {
    const dropped = await interpret(mail({}, thanks), { host: hostWithConversation({ erased: true }) });
    expect(dropped).toMatchObject({ outcome: "dropped", reason: "ERASED", conversationId });
  });
});

describe("An answer", () => {
  test("has its Message-ID as the external id, and the time at which it was received", async () => {
    const raw = mail({ Date: "Thu, 1 Jan 1970 00:00:00 +0000" }, thanks);
    expect(await messageOf(raw)).toMatchObject({
      externalId: "<answer@home.example>",
      at: new Date("2026-03-03T12:00:00.000Z"),
    });
    const envelope = { arrivedAt: "2026-03-02T08:00:00Z" };
    expect(await messageOf(raw, { envelope })).toMatchObject({ at: new Date("2026-03-02T08:00:00Z") });
  });

  test("has the original's key as the external id if it has no Message-ID", async () => {
    expect(await messageOf(mail({ "Message-ID": null }, thanks))).toMatchObject({ externalId: "the-key" });
  });

  test("is read without an envelope", async () => {
    expect(await messageOf(mail({}, thanks), { envelope: null })).toMatchObject({ text: thanks });
  });

  test("does not include what it quotes", async () => {
    expect(await messageOf(readFixture("answers/quoted.eml"))).toMatchObject({ text: thanks });
  });

  test.each<[string, string, string]>([
    ["base64", "base64.eml", "Grüße"],
    ["quoted-printable Latin 1", "latin1-quoted-printable.eml", "Grüße"],
    ["Japanese", "iso-2022-jp.eml", "こんにちは"],
    ["bad charset", "unknown-charset.eml", "Grüße"],
    ["format=flowed", "format-flowed.eml", "One line that goes on."],
    ["HTML only", "html-only.eml", "Thank you & bye"],
    ["nothing at all", "empty.eml", "[This email is empty.]"],
    ["only a subject", "only-a-subject.eml", "Yes, please send it"],
  ])("is read: %s", async (_title, name, text) => {
    expect(await messageOf(readFixture(`answers/${name}`))).toMatchObject({ text });
  });

  test("is read: NUL", async () => {
    expect(await messageOf(mail({}, "a\0b"))).toMatchObject({ text: "a\0b" });
  });

  test("includes text and HTML parts if they are not alternatives", async () => {
    const message = await messageOf(readFixture("answers/text-beside-html.eml"));
    expect(message).toMatchObject({ text: "From the phone\n\nand < below" });
  });

  test("does not include the text of an embedded email", async () => {
    const message = await messageOf(readFixture("answers/embedded-mail.eml"));
    expect(message.text).toBe("See below");
    expect(message.attachments).toMatchObject([{ name: null, contentType: "message/rfc822" }]);
  });
});

describe("The attachments of an answer", () => {
  test("are included, with unchanged names", async () => {
    const message = await messageOf(readFixture("answers/files.eml"));
    expect(message.text).toBe("Here");
    expect(message.attachments?.map(({ name, contentType }) => [name, contentType])).toEqual([
      ["../../etc/passwd", "application/pdf"],
      ["winmail.dat", "application/ms-tnef"],
    ]);
    expect(Buffer.from(message.attachments?.[0]?.content ?? []).toString()).toBe("%PDF");
  });

  test("make a message of an email with an empty body, or one that only quotes", async () => {
    for (const name of ["file-without-text.eml", "file-above-quote.eml"]) {
      const message = await messageOf(readFixture(`answers/${name}`));
      expect(message).toMatchObject({ text: "", attachments: [{ name: "photo.pdf" }] });
    }
  });

  test("include a picture in the new text, but none of the quoted email, and no S/MIME signature", async () => {
    const message = await messageOf(readFixture("answers/picture-in-signed-mail.eml"));
    expect(message.text).toBe("Like this:");
    expect(message.attachments).toMatchObject([{ name: "new.png" }]);
  });

  test("include a picture that is the whole new text, and one that the text does not show", async () => {
    const message = await messageOf(readFixture("answers/pictures-alone.eml"));
    expect(message.text).toBe("");
    expect(message.attachments).toMatchObject([{ name: "new.png" }, { name: "loose.png" }]);
  });
});
