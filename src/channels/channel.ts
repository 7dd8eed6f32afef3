/**
 * The plugin contract: all that a channel imports. Import it as `afterchat/channel`.
 *
 * A channel is a way to a visitor. It says what it can do (`supports`), checks its settings (`configure`) and, once
 * connected, hands deliveries over (`deliver`). It classifies results; Afterchat schedules, retries and records.
 */
import type { Readable } from "node:stream";
import type { ZodType } from "zod";
import type { Json } from "../json.js";
import type { Logger } from "../logger.js";
import type { Environment } from "../settings-error.js";

export type { Json } from "../json.js";
export type { Logger } from "../logger.js";
export { type Environment, SettingsError, type SettingsFault } from "../settings-error.js";

export interface ChannelPlugin<Config = unknown, Address = unknown> {
  /** Stored with conversations and used in URLs: lower-case letters, digits and hyphens, and never renamed. */
  readonly id: string;
  /** Shown to people. */
  readonly name: string;
  /** `immediate`: replies are pushed as soon as they are written. `when-away`: once the visitor is away. */
  readonly policy: "immediate" | "when-away";
  readonly supports: Supports;
  /** What is stored to reach a visitor. */
  readonly address: ZodType<Address>;
  /**
   * Reads the channel's own settings. `undefined` only when none of its variables is set: the channel is then listed
   * as NOT_CONFIGURED.
   * @throws {SettingsError} naming every fault; the program does not start.
   */
  configure(environment: Environment): Config | undefined;
  /** The address as agents read it in "(forwarded to …)"; never a bare id of the vendor's. */
  describeAddress(address: Address): string;
  connect(config: Config, host: ChannelHost): Promise<ChannelConnection<Address>>;
}

/** Declared differences between channels. The contract kit tests what is declared, absences included. */
export interface Supports {
  /** What visitors write through this channel arrives by `host.receive`. */
  readonly replies: boolean;
  /** The vendor confirms deliveries or reading, by `host.receive`. */
  readonly receipts: boolean;
  /** A repeated send is recognised as the same by the receiving side (email: same Message-ID). */
  readonly idempotentSend: boolean;
  /** Characters of one text; `null` when there is no limit. The plugin splits longer texts itself. */
  readonly maxTextLength: number | null;
  /** Hours after the visitor's last message in which a reply may be sent; `null` when there is no limit. */
  readonly replyWindowHours: number | null;
}

export interface ChannelConnection<Address = unknown> {
  /**
   * Tries once to hand a delivery over and classifies what happened. Never throws and never loops: a throw counts as
   * `uncertain` and is the plugin's bug. Stops when `signal` aborts.
   */
  deliver(outbound: Outbound<Address>, signal: AbortSignal): Promise<DeliveryResult>;
  /** How many deliveries it is handed at the same time by one process; 10 when it does not say. */
  readonly sendsAtOnce?: number;
  /** GET and POST of `/webhooks/<id>`. The body is raw; answer 2xx only after `host.receive` has resolved. */
  handleWebhook?(request: Request): Promise<Response>;
  /**
   * More webhooks by path under `/webhooks/<id>/`, with patterns as `routes` has them: for vendors that post each in their
   * own way. The body is raw here too, and bounded by `webhookBodyLimitBytes`.
   */
  readonly webhooks?: Readonly<Record<string, RouteHandler>>;
  /** The largest body of a webhook, in bytes; 1 MiB when left out. Larger ones are answered with 413. */
  readonly webhookBodyLimitBytes?: number;
  /**
   * Pages of its own by path under `/channels/<id>/`, such as `mailbox` or `mailbox/:mail`; `:name` matches one
   * segment. The matched segments come as `parameters`.
   */
  readonly routes?: Readonly<Record<string, RouteHandler>>;
  /** First path segments that are also served at the root: `["mailbox"]` answers `/mailbox` and `/mailbox/…` too. */
  readonly shortRoutes?: readonly string[];
  /** Lines for the operator, printed when the program has started: where a page is, which key opens it. */
  readonly startNotes?: readonly string[];
  /**
   * Says what an original that `host.keep` took means. Afterchat calls it soon after, and again after a crash or a throw,
   * with growing pauses; after some attempts the original stands as FAILED, shown to admins. It changes nothing itself:
   * reading (`host.findConversation`, DNS) is fine, the returned events are applied with the outcome in one transaction.
   * Needed where `host.keep` is used. Stops when `signal` aborts.
   */
  interpret?(original: KeptOriginal, signal: AbortSignal): Promise<Interpretation>;
  /** Asks the vendor whether sending would work, without sending anything. */
  checkHealth(signal: AbortSignal): Promise<ChannelHealth>;
  /** Ends every connection and timer. */
  close(): Promise<void>;
}

