import { type ChatState, stopped } from "../../../web/client/chat-state.js";
import type { Message } from "../../../web/client/client.js";

let count = 0;

/** Of the visitor if `author` is null, otherwise of an agent with this name. */
export function message(author: string | null, sentAt: string, more: Partial<Message> = {}): Message {
  count += 1;
  return {
    id: String(count),
    cursor: String(count),
    clientMessageId: null,
    text: `Message ${count}`,
    sentAt,
    read: false,
    editedAt: null,
    unsentAt: null,
    forwardedTo: null,
    forwardedAt: null,
    via: { id: "web" },
    author: author === null ? { __typename: "Visitor", name: null } : { __typename: "Agent", name: author },
    attachments: [],
    ...more,
  };
}

/** A visitor without an address, who has asked something; nobody is online. */
export const asked: ChatState = {
  ...stopped,
  connection: "online",
  session: "NEW",
  visitor: { id: "visitor", name: null, email: null, identified: false, optedOut: false },
  contactForm: { current: "REQUIRED", agentsOnline: false },
  website: {
    company: "Harbour Bikes",
    greeting: null,
    accent: null,
    locale: null,
    here: [],
    repliesByEmail: true,
    maxMessageLength: 10_000,
    maxAttachments: 10,
    maxAttachmentBytes: 20_971_520,
  },
  whenAway: "NO_ADDRESS",
  open: {
    id: "conversation",
    messages: [message(null, "2026-11-30T14:00:00Z")],
    hasEarlier: false,
    isLoading: false,
    typing: null,
  },
};

export const known: ChatState = {
  ...asked,
  visitor: { id: "visitor", name: "Ana", email: "ana@example.com", identified: true, optedOut: false },
  contactForm: { current: "OFF", agentsOnline: false },
  whenAway: "EMAIL",
};
