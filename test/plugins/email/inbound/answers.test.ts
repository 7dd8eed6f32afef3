import { describe, expect, test } from "@jest/globals";
import { readFixture } from "../read-fixture.js";
import {
  conversationId,
  hostWithConversation,
  interpret,
  mail,
  messageOf,
  ourMessageId,
  reference,
  tokens,
} from "./interpret.js";

const thanks = "Thank you.";

describe("Where an answer belongs", () => {
  const { reply, thread, bounce } = tokens(hostWithConversation());
  const nothing = { "In-Reply-To": null };

  test.each<[string, Record<string, string | null>]>([
    ["the reply address in To", { ...nothing, To: `Company <chat+${reply}@company.example>` }],
    ["in capitals", { ...nothing, To: `CHAT+${reply.toUpperCase()}@COMPANY.EXAMPLE` }],
    ["without plus addresses", { ...nothing, To: `"Company" <${reply}@reply.example>` }],
    ["among many, folded", { ...nothing, To: `Ben <ben@x.example>,\r\n\tChat <chat+${reply}@company.example>` }],
    ["in Cc", { ...nothing, Cc: `chat+${reply}@company.example` }],
    ["in Delivered-To", { ...nothing, "Delivered-To": `chat+${reply}@company.example` }],
    ["in X-Original-To", { ...nothing, "X-Original-To": `chat+${reply}@company.example` }],
    [
      "rewritten by a server that forwards",
      { ...nothing, To: `SRS0=Ab1=XY=company.example=chat+${reply}@forward.example` },
    ],
    ["the envelope's sender, which some programs answer", { ...nothing, To: `bounce+${bounce}@company.example` }],
    ["In-Reply-To", { "In-Reply-To": ourMessageId }],
    ["In-Reply-To with a comment", { "In-Reply-To": `Your message ${ourMessageId} (sent today)` }],
    ["our Message-ID under another domain", { "In-Reply-To": `<${reference.toUpperCase()}@rewritten.example>` }],
    ["References without brackets", { ...nothing, References: `x@y.example, ${reference}@company.example` }],
  ])("is told by %s", async (_title, fields) => {
    expect(await messageOf(mail(fields, thanks))).toMatchObject({ conversationId, text: thanks });
  });

  test("is told by the envelope alone", async () => {
    const envelope = { to: [`chat+${reply}@company.example`] };
    const raw = mail({ ...nothing, To: "undisclosed-recipients:;" }, thanks);
    expect(await messageOf(raw, { envelope })).toMatchObject({ conversationId });
  });

  test("the provider rewrites the Message-ID: the reply still routes, by the thread that it refers to", async () => {
    const fields = {
      "In-Reply-To": "<0100018-rewritten@provider.example>",
      References: `<conversation.${thread}@company.example> <0100018-rewritten@provider.example>`,
    };
    expect(await messageOf(mail(fields, thanks))).toMatchObject({ conversationId });
  });

  test("the plus address is stripped: References tell", async () => {
    const fields = { "In-Reply-To": "<other@ana.example>", References: `${ourMessageId} <other@ana.example>` };
    const message = await messageOf(mail(fields, thanks));
    expect(message).toMatchObject({ conversationId });
    // The one meant most comes first, and names that are not ours do no harm.
    expect(message.answers).toEqual([{ externalId: "<other@ana.example>" }, { externalId: ourMessageId, reference }]);
  });

  test("is not told by a forged token, nor by one of another purpose", async () => {
    const forged = `${reply.slice(0, -1)}${reply.endsWith("a") ? "b" : "a"}`;
    for (const token of [forged, thread, "a".repeat(47)]) {
      const dropped = await interpret(mail({ ...nothing, To: `chat+${token}@company.example` }, thanks));
      expect(dropped).toMatchObject({ outcome: "dropped", reason: "NOT_OURS" });
    }
  });

  test("is refused when its visitor was erased", async () => {
    const dropped = await interpret(mail({}, thanks), { host: hostWithConversation({ erased: true }) });
    expect(dropped).toMatchObject({ outcome: "dropped", reason: "ERASED", conversationId });
  });
});

describe("An answer", () => {
  test("has the Message-ID's name and the time at which it reached us", async () => {
    const raw = mail({ Date: "Thu, 1 Jan 1970 00:00:00 +0000" }, thanks);
    expect(await messageOf(raw)).toMatchObject({
      externalId: "<answer@home.example>",
      at: new Date("2026-03-03T12:00:00.000Z"),
    });
    const envelope = { arrivedAt: "2026-03-02T08:00:00Z" };
    expect(await messageOf(raw, { envelope })).toMatchObject({ at: new Date("2026-03-02T08:00:00Z") });
  });

  test("has no Message-ID: kept, under the name that it was taken in by", async () => {
    expect(await messageOf(mail({ "Message-ID": null }, thanks))).toMatchObject({ externalId: "the-key" });
  });

  test("comes without an envelope that anybody knows", async () => {
    expect(await messageOf(mail({}, thanks), { envelope: null })).toMatchObject({ text: thanks });
  });

  test("is stripped of what it quotes", async () => {
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

  test("is whole where text and HTML stand side by side, not one for the other", async () => {
    const message = await messageOf(readFixture("answers/text-beside-html.eml"));
    expect(message).toMatchObject({ text: "From the phone\n\nand < below" });
  });

  test("holds no embedded mail's words", async () => {
    const message = await messageOf(readFixture("answers/embedded-mail.eml"));
    expect(message.text).toBe("See below");
    expect(message.attachments).toMatchObject([{ name: null, contentType: "message/rfc822" }]);
  });
});

describe("What is attached", () => {
  test("comes along, with the name untouched", async () => {
    const message = await messageOf(readFixture("answers/files.eml"));
    expect(message.text).toBe("Here");
    expect(message.attachments?.map(({ name, contentType }) => [name, contentType])).toEqual([
      ["../../etc/passwd", "application/pdf"],
      ["winmail.dat", "application/ms-tnef"],
    ]);
    expect(Buffer.from(message.attachments?.[0]?.content ?? []).toString()).toBe("%PDF");
  });

  test("makes an empty body with attachment a message, and one that only quotes", async () => {
    for (const name of ["file-without-text.eml", "file-above-quote.eml"]) {
      const message = await messageOf(readFixture(`answers/${name}`));
      expect(message).toMatchObject({ text: "", attachments: [{ name: "photo.pdf" }] });
    }
  });

  test("is a picture in the new text, not one of the quoted mail, nor a signature's proof", async () => {
    const message = await messageOf(readFixture("answers/picture-in-signed-mail.eml"));
    expect(message.text).toBe("Like this:");
    expect(message.attachments).toMatchObject([{ name: "new.png" }]);
  });

  test("is a picture alone above the quoted mail, and one that the text does not show", async () => {
    const message = await messageOf(readFixture("answers/pictures-alone.eml"));
    expect(message.text).toBe("");
    expect(message.attachments).toMatchObject([{ name: "new.png" }, { name: "loose.png" }]);
  });
});