export type RouteHandler = (request: Request, parameters: Readonly<Record<string, string>>) => Promise<Response>;

export type ChannelHealth =
  | { readonly ok: true; readonly detail?: string }
  /** CREDENTIALS_INVALID pauses the channel until a later check is ok; anything else is shown and retried. */
  | { readonly ok: false; readonly failure: Failure };

/** What is to be sent, complete: a plugin needs no database. */
export interface Outbound<Address = unknown> {
  readonly deliveryId: string;
  /** Random and the same in every attempt of this delivery: build the vendor's message id from it. 16 characters of base32. */
  readonly reference: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly address: Address;
  readonly kind: "unread-replies" | "full-transcript" | "direct";
  /** In the order they were written; `pending` are the replies being delivered, `context` is what makes them understood. */
  readonly messages: readonly OutboundMessage[];
  /** Earlier messages of the conversation that do not travel with this delivery. */
  readonly earlierMessages: number;
  readonly conversation: {
    readonly id: string;
    readonly startedAt: Date;
  };
  readonly visitor: {
    readonly id: string;
    readonly name: string | null;
    /** BCP 47. */
    readonly locale: string | null;
    /** IANA name. */
    readonly timeZone: string | null;
  };
  readonly company: {
    readonly name: string;
    /** BCP 47: the language for a visitor whose own is not known, or not spoken here. */
    readonly locale: string | null;
  };
  readonly links: {
    /** The website with the chat, opened at this conversation; good for 30 days. */
    readonly conversation: string;
  };
  /** Earlier accepted deliveries of this conversation through this channel, oldest first, 10 at most. */
  readonly thread: readonly Acceptance[];
  /** The visitor's newest message through this channel; `null` before any. */
  readonly lastInbound: { readonly externalId: string; readonly at: Date } | null;
  /** What `saveProgress` stored in an earlier attempt; `null` before. */
  readonly progress: Json;
  /** Commits how far this delivery came before the next request is made; a retry starts from it. */
  saveProgress(progress: Json): Promise<void>;
}

export interface OutboundMessage {
  readonly role: "pending" | "context";
  readonly author: { readonly kind: "visitor" | "agent" | "bot"; readonly name: string | null };
  /** May be empty beside attachments. */
  readonly text: string;
  readonly sentAt: Date;
  /** In the order of the message; 10 at most. */
  readonly attachments: readonly OutboundAttachment[];
}

/** A file that came with a message. */
export interface OutboundAttachment {
  readonly id: string;
  /** Fit to be shown, and to name a file: no path, no controls. */
  readonly name: string;
  /** By its content. */
  readonly contentType: string;
  /** 20 MB at most. */
  readonly sizeBytes: number;
  /** Downloads it, for whoever has the link; good for 30 days. */
  readonly url: string;
  /** Its content; `null` when it has been removed meanwhile. Rejects when it cannot be read now. */
  open(): Promise<Readable | null>;
}

export interface Acceptance {
  readonly reference: string;
  readonly externalIds: readonly string[];
  readonly thread: Json;
}

export type FailureCode =
  | "ADDRESS_INVALID"
  | "OPTED_OUT"
  | "WINDOW_CLOSED"
  | "CONTENT_REJECTED"
  | "CREDENTIALS_INVALID"
  | "RATE_LIMITED"
  | "UNAVAILABLE"
  | "TIMED_OUT"
  | "UNKNOWN";

export interface Failure {
  readonly code: FailureCode;
  /** For agents and operators: what the vendor said. Never a secret. */
  readonly detail: string;
  /** `hard` suppresses the address at once, `soft` after five in a row. Left out: says nothing of the address. */
  readonly bounce?: "hard" | "soft";
}

export type DeliveryResult =
  /** Handed over. `thread` comes back in `Outbound.thread` of later deliveries. */
  | { readonly outcome: "accepted"; readonly externalIds: readonly string[]; readonly thread?: Json }
  /** Nothing was sent beyond `progress`; worth trying again, not before `afterMs` when given. */
  | { readonly outcome: "retry"; readonly failure: Failure; readonly afterMs?: number }
  /** Never will be sent. */
  | { readonly outcome: "rejected"; readonly failure: Failure }
  /** May have been sent. */
  | { readonly outcome: "uncertain"; readonly failure: Failure };

