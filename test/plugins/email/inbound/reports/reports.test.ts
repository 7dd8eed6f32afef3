import { describe, expect, test } from "@jest/globals";
import { type DeliveryStatus, deliveryStatus } from "../../delivery-status.js";
import { readFixture } from "../../read-fixture.js";
import {
  conversationId,
  deliveryId,
  hostWithConversation,
  interpret,
  messageOf,
  ourMessageId,
  tokens,
} from "../interpret.js";

const { bounce, reply } = tokens(hostWithConversation());
const bounceAddress = `chat+${bounce}@company.example`;
const nobody = { envelope: { from: "" } } as const;

/** A report as RFC 3464 has it; the returned mail is Afterchat's unless told otherwise. */
const statusReport = (status: Partial<DeliveryStatus>): Buffer =>
  deliveryStatus({
    to: "chat@company.example",
    returned: [`Message-ID: ${ourMessageId}`, "", "It is ready."],
    ...status,
  });

function bounced(expected: Record<string, unknown>): unknown {
  const failure = expect.objectContaining({ detail: expect.stringMatching(/^.{1,300}$/), ...expected });
  return { outcome: "events", events: [expect.objectContaining({ type: "bounced", deliveryId, failure })] };
}

describe("A mail that came back", () => {
  test.each<[string, Partial<DeliveryStatus>, Record<string, string>]>([
    ["hard, found by the returned mail", {}, { bounce: "hard", code: "ADDRESS_INVALID" }],
    [
      "hard, found by the address that it came to",
      { to: bounceAddress, returned: ["Subject: x", "", ""] },
      { bounce: "hard" },
    ],
    ["hard, for a domain that takes no mail", { status: "5.1.10" }, { bounce: "hard" }],
    ["soft, as the mailbox is full", { status: "5.2.2", diagnostic: "smtp; 552 5.2.2 Over quota" }, { bounce: "soft" }],
    [
      "soft, after days of trying",
      { status: "4.4.1", diagnostic: "connect to mx.home.example: Connection timed out" },
      { bounce: "soft", code: "UNAVAILABLE" },
    ],
    [
      "soft, as a policy refuses it",
      { status: "5.7.1", diagnostic: "smtp; 550 5.7.1 Blocked by policy" },
      { bounce: "soft", code: "CONTENT_REJECTED" },
    ],
    [
      "hard, by Exim's bare 5.0.0 and its words",
      { status: "5.0.0", diagnostic: "smtp; 550 no such user here" },
      { bounce: "hard" },
    ],
    [
      "hard, by the status in the words",
      { status: "5.0.0", diagnostic: "smtp; 550 5.1.1 rejected" },
      { bounce: "hard" },
    ],
    [
      "hard, as Microsoft says that nobody is there",
      { status: "5.4.1", diagnostic: "smtp; 550 5.4.1 Recipient address rejected: Access denied." },
      { bounce: "hard" },
    ],
    [
      "soft, though the status says unknown: the words say spam",
      { status: "5.1.1", diagnostic: "smtp; 550 Message looks like spam" },
      { bounce: "soft" },
    ],
    [
      "soft, where nothing tells",
      { status: "5.0.0", diagnostic: "smtp; 554 Transaction failed" },
      { bounce: "soft", code: "UNKNOWN" },
    ],
    ["without a word", { status: "5.0.0", diagnostic: null }, { bounce: "soft" }],
    ["without a status", { status: null, diagnostic: "smtp; 550 5.1.1 unknown" }, { bounce: "hard" }],
  ])("%s", async (_title, status, expected) => {
    expect(await interpret(statusReport(status), nobody)).toEqual(bounced(expected));
  });

  test.each<[string, string]>([
    ["is delayed", "delayed"],
    ["was relayed", "relayed"],
    ["went to a list", "expanded"],
  ])("is none when it only %s", async (_title, action) => {
    const dropped = await interpret(statusReport({ action, status: "4.0.0" }), nobody);
    expect(dropped).toMatchObject({ outcome: "dropped", reason: "REPORT", conversationId });
  });

  test("arrived: the delivery is confirmed", async () => {
    const report = await interpret(statusReport({ action: "delivered", status: "2.0.0" }), nobody);
    expect(report).toMatchObject({ events: [{ type: "delivered", messageId: ourMessageId }] });
  });

  test("is none of ours", async () => {
    const report = statusReport({ returned: ["Message-ID: <other@home.example>", "", ""] });
    expect(await interpret(report, nobody)).toMatchObject({ outcome: "dropped", reason: "NOT_OURS" });
  });

  test("is named only by its conversation: which delivery is not guessed", async () => {
    const report = statusReport({ returned: ["Subject: x", "", ""], to: `chat+${reply}@company.example` });
    expect(await interpret(report, nobody)).toMatchObject({ reason: "REPORT", conversationId });
  });

  test.each<[string, string, string]>([
    ["Exim", "exim.eml", "hard"],
    ["qmail", "qmail.eml", "hard"],
    ["a full mailbox, in words", "mailbox-full.eml", "soft"],
    ["a warning", "delay-warning.eml", "REPORT"],
    ["a machine that reports nothing known", "nothing-reported.eml", "AUTO_REPLY"],
  ])("is told in words by %s", async (_title, name, expected) => {
    const report = await interpret(readFixture(`bounces/${name}`), nobody);
    if (expected === "hard" || expected === "soft") expect(report).toEqual(bounced({ bounce: expected }));
    else expect(report).toMatchObject({ outcome: "dropped", reason: expected, conversationId });
  });

  test("was sent on by a person, who writes above it: their message", async () => {
    const forwarded = readFixture("bounces/forwarded-by-a-person.eml");
    expect(await messageOf(forwarded)).toMatchObject({ text: "I got this from you?" });
  });

  test("its address gets an absence note: no bounce", async () => {
    const note = readFixture("bounces/absence-note.eml", { to: bounceAddress });
    expect(await interpret(note)).toMatchObject({ outcome: "dropped", reason: "AUTO_REPLY", conversationId });
  });
});

describe("A complaint", () => {
  const feedback = (kind: string, returned: readonly string[], ...more: readonly string[]): Buffer =>
    readFixture("complaints/feedback-report.eml", {
      kind,
      fields: more.map((field) => `\r\n${field}`).join(""),
      returned: returned.join("\r\n"),
    });

  test.each([
    ["abuse", [`Message-ID: ${ourMessageId}`, "", ""], []],
    ["fraud", [`Message-ID: ${ourMessageId}`, "", ""], []],
    ["abuse", ["Subject: redacted", "", ""], [`Original-Mail-From: <${bounceAddress}>`]],
  ])("of %s is found by what it returns", async (kind, returned, more) => {
    expect(await interpret(feedback(kind, returned, ...more))).toMatchObject({
      events: [{ type: "complained", deliveryId, detail: `Reported as spam: ${kind}, Loop/1.0` }],
    });
  });

  test("by Microsoft, which only attaches the mail", async () => {
    const report = readFixture("complaints/microsoft.eml");
    expect(await interpret(report)).toMatchObject({ events: [{ type: "complained", deliveryId }] });
  });

  test("is taken back, which changes nothing; nor does a receipt for reading", async () => {
    const notSpam = feedback("not-spam", [`Message-ID: ${ourMessageId}`, "", ""]);
    expect(await interpret(notSpam)).toMatchObject({ outcome: "dropped", reason: "REPORT", conversationId });
    const read = readFixture("bounces/read-receipt.eml");
    expect(await interpret(read)).toMatchObject({ reason: "REPORT", conversationId });
  });
});
