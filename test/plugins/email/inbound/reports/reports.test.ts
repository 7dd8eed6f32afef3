import { describe, expect, test } from "@jest/globals";
import { type DeliveryStatus, deliveryStatus } from "../../delivery-status.js";
import { readFixture } from "../../read-fixture.js";
import {
  conversationId,
  deliveryId,
  hostWithConversation,
  interpret,
  messageOf,
  sentMessageId,
  tokens,
} from "../interpret.js";

const { bounce, reply } = tokens(hostWithConversation());
const bounceAddress = `chat+${bounce}@company.example`;
const nullSender = { envelope: { from: "" } } as const;

/** A delivery status notification (RFC 3464). By default it returns the email that Afterchat sent. */
const statusReport = (status: Partial<DeliveryStatus>): Buffer =>
  deliveryStatus({
    to: "chat@company.example",
    returned: [`Message-ID: ${sentMessageId}`, "", "It is ready."],
    ...status,
  });

function bounced(expected: Record<string, unknown>): unknown {
  const failure = expect.objectContaining({ detail: expect.stringMatching(/^.{1,300}$/), ...expected });
  return { outcome: "events", events: [expect.objectContaining({ type: "bounced", deliveryId, failure })] };
}

describe("A bounce", () => {
  test.each<[string, Partial<DeliveryStatus>, Record<string, string>]>([
    ["is hard, with the delivery found by the returned email", {}, { bounce: "hard", code: "ADDRESS_INVALID" }],
    [
      "is hard, with the delivery found by the recipient's address",
      { to: bounceAddress, returned: ["Subject: x", "", ""] },
      { bounce: "hard" },
    ],
    ["is hard for a domain that accepts no email", { status: "5.1.10" }, { bounce: "hard" }],
    ["is soft for a full mailbox", { status: "5.2.2", diagnostic: "smtp; 552 5.2.2 Over quota" }, { bounce: "soft" }],
    [
      "is soft after days of attempts",
      { status: "4.4.1", diagnostic: "connect to mx.home.example: Connection timed out" },
      { bounce: "soft", code: "UNAVAILABLE" },
    ],
    [
      "is soft for a policy rejection",
      { status: "5.7.1", diagnostic: "smtp; 550 5.7.1 Blocked by policy" },
      { bounce: "soft", code: "CONTENT_REJECTED" },
    ],
    [
      "is hard by the text beside Exim's generic 5.0.0",
      { status: "5.0.0", diagnostic: "smtp; 550 no such user here" },
      { bounce: "hard" },
    ],
    [
      "is hard by the status in the text",
      { status: "5.0.0", diagnostic: "smtp; 550 5.1.1 rejected" },
      { bounce: "hard" },
    ],
    [
      "is hard for Microsoft's unknown recipient",
      { status: "5.4.1", diagnostic: "smtp; 550 5.4.1 Recipient address rejected: Access denied." },
      { bounce: "hard" },
    ],
    [
      "is soft if the text says spam, although the status says unknown user",
      { status: "5.1.1", diagnostic: "smtp; 550 Message looks like spam" },
      { bounce: "soft" },
    ],
    [
      "is soft if nothing says more",
      { status: "5.0.0", diagnostic: "smtp; 554 Transaction failed" },
      { bounce: "soft", code: "UNKNOWN" },
    ],
    ["is soft without a text", { status: "5.0.0", diagnostic: null }, { bounce: "soft" }],
    [
      "is hard by the text without a status",
      { status: null, diagnostic: "smtp; 550 5.1.1 unknown" },
      { bounce: "hard" },
    ],
  ])("%s", async (_title, status, expected) => {
    expect(await interpret(statusReport(status), nullSender)).toEqual(bounced(expected));
  });

  test.each<[string, string]>([
    ["was delayed", "delayed"],
    ["was relayed", "relayed"],
    ["was expanded to a list", "expanded"],
  ])("is not reported if the email only %s", async (_title, action) => {
    const dropped = await interpret(statusReport({ action, status: "4.0.0" }), nullSender);
    expect(dropped).toMatchObject({ outcome: "dropped", reason: "REPORT", conversationId });
  });

  test("is not reported if the email arrived: the delivery is confirmed", async () => {
    const report = await interpret(statusReport({ action: "delivered", status: "2.0.0" }), nullSender);
    expect(report).toMatchObject({ events: [{ type: "delivered", messageId: sentMessageId }] });
  });

  test("of an email that Afterchat did not send is dropped", async () => {
    const report = statusReport({ returned: ["Message-ID: <other@home.example>", "", ""] });
    expect(await interpret(report, nullSender)).toMatchObject({ outcome: "dropped", reason: "NOT_OURS" });
  });

  test("with only its conversation known is a report: the delivery is not guessed", async () => {
    const report = statusReport({ returned: ["Subject: x", "", ""], to: `chat+${reply}@company.example` });
    expect(await interpret(report, nullSender)).toMatchObject({ reason: "REPORT", conversationId });
  });

  test.each<[string, string, string]>([
    ["Exim", "exim.eml", "hard"],
    ["qmail", "qmail.eml", "hard"],
    ["a server with a full mailbox", "mailbox-full.eml", "soft"],
    ["a warning", "delay-warning.eml", "REPORT"],
    ["a server that reports nothing known", "nothing-reported.eml", "AUTO_REPLY"],
  ])("is recognised in the plain text of %s", async (_title, name, expected) => {
    const report = await interpret(readFixture(`bounces/${name}`), nullSender);
    if (expected === "hard" || expected === "soft") expect(report).toEqual(bounced({ bounce: expected }));
    else expect(report).toMatchObject({ outcome: "dropped", reason: expected, conversationId });
  });

  test("forwarded by a person with their own text is their message", async () => {
    const forwarded = readFixture("bounces/forwarded-by-a-person.eml");
    expect(await messageOf(forwarded)).toMatchObject({ text: "I got this from you?" });
  });

  test("is not reported by an out-of-office reply to the bounce address", async () => {
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
    ["abuse", [`Message-ID: ${sentMessageId}`, "", ""], []],
    ["fraud", [`Message-ID: ${sentMessageId}`, "", ""], []],
    ["abuse", ["Subject: redacted", "", ""], [`Original-Mail-From: <${bounceAddress}>`]],
  ])("of %s is matched by the returned email", async (kind, returned, more) => {
    expect(await interpret(feedback(kind, returned, ...more))).toMatchObject({
      events: [{ type: "complained", deliveryId, detail: `Reported as spam: ${kind}, Loop/1.0` }],
    });
  });

  test("of Microsoft, which only attaches the email, is recognised", async () => {
    const report = readFixture("complaints/microsoft.eml");
    expect(await interpret(report)).toMatchObject({ events: [{ type: "complained", deliveryId }] });
  });

  test("that is withdrawn changes nothing; nor does a read receipt", async () => {
    const notSpam = feedback("not-spam", [`Message-ID: ${sentMessageId}`, "", ""]);
    expect(await interpret(notSpam)).toMatchObject({ outcome: "dropped", reason: "REPORT", conversationId });
    const read = readFixture("bounces/read-receipt.eml");
    expect(await interpret(read)).toMatchObject({ reason: "REPORT", conversationId });
  });
});
