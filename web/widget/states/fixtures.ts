import { signal } from "@preact/signals-core";
import { stopped } from "../../client/chat-state.js";
import type {
  ChatState,
  Conversation,
  Message,
  OpenConversation,
  OutgoingMessage,
  Upload,
} from "../../client/client.js";
import type { Widget } from "../widget.js";

export interface FixtureState {
  readonly name: string;
  readonly language?: "en" | "ar";
  readonly state: ChatState;
  readonly parts?: Partial<Widget>;
}

const at = (time: string, daysAgo = 0) => {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  const date = new Date();
  date.setDate(date.getDate() - daysAgo);
  date.setHours(hours, minutes, 0, 0);
  return date.toISOString();
};

let count = 0;
function message(author: string | null, text: string, sentAt: string, more: Partial<Message> = {}): Message {
  count += 1;
  return {
    id: `message-${count}`,
    cursor: String(count),
    clientMessageId: null,
    text,
    sentAt,
    read: false,
    editedAt: null,
    unsentAt: null,
    forwardedTo: null,
    forwardedAt: null,
    via: { id: "web" },
    author: author === null ? { __typename: "Visitor", name: "Ana" } : { __typename: "Agent", name: author },
    attachments: [],
    ...more,
  };
}

function open(messages: readonly Message[], more: Partial<OpenConversation> = {}): OpenConversation {
  return { id: "conversation-1", messages, hasEarlier: false, isLoading: false, typing: null, ...more };
}

function outgoing(text: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  count += 1;
  return {
    clientMessageId: `outgoing-${count}`,
    conversationId: "conversation-1",
    text,
    attachments: [],
    writtenAt: at("14:10"),
    status: "waiting",
    problem: null,
    ...more,
  };
}

function upload(name: string, more: Partial<Upload>): Upload {
  count += 1;
  return {
    id: `upload-${count}`,
    name,
    sizeBytes: 2_000_000,
    progress: 0,
    status: "uploading",
    problem: null,
    ...more,
  };
}

const conversation: Conversation = {
  id: "conversation-1",
  status: "OPEN",
  optedOut: false,
  startedAt: at("14:01"),
  lastActivityAt: at("14:07"),
  unreadReplies: 0,
  assignee: null,
  lastMessage: null,
};
const ben = { id: "agent-1", name: "Ben" };
const mira = { id: "agent-2", name: "Mira" };

const online: ChatState = {
  ...stopped,
  connection: "online",
  session: "KEPT",
  visitor: { id: "visitor-1", name: "Ana", email: "ana@example.com", identified: true, optedOut: false },
  contactForm: { current: "OFF", agentsOnline: true },
  website: {
    company: "Harbour Bikes",
    greeting: "Ask about a bike, a repair or a rental.",
    accent: null,
    locale: null,
    here: [ben],
    repliesByEmail: true,
    maxMessageLength: 10_000,
    maxAttachments: 10,
    maxAttachmentBytes: 20 * 1_048_576,
  },
  whenAway: "EMAIL",
  conversations: [conversation],
};
const nobodyHere = (state: ChatState): ChatState => ({
  ...state,
  contactForm: { current: state.contactForm?.current ?? "OFF", agentsOnline: false },
  website: state.website && { ...state.website, here: [] },
});
const unknown = { id: "visitor-1", name: null, email: null, identified: false, optedOut: false };

const question = [
  message(null, "Good afternoon! Is my blue tourer ready?", at("14:01"), { read: true }),
  message(null, "And could you look at the rear light? It flickers.", at("14:01"), { read: true }),
];
const answer = [
  message("Ben", "Let me ask the workshop, one moment.", at("14:03")),
  message("Ben", "It is ready! New chain and brake pads, as we agreed.", at("14:07")),
];
const evening = [
  message(null, "Good evening! Is my blue tourer ready?", at("20:41", 1)),
  message(null, "And could you look at the rear light? It flickers.", at("20:41", 1)),
];
const photo = { id: "file-1", name: "rear-light.jpg", contentType: "image/jpeg", sizeBytes: 1_258_000, url: "/" };

