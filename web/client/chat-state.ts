/** What a chat looks like now. Every change makes a new object; parts that have not changed stay the same objects. */
export interface ChatState {
  /**
   * `stopped` until `start` and after `stop`; `connecting` the first time and again after a cut; `online` once everything missed
   * was read; `offline` after an attempt to connect has failed.
   */
  readonly connection: "stopped" | "connecting" | "online" | "offline";
  /** Why no session begins, for example an identity that cannot be verified; null if nothing is wrong. It goes on trying. */
  readonly problem: ChatProblem | null;
  /** How the session began; null until it has. A GUEST came by the link in an email and sees one conversation only. */
  readonly session: "NEW" | "KEPT" | "JOINED" | "GUEST" | null;
  readonly visitor: ChatVisitor | null;
  readonly contactForm: ContactForm | null;
  /** Null until it has connected for the first time. */
  readonly website: Website | null;
  /** What may be promised about answers that come after the visitor has left; null until it is known. */
  readonly whenAway: WhenAway | null;
  /** Newest activity first. */
  readonly conversations: readonly Conversation[];
  readonly hasMoreConversations: boolean;
  /** Replies that the visitor has not read, in the conversations above. */
  readonly unread: number;
  /** The conversation on the screen; null when none is shown. */
  readonly open: OpenConversation | null;
  /** What was written and has not been acknowledged yet, oldest first. It is kept in the storage. */
  readonly outbox: readonly OutgoingMessage[];
  /** Files that were chosen and not sent yet. */
  readonly uploads: readonly Upload[];
}

export interface ChatVisitor {
  readonly id: string;
  readonly name: string | null;
  /** Masked for guests. */
  readonly email: string | null;
  /** Whether the visitor can be reached after leaving the website. */
  readonly identified: boolean;
  /** Whether the visitor asked for no more email. */
  readonly optedOut: boolean;
}

export interface ContactForm {
  /** Whether to ask for an email address now. REQUIRED: messages wait until it is given. */
  readonly current: "OFF" | "OPTIONAL" | "REQUIRED";
  readonly agentsOnline: boolean;
}

/** What the company tells its visitors, and what the chat accepts. */
export interface Website {
  readonly company: string;
  readonly greeting: string | null;
  /** A colour as #rrggbb; null: the frontend's own. */
  readonly accent: string | null;
  /** A BCP 47 tag, for visitors whose language is not supported; null: English. */
  readonly locale: string | null;
  /** Agents who are online, three at most. */
  readonly here: readonly { readonly id: string; readonly name: string }[];
  readonly repliesByEmail: boolean;
  readonly maxMessageLength: number;
  readonly maxAttachments: number;
  readonly maxAttachmentBytes: number;
}

/**
 * - `EMAIL`: answers are emailed to `visitor.email`.
 * - `NO_ADDRESS`: they would be, if an address were known.
 * - `OPTED_OUT`: the visitor wants no email.
 * - `UNREACHABLE`: emails to the address do not arrive.
 * - `CHAT_ONLY`: nothing is emailed.
 */
export type WhenAway = "CHAT_ONLY" | "EMAIL" | "NO_ADDRESS" | "OPTED_OUT" | "UNREACHABLE";

export interface Conversation {
  readonly id: string;
  readonly status: "OPEN" | "CLOSED";
  /** Whether the visitor asked for no more email about it. */
  readonly optedOut: boolean;
  /** ISO 8601, as all times. */
  readonly startedAt: string;
  readonly lastActivityAt: string;
  readonly unreadReplies: number;
  readonly assignee: { readonly id: string; readonly name: string; readonly online: boolean } | null;
  readonly lastMessage: Reply | null;
}

/** What is shown of a message in a list, or in a notification. */
export interface Reply {
  readonly id: string;
  readonly text: string;
  readonly sentAt: string;
  readonly author: Author;
  readonly attachments: readonly { readonly name: string }[];
}

export interface OpenConversation {
  /** Null for one that begins with the visitor's first message. */
  readonly id: string | null;
  /** Oldest first, without what is still in the outbox. */
  readonly messages: readonly Message[];
  /** Whether `loadEarlier` finds more. */
  readonly hasEarlier: boolean;
  readonly isLoading: boolean;
  /** Who is typing; null for nobody. */
  readonly typing: string | null;
}

export interface Author {
  /** `Bot` and `Agent` are the company's side. */
  readonly __typename: "Agent" | "Bot" | "Visitor";
  readonly name: string | null;
}

export interface Message {
  readonly id: string;
  readonly cursor: string;
  /** The visitor's own, as `send` returned it; null for those of others. */
  readonly clientMessageId: string | null;
  readonly text: string;
  readonly sentAt: string;
  /** Whether the other side has read it. */
  readonly read: boolean;
  readonly editedAt: string | null;
  /** When its author unsent it: it has no text any more. */
  readonly unsentAt: string | null;
  /** The address that a reply was forwarded to. */
  readonly forwardedTo: string | null;
  readonly forwardedAt: string | null;
  /** Where it was written: `web`, `email`, … */
  readonly via: { readonly id: string };
  readonly author: Author;
  readonly attachments: readonly Attachment[];
}

export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Valid for an hour. */
  readonly url: string;
}

export interface OutgoingMessage {
  readonly clientMessageId: string;
  /** Null for the newest open conversation, or a new one. */
  readonly conversationId: string | null;
  readonly text: string;
  readonly attachments: readonly { readonly id: string; readonly name: string }[];
  /** When it was written, by the clock of this device: ISO 8601. */
  readonly writtenAt: string;
  /**
   * - `waiting`: for the connection, or for the messages before it.
   * - `sending`: on its way; it is sent again until it is acknowledged, and stored once.
   * - `contact-form`: the server wants an email address first; it is sent after `submitContactForm`.
   * - `refused`: the server does not accept it, see `problem`. `editOutgoing` or `discardOutgoing`.
   */
  readonly status: "waiting" | "sending" | "contact-form" | "refused";
  /** Why it was refused; null otherwise. */
  readonly problem: ChatProblem | null;
}

/** What went wrong, as the server says it. */
export interface ChatProblem {
  /** A code of docs/api.md, such as BAD_USER_INPUT; or UNREACHABLE, when no answer came. */
  readonly code: string;
  /** English, for developers. */
  readonly message: string;
  /** The input that is wrong, such as `input.email`; null if it is none. */
  readonly field: string | null;
}

export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** 0 to 1; 0 or 1 where the platform does not tell. */
  readonly progress: number;
  /** `waiting` for the connection. */
  readonly status: "uploading" | "waiting" | "done" | "refused";
  readonly problem: UploadProblem | null;
}

export interface UploadProblem {
  /** `too-large`, `type`, `too-many` (wait, or send what is there), or `other`. */
  readonly reason: "too-large" | "type" | "too-many" | "other";
  readonly message: string;
}

export const stopped: ChatState = {
  connection: "stopped",
  problem: null,
  session: null,
  visitor: null,
  contactForm: null,
  website: null,
  whenAway: null,
  conversations: [],
  hasMoreConversations: false,
  unread: 0,
  open: null,
  outbox: [],
  uploads: [],
};
