import { describe, expect, test } from "@jest/globals";
import type { Interpretation } from "afterchat/channel";
import {
  conversationId,
  deliveryId,
  hostWithConversation,
  interpret,
  mail,
  messageOf,
  multipart,
  ourMessageId,
  tokens,
} from "../interpret.js";

const { bounce, reply } = tokens(hostWithConversation());
const bounceAddress = `chat+${bounce}@company.example`;
const server = {
  From: "MAILER-DAEMON@mx.home.example",
  "In-Reply-To": null,
  Subject: "Undelivered Mail Returned to Sender",
};
const nobody = { envelope: { from: "" } } as const;

interface Status {
  readonly action?: string;
  readonly status?: string;
  readonly diagnostic?: string;
  readonly returned?: readonly string[];
  readonly to?: string;
}

/** A report as RFC 3464 has it; the returned mail names ours unless told otherwise. */
function statusReport({
  action = "failed",
  status = "5.1.1",
  diagnostic = "smtp; 550 5.1.1 User unknown",
  ...more
}: Status): string {
  const { type, lines } = multipart(
    "report; report-type=delivery-status",
    ["Content-Type: text/plain", "", "This is the mail system. I'm sorry to have to inform you."],
    [
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; mx.home.example",
      "",
      "Final-Recipient: rfc822; ana@home.example",
      `Action: ${action}`,
      ...(status === "" ? [] : [`Status: ${status}`]),
      ...(diagnostic === "" ? [] : [`Diagnostic-Code: ${diagnostic}`]),
    ],
    ["Content-Type: message/rfc822", "", ...(more.returned ?? [`Message-ID: ${ourMessageId}`, "", "It is ready."])],
  );
  const fields = { ...server, To: more.to ?? "chat@company.example", "Auto-Submitted": "auto-replied" };
  return mail({ ...fields, "Content-Type": type }, ...lines);
}

function bounced(expected: Record<string, unknown>): unknown {
  const failure = expect.objectContaining({ detail: expect.stringMatching(/^.{1,300}$/), ...expected });
  return { outcome: "events", events: [expect.objectContaining({ type: "bounced", deliveryId, failure })] };
}

describe("A mail that came back", () => {
  test.each<[string, Status, Record<string, string>]>([
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
    ["without a word", { status: "5.0.0", diagnostic: "" }, { bounce: "soft" }],
    ["without a status", { status: "", diagnostic: "smtp; 550 5.1.1 unknown" }, { bounce: "hard" }],
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

  test.each<[string, Record<string, string>, string[], Interpretation["outcome"] | string]>([
    [
      "Exim",
      {
        From: "Mail Delivery System <Mailer-Daemon@mx.home.example>",
        "X-Failed-Recipients": "ana@home.example",
        Subject: "Mail delivery failed: returning message to sender",
      },
      [
        "A message that you sent could not be delivered.",
        "",
        "  ana@home.example",
        "    Unrouteable address",
        "",
        "------ This is a copy of the message, including all the headers. ------",
        "",
        `Message-ID: ${ourMessageId}`,
        "Subject: spam policy blocked",
      ],
      "hard",
    ],
    [
      "qmail",
      { From: "MAILER-DAEMON@mx.home.example", Subject: "failure notice" },
      [
        "Hi. This is the qmail-send program at mx.home.example.",
        "I'm afraid I wasn't able to deliver your message.",
        "",
        "<ana@home.example>:",
        "Sorry, no mailbox here by that name. (#5.1.1)",
        "",
        "--- Below this line is a copy of the message.",
        "",
        `Message-Id: ${ourMessageId}`,
      ],
      "hard",
    ],
    [
      "a full mailbox, in words",
      { From: "postmaster@home.example", Subject: "Undeliverable: Your chat" },
      ["552 Mailbox is full", "", "Original message:", `> Message-ID: ${ourMessageId}`],
      "soft",
    ],
    [
      "a warning",
      {
        From: "Mailer-Daemon@mx.home.example",
        Subject: "Warning: message delayed 24 hours",
        "In-Reply-To": ourMessageId,
      },
      ["It has not yet been delivered."],
      "REPORT",
    ],
    [
      "a machine that reports nothing known",
      { From: "Mailer-Daemon@mx.home.example", Subject: "Hello", "In-Reply-To": ourMessageId },
      ["Hello."],
      "AUTO_REPLY",
    ],
  ])("is told in words by %s", async (_title, fields, lines, expected) => {
    const report = await interpret(mail({ ...server, To: "chat@company.example", ...fields }, ...lines), nobody);
    if (expected === "hard" || expected === "soft") expect(report).toEqual(bounced({ bounce: expected }));
    else expect(report).toMatchObject({ outcome: "dropped", reason: expected, conversationId });
  });

  test("was sent on by a person, who writes above it: their message", async () => {
    const { type, lines } = multipart(
      "mixed",
      ["Content-Type: text/plain", "", "I got this from you?"],
      ["Content-Type: message/delivery-status", "", "Reporting-MTA: dns; x", "", "Action: failed", "Status: 5.1.1"],
    );
    expect(await messageOf(mail({ "Content-Type": type }, ...lines))).toMatchObject({ text: "I got this from you?" });
  });

  test("its address gets an absence note: no bounce", async () => {
    const note = mail(
      { To: bounceAddress, "In-Reply-To": null, "Auto-Submitted": "auto-replied" },
      "User unknown? No, away.",
    );
    expect(await interpret(note)).toMatchObject({ outcome: "dropped", reason: "AUTO_REPLY", conversationId });
  });
});

describe("A complaint", () => {
  const feedback = (kind: string, returned: readonly string[], ...more: readonly string[]) => {
    const { type, lines } = multipart(
      "report; report-type=feedback-report",
      ["Content-Type: text/plain", "", "This is an email abuse report."],
      [
        "Content-Type: message/feedback-report",
        "",
        `Feedback-Type: ${kind}`,
        "User-Agent: Loop/1.0",
        "Version: 1",
        ...more,
      ],
      ["Content-Type: message/rfc822", "", ...returned],
    );
    return mail({ From: "fbl@provider.example", "In-Reply-To": null, "Content-Type": type }, ...lines);
  };

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
    const { type, lines } = multipart("mixed", [
      "Content-Type: message/rfc822",
      "",
      "X-HmXmrOriginalRecipient: ana@hotmail.example",
      `Message-ID: ${ourMessageId}`,
      "",
      "It is ready.",
    ]);
    const report = mail({ From: "staff@hotmail.com", "In-Reply-To": null, "Content-Type": type }, ...lines);
    expect(await interpret(report)).toMatchObject({ events: [{ type: "complained", deliveryId }] });
  });

  test("is taken back, which changes nothing; nor does a receipt for reading", async () => {
    const notSpam = feedback("not-spam", [`Message-ID: ${ourMessageId}`, "", ""]);
    expect(await interpret(notSpam)).toMatchObject({ outcome: "dropped", reason: "REPORT", conversationId });
    const { type, lines } = multipart(
      "report; report-type=disposition-notification",
      ["Content-Type: text/plain", "", "Your mail was read."],
      [
        "Content-Type: message/disposition-notification",
        "",
        `Original-Message-ID: ${ourMessageId}`,
        "Disposition: manual-action/MDN-sent-manually; displayed",
      ],
    );
    expect(await interpret(mail({ "Content-Type": type }, ...lines))).toMatchObject({
      reason: "REPORT",
      conversationId,
    });
  });
});