export const states: readonly FixtureState[] = [
  {
    name: "home",
    state: {
      ...online,
      website: online.website && { ...online.website, here: [ben, mira] },
      conversations: [
        { ...conversation, unreadReplies: 2, lastMessage: answer[1] ?? null },
        {
          ...conversation,
          id: "conversation-2",
          lastMessage: message("Mira", "The saddle for the red one has arrived.", at("11:20", 60)),
        },
      ],
      unread: 2,
      hasMoreConversations: true,
    },
  },
  {
    name: "home-nobody-here",
    state: nobodyHere({ ...online, visitor: unknown, whenAway: "NO_ADDRESS", conversations: [] }),
  },
  {
    name: "conversation",
    state: {
      ...online,
      open: open([...question, ...answer, message(null, "Great. Until when are you open?", at("14:08"))], {
        typing: "Ben",
        hasEarlier: true,
      }),
    },
  },
  {
    name: "form-required",
    state: nobodyHere({
      ...online,
      visitor: unknown,
      contactForm: { current: "REQUIRED", agentsOnline: false },
      whenAway: "NO_ADDRESS",
      conversations: [],
      open: open([], { id: null }),
      outbox: [outgoing("Is my blue tourer ready?", { conversationId: null, status: "contact-form" })],
    }),
  },
  {
    name: "form-optional",
    state: {
      ...online,
      visitor: unknown,
      contactForm: { current: "OPTIONAL", agentsOnline: true },
      whenAway: "NO_ADDRESS",
      open: open(question),
    },
  },
  { name: "away", state: nobodyHere({ ...online, open: open(evening) }) },
  {
    name: "away-opted-out",
    state: nobodyHere({
      ...online,
      visitor: online.visitor && { ...online.visitor, optedOut: true },
      whenAway: "OPTED_OUT",
      open: open(evening),
    }),
  },
  {
    name: "guest",
    state: {
      ...online,
      session: "GUEST",
      visitor: online.visitor && { ...online.visitor, email: "a***@example.com" },
      open: open([
        message(null, "Good evening! Is my blue tourer ready?", at("20:41", 1), { read: true }),
        message("Ben", "It is ready! New chain and brake pads, as we agreed.", at("20:50", 1), {
          forwardedTo: "a***@example.com",
          forwardedAt: at("20:56", 1),
        }),
        message(null, "Wonderful, I will come by at five.", at("9:20"), { via: { id: "email" } }),
        message("Ben", "See you then!", at("9:30")),
      ]),
    },
  },
  {
    name: "link-expired",
    parts: { linkExpired: signal(true) },
    state: { ...online, session: "NEW", visitor: unknown, conversations: [], open: open([], { id: null }) },
  },
  {
    name: "offline",
    state: nobodyHere({
      ...online,
      connection: "offline",
      open: open([...question.slice(0, 1), ...answer.slice(0, 1)]),
      outbox: [
        outgoing("Thank you!"),
        outgoing("One more thing: do you have it in green as well?"),
        outgoing("This one was too long for us to take…", {
          status: "refused",
          problem: { code: "BAD_USER_INPUT", message: "", field: "input.text" },
        }),
      ],
    }),
  },
  {
    name: "files",
    parts: { draft: signal("Here is the bill") },
    state: {
      ...online,
      open: open([
        message("Ben", "Could you send a photo of the light, and the bill?", at("14:01")),
        message(null, "", at("14:02"), { attachments: [photo] }),
      ]),
      uploads: [
        upload("bill-2026-10-the-blue-tourer-and-its-accessories.pdf", { progress: 0.64 }),
        upload("light.jpg", { status: "done", progress: 1 }),
        upload("ride.mov", { status: "refused", problem: { reason: "too-large", message: "" } }),
      ],
    },
  },
  {
    name: "closed",
    state: { ...online, conversations: [{ ...conversation, status: "CLOSED" }], open: open([...question, ...answer]) },
  },
  {
    name: "changed",
    state: {
      ...online,
      open: open([
        message("Ben", "It is ready since noon.", at("14:03"), { editedAt: at("14:04") }),
        message("Ben", "", at("14:30"), { unsentAt: at("14:31") }),
        message(
          null,
          "See https://example.com/a-very-long-address-that-does-not-fit-into-one-line, or ana@example.com",
          at("14:40"),
        ),
      ]),
    },
  },
  { name: "starting", parts: { isSettled: signal(false) }, state: { ...stopped, connection: "connecting" } },
  {
    name: "cannot-begin",
    parts: { isSettled: signal(false) },
    state: { ...stopped, connection: "offline", problem: { code: "BAD_USER_INPUT", message: "", field: null } },
  },
  {
    name: "peek",
    parts: {
      peek: signal({
        name: "Ben",
        text: "It is ready! New chain and brake pads, as we agreed. The rear light only had a loose contact.",
      }),
    },
    state: { ...online, unread: 1 },
  },
  {
    name: "arabic",
    language: "ar",
    state: nobodyHere({
      ...online,
      visitor: online.visitor && { ...online.visitor, email: "youssef@example.com" },
      open: open([
        message(null, "مساء الخير! هل دراجتي جاهزة؟", at("20:41")),
        message(null, "رقمها WBK-2210-884-K", at("20:41")),
      ]),
    }),
  },
];