/** What a channel tells Afterchat. `externalId` makes an event unique within its channel; repetitions are ignored. */
export type InboundEvent =
  | InboundMessage
  | InboundReply
  /**
   * A delivery comes back to us as sent (an echo), before or after the vendor's answer: one of unknown outcome, or not yet
   * answered, is SENT. Only with the last message of a delivery that is sent in several. `messageId`: as in `externalIds`.
   */
  | {
      readonly type: "sent";
      readonly externalId: string;
      readonly at: Date;
      readonly deliveryId: string;
      readonly messageId: string;
    }
  /** The vendor confirmed that something arrived, or that the visitor has read it and everything before it. */
  | ({ readonly type: "delivered" | "read"; readonly externalId: string; readonly at: Date } & SentPointer)
  /** A message that came in has another text by now. */
  | {
      readonly type: "edited";
      readonly externalId: string;
      readonly at: Date;
      readonly messageId: string;
      readonly text: string;
    }
  /** A message that came in was taken back: nothing of it is kept but that it was there. */
  | { readonly type: "unsent"; readonly externalId: string; readonly at: Date; readonly messageId: string }
  /** Files of a message that came in before them, because fetching them takes time and may fail. */
  | {
      readonly type: "attached";
      readonly externalId: string;
      readonly at: Date;
      readonly messageId: string;
      readonly attachments: readonly InboundAttachment[];
      /** What could not be had, and why, in words that follow "because": named in the message's text. */
      readonly missing?: readonly { readonly name: string; readonly why: string }[];
    }
  /** Who a visitor is, as the vendor says. A name or locale that is known already stays. */
  | {
      readonly type: "profile";
      readonly externalId: string;
      readonly at: Date;
      readonly address: Json;
      readonly name?: string;
      readonly locale?: string;
      /** The same address with what was learnt, where that is part of it: stored in its place. */
      readonly addressNow?: Json;
    }
  /** What was sent came back: the delivery is BOUNCED, and `failure.bounce` says what that means for the address. */
  | ({
      readonly type: "bounced";
      readonly externalId: string;
      readonly at: Date;
      readonly failure: Failure;
    } & DeliveryPointer)
  /** The visitor reported a delivery as unwanted ("this is spam"): it arrived, and its address gets no more. */
  | ({
      readonly type: "complained";
      readonly externalId: string;
      readonly at: Date;
      /** For agents and operators: who reported it. Never a secret. */
      readonly detail: string;
    } & DeliveryPointer)
  /** The visitor wants no more email, or wants it again. What is queued for them is cancelled; agents see why. */
  | {
      readonly type: "opted-out";
      readonly externalId: string;
      readonly at: Date;
      readonly conversationId: string;
      /** `conversation`: this one only. `visitor`: all of whoever writes in it. */
      readonly scope: OptOutScope;
      /** False: takes it back. */
      readonly optedOut: boolean;
    };

/**
 * Which delivery is meant: by one of the `externalIds` with which it was accepted, or by `Outbound.deliveryId`, which a
 * plugin signs into an address of its own. The latter also finds a delivery whose result was never heard.
 */
export type DeliveryPointer = { readonly messageId: string } | { readonly deliveryId: string };

/**
 * What was sent is named by one of the `externalIds` of an accepted delivery (or of an `InboundReply`), or it is all that
 * went to an address up to a moment (a watermark). What names a message that is not known yet takes effect once it is.
 */
export type SentPointer =
  | { readonly messageId: string }
  | {
      readonly address: Json;
      /** By the vendor's clock. */
      readonly upTo: Date;
    };

/**
 * Something the company wrote to the visitor without Afterchat, in the vendor's own inbox: an agent's message from outside.
 * A vendor that echoes what Afterchat sent without saying so may report that here too: what an open delivery of the
 * conversation carries, word for word, is recognised as sent.
 */
export interface InboundReply {
  readonly type: "reply";
  readonly externalId: string;
  readonly at: Date;
  /** Whom it was written to. */
  readonly address: Json;
  /** May be empty beside files, which come as `attached`. */
  readonly text: string;
}

