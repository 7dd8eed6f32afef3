import type { MessagePartsFragment } from "../api/operations.generated.js";
import type { Shown } from "../conversation/shown.js";
import type { Forwarding } from "../outlook/describe-outlook.js";

/** 14:06:50 on a day: what the clock of the states page says. */
export const now = new Date(2026, 10, 24, 14, 6, 50).getTime();
const today = (hours: number, minutes: number, seconds = 0) =>
  new Date(2026, 10, 24, hours, minutes, seconds).toISOString();
const yesterday = (hours: number, minutes: number) => new Date(2026, 10, 23, hours, minutes).toISOString();

const email = { id: "email", name: "Email", policy: "WHEN_AWAY" } as const;
const ana = {
  id: "visitor-1",
  name: "Ana",
  email: "ana@example.com",
  identified: true,
  online: false,
  leftAt: today(14, 6),
  timeZone: "Europe/Berlin",
  locale: "en",
  page: "/repairs/blue-tourer",
  optedOut: false,
  blockedAt: null,
  emailSource: "FORM",
  lastActivityAt: today(14, 6),
  addressProof: null,
  addresses: [],
  blockedBy: null,
  network: null,
} as const;

const triggers: Forwarding["triggers"] = [
  { trigger: "VISITOR_LEFT", dueAt: today(14, 11), since: today(14, 6), delaySeconds: 300 },
  { trigger: "INACTIVITY", dueAt: today(14, 37), since: today(14, 7), delaySeconds: 1800 },
  { trigger: "AGENTS_OFFLINE", dueAt: null, since: null, delaySeconds: 0 },
];

const waiting: Forwarding = {
  state: "WAITING",
  asOf: new Date(now).toISOString(),
  dueAt: today(14, 11),
  trigger: "VISITOR_LEFT",
  pendingReplies: 2,
  contextMessages: 4,
  settling: false,
  kind: "UNREAD_REPLIES",
  address: "ana@example.com",
  heldAt: null,
  heldBy: null,
  channel: email,
  refusal: null,
  triggers,
  suppression: null,
  delivery: null,
};
const blocked = (state: Forwarding["state"], change: Partial<Forwarding> = {}): Forwarding => ({
  ...waiting,
  state,
  dueAt: null,
  trigger: null,
  ...change,
});
const delivery = (change: Partial<NonNullable<Forwarding["delivery"]>>): Forwarding["delivery"] => ({
  id: "delivery-1",
  status: "FAILED",
  attempts: 1,
  dueAt: today(14, 11),
  nextAttemptAt: null,
  trigger: "VISITOR_LEFT",
  failure: null,
  ...change,
});

const message = (change: Partial<MessagePartsFragment>): MessagePartsFragment => ({
  id: "message",
  cursor: "cursor",
  text: "",
  sentAt: today(14, 7),
  read: false,
  editedAt: null,
  unsentAt: null,
  forwardedTo: null,
  forwardedAt: null,
  via: { id: "web", name: "Website" },
  author: { __typename: "Agent", id: "agent-1", name: "Ben" },
  attachments: [],
  sender: null,
  original: null,
  ...change,
});
const visitors = { __typename: "Visitor", name: "Ana" } as const;

export const messages: readonly MessagePartsFragment[] = [
  message({
    id: "1",
    text: "Hello Ana, it is on the stand. We will know more tomorrow.",
    sentAt: yesterday(17, 20),
    forwardedTo: "ana@example.com",
    forwardedAt: yesterday(17, 25),
  }),
  message({
    id: "2",
    text: "Lovely, thank you. No hurry!",
    sentAt: yesterday(19, 2),
    author: visitors,
    read: true,
    via: { id: "email", name: "Email" },
    sender: { verified: true, address: "ana@example.com", doubt: null, explanation: null },
    original: { url: "/original", contentType: "message/rfc822", sizeBytes: 2_000 },
  }),
  message({
    id: "3",
    text: "Good afternoon! Is my blue tourer ready?",
    sentAt: today(14, 1),
    author: visitors,
    read: true,
  }),
  message({
    id: "4",
    text: "And could you look at the rear light? It flickers.",
    sentAt: today(14, 1, 20),
    author: visitors,
    read: true,
    attachments: [
      { id: "file-1", name: "rear-light.jpg", contentType: "image/jpeg", sizeBytes: 1_258_291, url: "/file" },
    ],
  }),
  message({ id: "5", text: "Let me ask the workshop, one moment.", sentAt: today(14, 3), read: true }),
  message({ id: "6", text: "It is ready! New chain and brake pads, as we agreed.", sentAt: today(14, 6, 30) }),
  message({
    id: "7",
    text: "The rear light only had a loose contact: fixed, no charge. We are open until six.",
    sentAt: today(14, 6, 40),
  }),
];

const newest = messages.at(-1);

function conversation(forwarding: Forwarding, change: Partial<Shown> = {}): Shown {
  return {
    id: "conversation-1",
    status: "OPEN",
    lastActivityAt: today(14, 7),
    unreadByAgents: 0,
    unreadReplies: 2,
    optedOut: false,
    channel: { id: "web", name: "Website", policy: "LIVE" },
    assignee: { id: "agent-1", name: "Ben" },
    visitor: ana,
    lastMessage:
      newest === undefined ? null : { ...newest, author: { __typename: "Agent", id: "agent-1", name: "Ben" } },
    forwarding,
    startedAt: yesterday(17, 0),
    closedAt: null,
    replyWindowEndsAt: null,
    readByAgentsUpTo: null,
    ...change,
  };
}
const messenger = { id: "messenger", name: "Messenger", policy: "IMMEDIATE" } as const;
const mira = { id: "agent-2", name: "Mira" };

