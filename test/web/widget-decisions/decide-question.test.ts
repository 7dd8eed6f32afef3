import { describe, expect, test } from "@jest/globals";
import type { ChatState, OutgoingMessage } from "../../../web/client/client.js";
import { checkEmail } from "../../../web/widget/conversation/check-email.js";
import { decideQuestion, type Question } from "../../../web/widget/conversation/decide-question.js";
import { presenceLine } from "../../../web/widget/parts/presence-line.js";
import { asked, known, message } from "./fixtures.js";

const waiting: OutgoingMessage = {
  clientMessageId: "outgoing",
  conversationId: null,
  text: "Is my bike ready?",
  attachments: [],
  writtenAt: "2026-11-30T14:00:00Z",
  status: "contact-form",
  problem: null,
};
const nothingOpen: ChatState = { ...asked, open: null };
const nothingWritten: ChatState = { ...asked, open: asked.open && { ...asked.open, id: null, messages: [] } };
const answered: ChatState = {
  ...known,
  open: known.open && { ...known.open, messages: [...known.open.messages, message("Ben", "2026-11-30T14:05:00Z")] },
};
const optional: ChatState = { ...asked, contactForm: { current: "OPTIONAL", agentsOnline: true } };
const form = (more: object): Question =>
  ({ kind: "form", isNeeded: false, canDecline: false, nobodyHere: true, ...more }) as Question;

describe("Under the messages", () => {
  test.each<[string, ChatState, { wantsForm?: boolean; declinedForm?: boolean }, Question | null]>([
    ["nothing while no conversation is open", nothingOpen, {}, null],
    ["nothing before anything was written", nothingWritten, {}, null],
    [
      "the form, for a message that waits for it",
      { ...nothingWritten, outbox: [waiting] },
      {},
      form({ isNeeded: true }),
    ],
    ["the form, for a question that nobody could answer otherwise", asked, {}, form({})],
    [
      "the form, which may be declined, while somebody is here",
      optional,
      {},
      form({ canDecline: true, nobodyHere: false }),
    ],
    ["nothing once it was declined", optional, { declinedForm: true }, null],
    ["the form all the same where it is required", asked, { declinedForm: true }, form({})],
    [
      "nothing where no email would be sent",
      { ...asked, website: asked.website && { ...asked.website, repliesByEmail: false } },
      {},
      null,
    ],
    ["where the answer goes", known, {}, { kind: "email", address: "ana@example.com", canChange: true }],
    ["the form, to change the address", known, { wantsForm: true }, form({ canDecline: true })],
    [
      "where the answer goes, which a guest cannot change",
      { ...known, session: "GUEST" },
      { wantsForm: true },
      { kind: "email", address: "ana@example.com", canChange: false },
    ],
    ["nothing while somebody is here", { ...known, contactForm: { current: "OFF", agentsOnline: true } }, {}, null],
    ["nothing after an answer", answered, {}, null],
    ["no promise where the address does not work", { ...known, whenAway: "UNREACHABLE" }, {}, null],
    ["no promise where answers stay in the chat", { ...known, whenAway: "CHAT_ONLY" }, {}, null],
    ["that answers wait here, for who wants no email", { ...known, whenAway: "OPTED_OUT" }, {}, { kind: "opted-out" }],
  ])("%s", (_what, state, { wantsForm = false, declinedForm = false }, expected) => {
    expect(decideQuestion({ state, wantsForm, declinedForm })).toEqual(expected);
  });
});

describe("The line under the company's name says", () => {
  const here = (...names: string[]): ChatState => ({
    ...known,
    website: known.website && { ...known.website, here: names.map((name) => ({ id: name, name })) },
  });
  test.each<[string, ChatState, ReturnType<typeof presenceLine>]>([
    ["nothing before it is known", { ...known, website: null }, null],
    ["that it connects again", { ...here("Ben"), connection: "offline" }, { kind: "connecting" }],
    ["who is here, two at most", here("Ben", "Mira", "Ada"), { kind: "areHere", names: ["Ben", "Mira"] }],
    ["that answers come by email", known, { kind: "awayByEmail" }],
    ["that nobody is here, without an address", asked, { kind: "nobodyHere" }],
    ["to come back, where nothing is emailed", { ...known, whenAway: "CHAT_ONLY" }, { kind: "awayChatOnly" }],
    ["to come back, for who wants no email", { ...known, whenAway: "OPTED_OUT" }, { kind: "awayChatOnly" }],
  ])("%s", (_what, state, expected) => {
    expect(presenceLine(state)).toEqual(expected);
  });

  test("the one whom the conversation is assigned to, before others", () => {
    const assignee = { id: "Mira", name: "Mira", online: true };
    const conversation = {
      id: "conversation",
      status: "OPEN",
      optedOut: false,
      unreadReplies: 0,
      lastMessage: null,
    } as const;
    const times = { startedAt: "2026-11-30T14:00:00Z", lastActivityAt: "2026-11-30T14:00:00Z" };
    const state = { ...here("Ben"), conversations: [{ ...conversation, ...times, assignee }] };
    expect(presenceLine(state)).toEqual({ kind: "areHere", names: ["Mira"] });
  });
});

test.each([
  ["", "missing"],
  ["ana", "unfinished"],
  ["ana@example", "unfinished"],
  ["ana@.com", "unfinished"],
  ["ana@example.", "unfinished"],
  ["ana b@example.com", "unfinished"],
  ["@example.com", "unfinished"],
  [`${"a".repeat(250)}@b.de`, "unfinished"],
  ["ana@example.com", null],
  ["a@b@example.com", null],
])("An address %j is %p at first sight", (address, fault) => {
  expect(checkEmail(address)).toBe(fault);
});