/** Something the visitor wrote, or somebody who has what was sent to the visitor. */
export interface InboundMessage {
  readonly type: "message";
  readonly externalId: string;
  /** When it reached the first server that the operator trusts; never what the writer's own clock says. Reply windows count from here. */
  readonly at: Date;
  /** Who wrote, as `ChannelPlugin.address` describes it; may be left out beside `conversationId`. */
  readonly address?: Json;
  /**
   * The conversation it belongs to, when the channel knows: nothing else is asked then, and none begins. Otherwise the
   * address's newest, or a new one.
   */
  readonly conversationId?: string;
  /** May be empty beside an attachment. Longer than 50,000 characters, it is cut, and says so. */
  readonly text: string;
  readonly name?: string;
  readonly locale?: string;
  /**
   * The messages of ours that it answers, the one meant most first (email: In-Reply-To, then References from the newest to
   * the oldest). The first that is known counts as read, with all before it. None known, beside `conversationId`: the
   * newest that was sent before `at`. Names that are not ours do no harm.
   */
  readonly answers?: readonly DeliveryName[];
  /** Where a sender can be forged. It never changes who the visitor is; left out: whoever the vendor authenticated. */
  readonly sender?: InboundSender;
  /** In the order they are shown; 10 are kept, of 20 MB each, and no programs. What is not is named in the message's text. */
  readonly attachments?: readonly InboundAttachment[];
}

/** How a message names one of ours. */
export interface DeliveryName {
  /** One of the `externalIds` with which a delivery was accepted (email: a Message-ID). */
  readonly externalId: string;
  /** The `Outbound.reference` it was built from, if it can be told: also finds a delivery whose result was never heard. */
  readonly reference?: string;
}

export interface InboundSender {
  /** As the message says it (email: the address in From); empty when it says none. */
  readonly address: string;
  /** Proven to be sent by that address's own domain (email: DMARC passes, or SPF or DKIM in alignment). */
  readonly authenticated: boolean;
  /** For agents: what the proof, or its failure, was. */
  readonly detail?: string;
}

export interface InboundAttachment {
  /** As the message says it, untouched: Afterchat makes it harmless. Null when it says none. */
  readonly name: string | null;
  /** As the message says it; the content decides. */
  readonly contentType: string | null;
  readonly content: Uint8Array;
}

/** What a channel received, whole, before anybody has tried to understand it: a raw mail. */
export interface Original {
  /**
   * Unique within the channel, 1 to 1,000 characters: the same mail, at once or by two ways in, has the same (email: a
   * hash over the Message-ID and what else tells two mails apart, or over the whole content).
   */
  readonly key: string;
  /** At most `maxOriginalBytes`. */
  readonly content: Uint8Array;
  /** `message/rfc822` for a mail: under this type people download it. */
  readonly contentType: string;
  /** What came beside the content and is needed to understand it (email: sender and recipients of the envelope). */
  readonly envelope: Json;
  /** What admins see of it in a list, whatever becomes of it. Cut where it is long. */
  readonly summary: OriginalSummary;
}

export interface OriginalSummary {
  readonly from: string | null;
  readonly to: readonly string[];
  readonly subject: string | null;
}

/** 25 MB: what a mail may have nearly everywhere. A way in refuses more before it takes it. */
export const maxOriginalBytes = 25 * 1024 * 1024;

/** An original as it was kept. */
export interface KeptOriginal extends Original {
  readonly id: string;
  readonly receivedAt: Date;
  /** 1 for the first attempt to interpret it. */
  readonly attempt: number;
}

export type Interpretation =
  | { readonly outcome: "events"; readonly events: readonly InboundEvent[] }
  /** Means nothing that Afterchat should do; admins see the reason. */
  | {
      readonly outcome: "dropped";
      readonly reason: DropReason;
      /** For admins, in a sentence: what showed it. */
      readonly detail?: string;
      /** The conversation it concerns, if known: what is kept of it is erased with that conversation's visitor. */
      readonly conversationId?: string;
    };

/** Why an original became nothing. */
export const dropReasons = [
  /** A machine answered: an absence note, a confirmation of receipt. */
  "AUTO_REPLY",
  /** Sent to many: a mailing list, Precedence bulk or junk. */
  "LIST_MAIL",
  /** What Afterchat itself, or the company, had sent. */
  "OWN_MAIL",
  /** A report that says nothing new: still being tried, relayed, opened. */
  "REPORT",
  /** It belongs to no conversation: no token, a forged one, and nothing of ours that it answers. */
  "NOT_OURS",
  /** Its visitor was erased; nothing of it is kept. */
  "ERASED",
  /** So many came for one conversation within an hour that two machines seem to answer each other. */
  "BREAKER",
  /** Another original has brought the same message. */
  "REPEATED",
  /** Its writer took it back; nothing of it is kept. */
  "UNSENT",
  /** It cannot be read: damaged, or built to exhaust who reads it. */
  "UNREADABLE",
] as const;