/** Every state of `Conversation.forwarding`, by the name that the design gives it. */
export const outlooks: readonly { readonly name: string; readonly conversation: Shown }[] = [
  { name: "WAITING · VISITOR_LEFT", conversation: conversation(waiting) },
  {
    name: "WAITING · INACTIVITY, visitor present",
    conversation: conversation(
      { ...waiting, trigger: "INACTIVITY", dueAt: today(14, 37) },
      { visitor: { ...ana, online: true, leftAt: null } },
    ),
  },
  {
    name: "WAITING · AGENTS_OFFLINE",
    conversation: conversation({
      ...waiting,
      trigger: "AGENTS_OFFLINE",
      dueAt: today(14, 7, 8),
      settling: true,
      triggers: [{ trigger: "AGENTS_OFFLINE", dueAt: today(14, 7, 8), since: null, delaySeconds: 0 }],
    }),
  },
  {
    name: "WAITING · FULL_TRANSCRIPT",
    conversation: conversation({ ...waiting, kind: "FULL_TRANSCRIPT", contextMessages: 12 }),
  },
  { name: "WAITING · NOTICE", conversation: conversation({ ...waiting, kind: "NOTICE", contextMessages: 0 }) },
  {
    name: "WAITING without dueAt",
    conversation: conversation({ ...waiting, dueAt: null, trigger: null, triggers: [] }),
  },
  {
    name: "ADDRESS_UNPROVEN",
    conversation: conversation({ ...waiting, state: "ADDRESS_UNPROVEN", dueAt: today(15, 2) }),
  },
  {
    name: "SENDING",
    conversation: conversation(blocked("SENDING", { delivery: delivery({ status: "SENDING", attempts: 1 }) })),
  },
  {
    name: "SENDING, queued again",
    conversation: conversation(
      blocked("SENDING", {
        delivery: delivery({
          status: "QUEUED",
          attempts: 1,
          nextAttemptAt: today(14, 8, 50),
          failure: { code: "RATE_LIMITED", detail: "451 4.7.1 Greylisted, please try again later" },
        }),
      }),
    ),
  },
  { name: "HELD", conversation: conversation(blocked("HELD", { heldAt: today(14, 6, 45), heldBy: mira })) },
  {
    name: "NO_ADDRESS",
    conversation: conversation(blocked("NO_ADDRESS", { address: null, channel: null }), {
      visitor: { ...ana, name: null, email: null, identified: false, emailSource: null },
    }),
  },
  {
    name: "ADDRESS_SUPPRESSED",
    conversation: conversation(
      blocked("ADDRESS_SUPPRESSED", {
        suppression: {
          address: "ana@example.com",
          channel: { id: "email" },
          reason: "HARD_BOUNCE",
          since: new Date(2026, 10, 12, 9, 0).toISOString(),
          detail: "no such mailbox",
        },
      }),
    ),
  },
  { name: "OPTED_OUT", conversation: conversation(blocked("OPTED_OUT"), { optedOut: true }) },
  { name: "CHANNEL_UNAVAILABLE", conversation: conversation(blocked("CHANNEL_UNAVAILABLE")) },
  {
    name: "UNCERTAIN",
    conversation: conversation(blocked("UNCERTAIN", { delivery: delivery({ status: "UNCERTAIN" }) })),
  },
  {
    name: "FAILED",
    conversation: conversation(
      blocked("FAILED", {
        delivery: delivery({
          failure: { code: "CONTENT_REJECTED", detail: "554 5.7.1 Message rejected due to content restrictions" },
        }),
      }),
    ),
  },
  { name: "DISABLED", conversation: conversation(blocked("DISABLED", { kind: null })) },
  {
    name: "BLOCKED",
    conversation: conversation(blocked("BLOCKED"), { visitor: { ...ana, blockedAt: today(14, 6), blockedBy: mira } }),
  },
  {
    name: "WAITING after a refusal of Messenger",
    conversation: conversation(
      { ...waiting, refusal: { code: "WINDOW_CLOSED", detail: null } },
      { channel: messenger, replyWindowEndsAt: yesterday(9, 41) },
    ),
  },
  {
    name: "NOTHING_PENDING",
    conversation: conversation(blocked("NOTHING_PENDING", { pendingReplies: 0, kind: null, triggers: [] }), {
      lastMessage: newest === undefined ? null : { ...newest, read: true },
    }),
  },
  {
    name: "NOTHING_PENDING, forwarded",
    conversation: conversation(blocked("NOTHING_PENDING", { pendingReplies: 0, kind: null, triggers: [] }), {
      lastMessage: newest === undefined ? null : { ...newest, forwardedTo: "ana@example.com" },
    }),
  },
  {
    name: "NOTHING_PENDING, on an IMMEDIATE channel",
    conversation: conversation(blocked("NOTHING_PENDING", { pendingReplies: 0, kind: null, triggers: [] }), {
      channel: messenger,
      replyWindowEndsAt: new Date(2026, 10, 25, 9, 41).toISOString(),
    }),
  },
];

export const waitingConversation = conversation(waiting);
