import { describe, expect, test } from "@jest/globals";
import { describeChip } from "../../../web/console/inbox/describe-chip.js";
import { describeOutlook, type OutlookPart, speakOutlook } from "../../../web/console/outlook/describe-outlook.js";
import { now, outlooks } from "../../../web/console/states/fixtures.js";

function shown(name: string) {
  const found = outlooks.find((one) => one.name === name);
  if (found === undefined) throw new Error(`No state ${name}`);
  const { visitor, channel, forwarding, lastMessage, replyWindowEndsAt } = found.conversation;
  const context = { visitor, channel, lastMessage, replyWindowEndsAt, isAdmin: true, now };
  const health = { status: "PAUSED", detail: "The mail server refused our password." };
  return { outlook: describeOutlook(forwarding, { ...context, health }), chip: describeChip(found.conversation, now) };
}

const words = (part: OutlookPart): string =>
  typeof part === "string" ? part : "address" in part ? part.address : "due" in part ? "(due)" : `[${part.action}]`;
const line = (parts: readonly OutlookPart[], between: string) =>
  parts
    .map(words)
    .join(between)
    .replaceAll("\u00a0", " ")
    .replace(/\d\d:\d\d( [AP]M)?/g, "0:00");

// By name: line 1, line 2, tone, buttons, the row's chip.
const table: readonly (readonly [string, string, string, string, string, string])[] = [
  [
    "WAITING · VISITOR_LEFT",
    "Goes to ana@example.com (due) unless read",
    "Visitor left at 0:00 · 2 replies · [preview]",
    "way",
    "send-now hold",
    "Emails in 5 min",
  ],
  [
    "WAITING · INACTIVITY, visitor present",
    "Goes to ana@example.com (due) unless read",
    "No activity since 0:00, the page is open · 2 replies · [preview]",
    "way",
    "send-now hold",
    "Emails at 0:00",
  ],
  [
    "WAITING · AGENTS_OFFLINE",
    "Goes to ana@example.com (due) unless read",
    "No agent is online · waits for one more reply to go along",
    "way",
    "send-now hold",
    "Emails in 1 min",
  ],
  [
    "WAITING · FULL_TRANSCRIPT",
    "The transcript goes to ana@example.com (due)",
    "Visitor left at 0:00 · 14 messages, read or not · [preview]",
    "way",
    "send-now hold",
    "Emails in 5 min",
  ],
  [
    "WAITING without dueAt",
    "Not sent by itself: the newest reply is older than 7 days",
    "2 replies to ana@example.com",
    "idle",
    "send-now",
    "Not sent by itself",
  ],
  ["SENDING", "Sending 2 replies to ana@example.com", "Visitor left at 0:00 · due at 0:00", "way", "", "Sending"],
  [
    "SENDING, queued again",
    "Not sent yet: the mail server asked to wait. Next try (due)",
    "To ana@example.com · attempt 2 · due at 0:00 · [what-it-said]",
    "look",
    "try-now hold",
    "Queued again",
  ],
  [
    "HELD",
    "Held: 2 replies stay here until you release them",
    "Held by Mira at 0:00 · they can still be read in the chat",
    "held",
    "send-now release",
    "Held by Mira",
  ],
  [
    "NO_ADDRESS",
    "No address: 2 replies cannot be emailed",
    "They wait in the chat until the visitor returns in this browser",
    "look",
    "add-address",
    "No address",
  ],
  [
    "ADDRESS_SUPPRESSED",
    "ana@example.com bounced: nothing is sent there",
    "12 November: “no such mailbox” · 2 replies wait in the chat",
    "bad",
    "new-address lift",
    "Address bounced",
  ],
  [
    "OPTED_OUT",
    "Ana wants no email about this conversation",
    "2 replies wait in the chat · only the visitor can change this",
    "idle",
    "",
    "Wants no email",
  ],
  [
    "CHANNEL_UNAVAILABLE",
    "Email is paused: 2 replies wait until it works again",
    "The mail server refused our password · nothing is lost",
    "bad",
    "open-channels",
    "Email is paused",
  ],
  [
    "UNCERTAIN",
    "Unclear if 2 replies reached ana@example.com",
    "No answer came back · sent again, they could arrive twice",
    "look",
    "it-arrived send-again",
    "Unclear if sent",
  ],
  [
    "FAILED",
    "2 replies were not sent to ana@example.com",
    "The mail server refused this message as spam · [what-it-said]",
    "bad",
    "try-again",
    "Not sent",
  ],
  [
    "DISABLED",
    "Replies are not emailed",
    "The preference is “Do not send anything” · 2 replies wait in the chat · [preferences]",
    "idle",
    "",
    "Not emailed",
  ],
  [
    "WAITING after a refusal of Messenger",
    "Goes by email to ana@example.com (due)",
    "Messenger’s time for answers ended yesterday, 0:00",
    "way",
    "send-now hold",
    "Emails in 5 min",
  ],
  ["NOTHING_PENDING", "Nothing waits. Ana has read every reply.", "", "rest", "", "Read"],
  ["NOTHING_PENDING, forwarded", "Nothing waits. Forwarded to ana@example.com.", "", "rest", "", "Forwarded"],
  [
    "NOTHING_PENDING, on an IMMEDIATE channel",
    "Goes to Messenger at once. Messenger takes answers until tomorrow, 0:00.",
    "",
    "rest",
    "",
    "",
  ],
];

describe("What agents read of", () => {
  test.each(table)("%s", (name, first, second, tone, buttons, chipWords) => {
    const { outlook, chip } = shown(name);
    const months = (text: string) => text.replace("November 12", "12 November");
    expect(line(outlook.text, " ")).toBe(first);
    expect(months(line(outlook.why, " · "))).toBe(second);
    expect(outlook.tone).toBe(tone);
    expect(outlook.buttons.join(" ")).toBe(buttons);
    expect((chip?.words ?? "").replace(/\d\d:\d\d( [AP]M)?/g, "0:00")).toBe(chipWords);
  });

  test("every state has a line, and at most two buttons", () => {
    for (const { name } of outlooks) {
      const { outlook } = shown(name);
      expect([name, outlook.text.length > 0, outlook.buttons.length <= 2]).toEqual([name, true, true]);
      expect(speakOutlook(outlook)).not.toMatch(/undefined|null|NaN/);
    }
  });

  test("a countdown is spoken as a clock time", () => {
    expect(speakOutlook(shown("WAITING · VISITOR_LEFT").outlook)).toMatch(
      /^Goes to ana@example\.com at \d\d:\d\d.* unless read/,
    );
  });
});
