import { describe, expect, test } from "@jest/globals";
import { conversationId, interpret, mail, messageOf, ownAddress, sentMessageId } from "./interpret.js";

type Fields = Record<string, string | null>;

describe("Auto-replies, list mail and Afterchat's own emails are dropped:", () => {
  test.each<[string, Fields]>([
    ["Auto-Submitted", { "Auto-Submitted": "auto-replied" }],
    [
      "Auto-Submitted with a comment before it",
      { "Auto-Submitted": "(vacation) auto-replied; owner-email=ana@home.example" },
    ],
    ["Auto-Submitted of a notification", { "Auto-Submitted": "auto-generated (challenge)" }],
    ["a second Auto-Submitted", { "Auto-Submitted": "no\r\nAuto-Submitted: auto-replied" }],
    ["Precedence", { Precedence: "auto_reply" }],
    ["X-Autoreply", { "X-Autoreply": "yes" }],
    ["X-Autorespond", { "X-Autorespond": "Gone fishing" }],
    ["a challenge by Boxbe", { "X-Boxbe-Challenge": "1" }],
    ["a null return path, in the header that the server adds", { "Return-Path": "<>" }],
    ["Outlook's subject", { Subject: "Automatic reply: Your chat" }],
    ["Outlook's subject in German", { Subject: "=?utf-8?Q?Automatische_Antwort=3A_Your_chat?=" }],
    ["Outlook's subject in French", { Subject: "=?utf-8?Q?R=C3=A9ponse_automatique_=3A_Your_chat?=" }],
    [
      "Outlook's subject in Chinese",
      { Subject: `=?utf-8?B?${Buffer.from("自动回复: Your chat").toString("base64")}?=` },
    ],
    ["the subject alone", { Subject: "Out of office" }],
  ])("auto-reply recognised by %s", async (_title, fields) => {
    const envelope = { from: "Return-Path" in fields ? null : "ana@home.example" };
    expect(await interpret(mail(fields, "I am away until Monday."), { envelope })).toMatchObject({
      outcome: "dropped",
      reason: "AUTO_REPLY",
      detail: expect.stringMatching(/./),
      conversationId,
    });
  });

  test("auto-reply recognised by a null sender in the envelope", async () => {
    expect(await interpret(mail({}, "I am away."), { envelope: { from: "" } })).toMatchObject({ reason: "AUTO_REPLY" });
  });

  test.each<[string, Fields]>([
    ["Precedence: bulk", { Precedence: "bulk" }],
    ["Precedence: junk", { Precedence: "Junk" }],
    ["Precedence: list", { Precedence: "list (weekly)" }],
    ["List-Id", { "List-Id": "News <news.home.example>" }],
  ])("list mail recognised by %s", async (_title, fields) => {
    expect(await interpret(mail(fields, "Hello all"))).toMatchObject({ reason: "LIST_MAIL", conversationId });
  });

  test.each<[string, Fields]>([
    ["from Afterchat's address", { From: ownAddress }],
    ["from one of its plus addresses", { From: "Chat <CHAT+abc@company.example>" }],
    ["with one of its Message-IDs, from any sender", { From: "list@home.example", "Message-ID": sentMessageId }],
  ])("own email %s", async (_title, fields) => {
    expect(await interpret(mail(fields, "It is ready."))).toMatchObject({ reason: "OWN_MAIL", conversationId });
  });

  test("own email from the reply domain", async () => {
    const raw = mail({ From: "abc@reply.example" }, "It is ready.");
    expect(await interpret(raw, { replyDomain: "reply.example" })).toMatchObject({ reason: "OWN_MAIL" });
    expect(await messageOf(raw)).toMatchObject({ conversationId });
  });
});

describe("A person's email becomes a message:", () => {
  test.each<[string, Fields]>([
    ["with X-Auto-Response-Suppress", { "X-Auto-Response-Suppress": "All" }],
    ["with Auto-Submitted: no", { "Auto-Submitted": "no" }],
    ["with Auto-Submitted: no and comments", { "Auto-Submitted": "(really) No (typed by hand)" }],
    ["with X-Autoreply: no", { "X-Autoreply": "no" }],
    ["with a normal precedence", { Precedence: "normal" }],
    ["with List-Unsubscribe, as mailing software adds", { "List-Unsubscribe": "<https://home.example/u>" }],
    ["that answers an out-of-office reply", { Subject: "Re: Automatic reply: Your chat" }],
    ["about being out of office", { Subject: "Out of office chairs?" }],
    ["from the company's own domain", { From: "ben@company.example" }],
    ["from no-reply", { From: "no-reply@home.example" }],
    ["with a Message-ID at Afterchat's domain", { "Message-ID": "<typed-by-hand@company.example>" }],
  ])("%s", async (_title, fields) => {
    expect(await messageOf(mail(fields, "Thank you."))).toMatchObject({ conversationId, text: "Thank you." });
  });
});