export type DropReason = (typeof dropReasons)[number];

/** How a channel knows a conversation. */
export type ConversationKey =
  | { readonly conversationId: string }
  | { readonly deliveryId: string }
  /** The first of them that is known. */
  | { readonly names: readonly DeliveryName[] };

export interface FoundConversation {
  readonly id: string;
  /** Its visitor was erased: what comes for it is refused. */
  readonly erased: boolean;
  /** The delivery by which it was found; null by `conversationId`. */
  readonly deliveryId: string | null;
}

export type OptOutScope = "conversation" | "visitor";

/** What the visitor of a conversation wants no more email about. */
export interface OptOutState {
  readonly conversation: boolean;
  readonly visitor: boolean;
  /** The visitor's, BCP 47, for words to them; null when it is not known. */
  readonly locale: string | null;
  /** Nothing is sent to them any more, and nothing can be changed. */
  readonly erased: boolean;
}

/** The length of `ChannelHost.sign` for a UUID: what a plugin that builds addresses from tokens can count on. */
export const signedIdLength = 47;

export interface ChannelHost {
  /** Resolves once every event is stored; only then acknowledge to the vendor. Rejects when it could not be stored. */
  receive(events: readonly InboundEvent[]): Promise<void>;
  /**
   * Keeps an original. Resolves once it is stored for good: only then acknowledge; a key that is kept already is `known`,
   * and acknowledged as well. Rejects when it could not be stored: then refuse for now, so that it comes again. What it
   * means is asked afterwards, by `ChannelConnection.interpret`.
   * @throws {TypeError} when it can never be kept: over `maxOriginalBytes`, or not an `Original`
   */
  keep(original: Original): Promise<{ readonly id: string; readonly outcome: "kept" | "known" }>;
  /** The conversation that something from outside means; null when there is none. Ids may be anything that came in. */
  findConversation(by: ConversationKey): Promise<FoundConversation | null>;
  /** What an `opted-out` event would change; null when there is no such conversation. */
  findOptOut(conversationId: string): Promise<OptOutState | null>;
  /** A short token (lower-case base32) for `id`, valid for this purpose only. `signedIdLength` characters for a UUID. */
  sign(purpose: string, id: string): string;
  /** The id that `sign` was given, or `null` when the token is forged, damaged or of another purpose. Any letter case. */
  verify(purpose: string, token: string): string | null;
  readonly store: ChannelStore;
  /** Where visitors and webhooks reach this server. */
  readonly publicUrl: URL;
  /** As in `Outbound`. */
  readonly company: { readonly name: string; readonly locale: string | null };
  readonly logger: Logger;
  /** The time, as Afterchat counts it. */
  now(): Date;
}

/** The plugin's own small state, shared by all processes: cursors, tokens, kept mails. */
export interface ChannelStore {
  get(key: string): Promise<Json | undefined>;
  /** `conversationId`: the entry is erased together with that conversation's visitor. `encrypted`: at rest, under APP_SECRET. */
  set(
    key: string,
    value: Json,
    options?: { readonly encrypted?: boolean; readonly conversationId?: string },
  ): Promise<void>;
  delete(key: string): Promise<void>;
  /** Entries whose key starts with `prefix`, greatest key first. */
  list(prefix: string, limit: number): Promise<readonly { readonly key: string; readonly value: Json }[]>;
}

/** What most channels would otherwise write anew. None of it is needed; all of it passes the contract kit. */
export { isLoopbackHost, isPrivateAddress, isPublicAddress } from "./http/address-ranges.js";
export { classifyHealth, classifyStatus, type Refusal } from "./http/classify-status.js";
export { isSameSecret } from "./http/is-same-secret.js";
export { type Answered, type JsonRequest, requestJson, type Unanswered } from "./http/request-json.js";
export {
  isSignedWebhook,
  isWebhookSecret,
  signWebhook,
  type WebhookHeaders,
  webhookSecretAdvice,
} from "./http/webhook-signature.js";
export { readSettings } from "./read-settings.js";
export { type Part, type PartResult, sendParts } from "./send-parts.js";
export { splitText } from "./split-text.js";
