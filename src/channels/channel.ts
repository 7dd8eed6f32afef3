/**
 * The plugin contract: everything that a channel imports. Import it as `afterchat/channel`.
 *
 * A channel is a way to reach visitors. It declares its capabilities (`supports`), validates its settings (`configure`)
 * and, once connected, sends deliveries (`deliver`). The plugin classifies results; Afterchat schedules, retries and
 * records.
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
  /** Lower-case letters, digits and hyphens. Stored with conversations and used in URLs, so it must never change. */
  readonly id: string;
  /** Display name. */
  readonly name: string;
  /**
   * `immediate`: replies are sent as soon as they are written. `when-away`: replies are sent once the visitor is away.
   */
  readonly policy: "immediate" | "when-away";
  readonly supports: Supports;
  /** Schema of a visitor's address on this channel, which Afterchat stores. */
  readonly address: ZodType<Address>;
  /**
   * The environment variables that `configure` reads, in the order in which an operator sets them; NODE_ENV may be read
   * beside them. Admins see which are set, never their values. `settingsOf` makes the list from a schema.
   */
  readonly settings: readonly ChannelSetting[];
  /**
   * Reads the channel's settings. Returns `undefined` only when none of its variables is set; the channel is then
   * listed as NOT_CONFIGURED.
   * @throws {SettingsError} naming every fault; Afterchat then does not start
   */
  configure(environment: Environment): Config | undefined;
  /** The address as agents see it in "(forwarded to …)"; never a bare vendor id. */
  describeAddress(address: Address): string;
  connect(config: Config, host: ChannelHost): Promise<ChannelConnection<Address>>;
}

export interface ChannelSetting {
  /** Upper-case letters, digits and underscores, such as SMS_API_TOKEN. */
  readonly name: string;
  /** Without it the channel sends nothing, or only pretends to. */
  readonly required: boolean;
}

/** What a channel is capable of. The contract kit tests it, including that undeclared capabilities are really absent. */
export interface Supports {
  /** Visitors can write through this channel; their messages are passed to `host.receive`. */
  readonly replies: boolean;
  /** The vendor confirms that messages were delivered or read; the confirmations are passed to `host.receive`. */
  readonly receipts: boolean;
  /** The receiving side recognises a repeated send as the same message (email: same Message-ID). */
  readonly idempotentSend: boolean;
  /** Maximum characters in one text; `null` for no limit. The plugin splits longer texts itself. */
  readonly maxTextLength: number | null;
  /** Hours after the visitor's last message during which a reply may be sent; `null` for no limit. */
  readonly replyWindowHours: number | null;
}

export interface ChannelConnection<Address = unknown> {
  /**
   * Makes one attempt to send a delivery and classifies the result. Must not retry by itself, and must not throw: an
   * exception is a bug in the plugin and counts as `uncertain`. Stops when `signal` aborts.
   */
  deliver(outbound: Outbound<Address>, signal: AbortSignal): Promise<DeliveryResult>;
  /** How many deliveries one process may run concurrently; 10 by default. */
  readonly sendsAtOnce?: number;
  /**
   * Handles GET and POST of `/webhooks/<id>`. The body is raw. Respond with 2xx only after `host.receive` has resolved.
   */
  handleWebhook?(request: Request): Promise<Response>;
  /**
   * Further webhooks by path under `/webhooks/<id>/`, with the same patterns as `routes`: for channels to which several
   * vendors post in different formats. The body is raw here too, and limited by `webhookBodyLimitBytes`.
   */
  readonly webhooks?: Readonly<Record<string, RouteHandler>>;
  /** Maximum size of a webhook's body in bytes; 1 MiB by default. Larger bodies are rejected with 413. */
  readonly webhookBodyLimitBytes?: number;
  /**
   * The plugin's own pages by path under `/channels/<id>/`, such as `mailbox` or `mailbox/:mail`; `:name` matches one
   * segment, which is passed in `parameters`.
   */
  readonly routes?: Readonly<Record<string, RouteHandler>>;
  /**
   * First segments of `routes` that are also served at the root: `["mailbox"]` serves `/mailbox` and `/mailbox/…` too,
   * as far as Afterchat has no page of its own there.
   */
  readonly shortRoutes?: readonly string[];
  /** Lines printed for the operator after the start, such as the URL of a page and the key that opens it. */
  readonly startNotes?: readonly string[];
  /**
   * Interprets an original that was stored by `host.keep`. Afterchat calls it soon afterwards, and again, with growing
   * delays, after a crash or an exception; after several attempts the original is marked as FAILED and shown to admins. It
   * must not change anything itself: reading (`host.findConversation`, DNS) is allowed, and the returned events are
   * applied together with the outcome in one transaction. Required if the plugin uses `host.keep`. Stops when `signal`
   * aborts.
   */
  interpret?(original: KeptOriginal, signal: AbortSignal): Promise<Interpretation>;
  /** Shows staff what a delivery looks like to its receiver; for channels whose messages are more than their texts. */
  readonly preview?: ChannelPreview<Address>;
  /** Checks with the vendor whether sending would work, without sending anything. */
  checkHealth(signal: AbortSignal): Promise<ChannelHealth>;
  /** Closes every connection and stops every timer. */
  close(): Promise<void>;
}

/**
 * `outbound` is as for `deliver`, but of no delivery: ids, `reference` and links are made up, so that nothing in what is shown
 * opens the conversation, ends a subscription or is taken for an answer.
 */
export interface ChannelPreview<Address = unknown> {
  /** Renders it. Reads no files, sends nothing, and works while the channel is paused. */
  render(outbound: Outbound<Address>): Promise<MessagePreview>;
  /** Sends it once to the address in `outbound`, which is staff's own, marked as a preview. */
  send(outbound: Outbound<Address>, signal: AbortSignal): Promise<DeliveryResult>;
}

export interface MessagePreview {
  /** As the receiver sees it, such as `Ben via Harbour Bikes <chat@example.com>`. */
  readonly from: string;
  readonly subject: string;
  /** A whole document that loads nothing and runs no scripts. */
  readonly html: string;
  readonly text: string;
}

/**
 * Answers a request within 30 seconds. The body of a response may be a stream that goes on for longer: `request.signal` aborts when the client
 * has gone, or the server closes, and the stream should end then.
 */
export type RouteHandler = (request: Request, parameters: Readonly<Record<string, string>>) => Promise<Response>;

export type ChannelHealth =
  | { readonly ok: true; readonly detail?: string }
  /** CREDENTIALS_INVALID pauses the channel until a later check succeeds; other failures are only shown. */
  | { readonly ok: false; readonly failure: Failure };

/** Everything about a delivery that a plugin needs to send it. */
export interface Outbound<Address = unknown> {
  readonly deliveryId: string;
  /** Random, and the same in every attempt of this delivery: derive message ids from it. 16 characters of base32. */
  readonly reference: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly address: Address;
  /**
   * `notice`: say only that there is a reply, with `links.conversation`; `messages` is empty. The address may be a
   * stranger's: the visitor has typed it, and nothing shows that it is theirs. Only email gets it.
   */
  readonly kind: "unread-replies" | "full-transcript" | "notice" | "direct";
  /** In the order they were written. `pending`: the replies to deliver; `context`: the messages before them. */
  readonly messages: readonly OutboundMessage[];
  /**
   * The address may be a stranger's: it is not proven to be the visitor's, and no person has answered. `messages` then holds
   * nothing of the visitor's own, and `visitor.name` is `null`.
   */
  readonly withholdsVisitor: boolean;
  /** Number of earlier messages in the conversation that are not part of this delivery. */
  readonly earlierMessages: number;
  readonly conversation: {
    readonly id: string;
    readonly startedAt: Date;
  };
  readonly visitor: {
    readonly id: string;
    readonly name: string | null;
    /** BCP 47 tag. */
    readonly locale: string | null;
    /** IANA name, such as Europe/Lisbon. */
    readonly timeZone: string | null;
  };
  readonly company: {
    readonly name: string;
    /** BCP 47 tag: the language for visitors whose own is unknown or not supported. */
    readonly locale: string | null;
  };
  readonly links: {
    /** Opens this conversation in the website's chat; valid for 30 days. */
    readonly conversation: string;
  };
  /** Earlier accepted deliveries of this conversation through this channel, oldest first, at most 10. */
  readonly thread: readonly Acceptance[];
  /** The visitor's latest message through this channel; `null` when there is none. */
  readonly lastInbound: { readonly externalId: string; readonly at: Date } | null;
  /** What `saveProgress` stored in an earlier attempt; `null` if nothing. */
  readonly progress: Json;
  /** Commits the progress of this delivery. Await it before the next request; a retry starts from what was saved. */
  saveProgress(progress: Json): Promise<void>;
}

export interface OutboundMessage {
  readonly role: "pending" | "context";
  readonly author: { readonly kind: "visitor" | "agent" | "bot"; readonly name: string | null };
  /** May be empty if there are attachments. */
  readonly text: string;
  readonly sentAt: Date;
  /** In the message's order; at most 10. */
  readonly attachments: readonly OutboundAttachment[];
}

/** A file attached to a message. */
export interface OutboundAttachment {
  readonly id: string;
  /** Safe to show and to use as a file name: no path, no control characters. */
  readonly name: string;
  /** Detected from the content. */
  readonly contentType: string;
  /** At most 20 MB. */
  readonly sizeBytes: number;
  /** A download link that works without authentication for 30 days. */
  readonly url: string;
  /** Its content; `null` if it has been removed since. Rejects if it cannot be read at the moment. */
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
  /** What the vendor reported, for agents and operators. Must not contain secrets. */
  readonly detail: string;
  /**
   * `hard` suppresses the address immediately, `soft` after five in a row. Omit it if the failure is not about the
   * address.
   */
  readonly bounce?: "hard" | "soft";
}

export type DeliveryResult =
  /** The vendor accepted it. `thread` is passed to later deliveries in `Outbound.thread`. */
  | { readonly outcome: "accepted"; readonly externalIds: readonly string[]; readonly thread?: Json }
  /** Nothing was sent beyond `progress`, and a retry may succeed, but no sooner than after `afterMs` milliseconds if given. */
  | { readonly outcome: "retry"; readonly failure: Failure; readonly afterMs?: number }
  /** It was not sent, and no retry can succeed. */
  | { readonly outcome: "rejected"; readonly failure: Failure }
  /** It may have been sent. */
  | { readonly outcome: "uncertain"; readonly failure: Failure };

/**
 * What a channel reports to Afterchat. `externalId` is unique within the channel; an event with a known one is ignored.
 */
export type InboundEvent =
  | InboundMessage
  | InboundReply
  /**
   * The vendor echoed a delivery, before or after it responded to the request: a delivery with an unknown outcome, or
   * without a response so far, becomes SENT. If a delivery is sent as several messages, report only the last one's
   * echo. `messageId`: as in `externalIds`.
   */
  | {
      readonly type: "sent";
      readonly externalId: string;
      readonly at: Date;
      readonly deliveryId: string;
      readonly messageId: string;
    }
  /** The vendor confirmed that something was delivered, or that the visitor has read it and everything before it. */
  | ({ readonly type: "delivered" | "read"; readonly externalId: string; readonly at: Date } & SentPointer)
  /** The text of a received message was changed. */
  | {
      readonly type: "edited";
      readonly externalId: string;
      readonly at: Date;
      readonly messageId: string;
      readonly text: string;
    }
  /** A received message was unsent by its author: its content is erased, and only the fact that it existed is kept. */
  | { readonly type: "unsent"; readonly externalId: string; readonly at: Date; readonly messageId: string }
  /** Files of a message received earlier, reported separately because fetching them takes time and may fail. */
  | {
      readonly type: "attached";
      readonly externalId: string;
      readonly at: Date;
      readonly messageId: string;
      readonly attachments: readonly InboundAttachment[];
      /** Files that could not be fetched, listed in the message's text. `why` completes a sentence after "because". */
      readonly missing?: readonly { readonly name: string; readonly why: string }[];
    }
  /** The visitor's profile from the vendor. It does not replace a name or locale that is already known. */
  | {
      readonly type: "profile";
      readonly externalId: string;
      readonly at: Date;
      readonly address: Json;
      readonly name?: string;
      readonly locale?: string;
      /** Replaces the stored address, for channels whose address contains profile data. */
      readonly addressNow?: Json;
    }
  /** The delivery bounced: it becomes BOUNCED, and `failure.bounce` decides whether the address is suppressed. */
  | ({
      readonly type: "bounced";
      readonly externalId: string;
      readonly at: Date;
      readonly failure: Failure;
    } & DeliveryPointer)
  /** The visitor reported a delivery as spam: it was delivered, and its address is suppressed. */
  | ({
      readonly type: "complained";
      readonly externalId: string;
      readonly at: Date;
      /** Who reported it, for agents and operators. Must not contain secrets. */
      readonly detail: string;
    } & DeliveryPointer)
  /** The visitor opted out of forwarded replies, or back in. Opting out cancels what is queued, and agents see why. */
  | {
      readonly type: "opted-out";
      readonly externalId: string;
      readonly at: Date;
      readonly conversationId: string;
      /** `conversation`: only this one. `visitor`: all conversations of its visitor. */
      readonly scope: OptOutScope;
      /** False to opt back in. */
      readonly optedOut: boolean;
    };

/**
 * Identifies a delivery: by one of the `externalIds` with which it was accepted, or by `Outbound.deliveryId`, which a
 * plugin may for instance sign into a return address. The latter also finds a delivery whose result is unknown.
 */
export type DeliveryPointer = { readonly messageId: string } | { readonly deliveryId: string };

/**
 * Identifies what was sent: one message, by one of the `externalIds` of an accepted delivery (or the `externalId` of an
 * `InboundReply`), or everything sent to an address up to a moment (a watermark). An event about a message that is not
 * known yet is applied once it is.
 */
export type SentPointer =
  | { readonly messageId: string }
  | {
      readonly address: Json;
      /** By the vendor's clock. */
      readonly upTo: Date;
    };

/**
 * A message that the company wrote to the visitor outside Afterchat, for instance in the vendor's own inbox. If a
 * vendor's echoes do not say whether Afterchat sent the message, report all of them as replies: a text that is
 * identical to that of an open delivery in the conversation is recognised as sent by Afterchat.
 */
export interface InboundReply {
  readonly type: "reply";
  readonly externalId: string;
  readonly at: Date;
  /** The visitor to whom it was written. */
  readonly address: Json;
  /** May be empty if there are files, which are reported as `attached`. */
  readonly text: string;
}

/** A message from the visitor, or from somebody else who answered what was sent to the visitor. */
export interface InboundMessage {
  readonly type: "message";
  readonly externalId: string;
  /**
   * When it reached the first server that the operator trusts, never by the sender's clock. Reply windows are measured
   * from it.
   */
  readonly at: Date;
  /** The sender, in the form of `ChannelPlugin.address`; may be omitted if `conversationId` is given. */
  readonly address?: Json;
  /**
   * The conversation it belongs to, if the channel knows it. Without it, the message is added to the newest
   * conversation of `address`, or starts one.
   */
  readonly conversationId?: string;
  /** May be empty if there is an attachment. A text over 50,000 characters is truncated, with a note. */
  readonly text: string;
  readonly name?: string;
  readonly locale?: string;
  /**
   * The sent messages that it replies to, most likely first (email: In-Reply-To, then References from newest to
   * oldest). The first known one counts as read, with everything before it. If none is known but `conversationId` is
   * given, the newest delivery sent before `at` counts instead. Unknown ids are ignored.
   */
  readonly answers?: readonly DeliveryName[];
  /**
   * For channels whose sender can be forged. It never changes the visitor's identity; omit it if the vendor
   * authenticates.
   */
  readonly sender?: InboundSender;
  /** In display order. Up to 10 are stored, of 20 MB each, and no executables; the message's text lists the others. */
  readonly attachments?: readonly InboundAttachment[];
}

/** How an inbound message refers to a sent one. */
export interface DeliveryName {
  /** One of the `externalIds` with which a delivery was accepted (email: a Message-ID). */
  readonly externalId: string;
  /**
   * The `Outbound.reference` from which it was derived, if recognisable: also finds a delivery whose result is unknown.
   */
  readonly reference?: string;
}

export interface InboundSender {
  /** As stated in the message (email: the address in From); empty if it states none. */
  readonly address: string;
  /**
   * Whether it is proven that the address's own domain sent it (email: DMARC passes, or SPF or DKIM with alignment).
   */
  readonly authenticated: boolean;
  /** For agents: how it was authenticated, or why that failed. */
  readonly detail?: string;
}

export interface InboundAttachment {
  /** As stated in the message, unchanged: Afterchat sanitises it. Null if there is none. */
  readonly name: string | null;
  /** As stated in the message; Afterchat detects the type from the content. */
  readonly contentType: string | null;
  readonly content: Uint8Array;
}

/** Something a channel received, complete and not interpreted yet, such as a raw email. */
export interface Original {
  /**
   * Unique within the channel, 1 to 1,000 characters. The same email has the same key however often and by whichever
   * transport it arrives (email: a hash of the Message-ID and what else distinguishes two emails, or of the whole
   * content).
   */
  readonly key: string;
  /** At most `maxOriginalBytes`. */
  readonly content: Uint8Array;
  /** The content type with which it can be downloaded; `message/rfc822` for an email. */
  readonly contentType: string;
  /** Data received beside the content that is needed to interpret it (email: sender and recipients of the envelope). */
  readonly envelope: Json;
  /** What admins see in lists, whatever the interpretation. Long values are truncated. */
  readonly summary: OriginalSummary;
  /**
   * The conversation that it belongs to, as far as that is known before it is interpreted; null: to none. Afterchat bounds how much is
   * stored for a conversation, and of what belongs to none, since anybody may have sent it: then `content` may have at most
   * `maxUnmatchedOriginalBytes`. Omit it for what only the vendor can send.
   */
  readonly conversationId?: string | null | undefined;
}

export interface OriginalSummary {
  readonly from: string | null;
  readonly to: readonly string[];
  readonly subject: string | null;
}

/** 25 MB, the usual limit for an email. A transport must reject anything larger before accepting it. */
export const maxOriginalBytes = 25 * 1024 * 1024;

/** The most that is stored of an original that belongs to no conversation: 64 KB. */
export const maxUnmatchedOriginalBytes = 64 * 1024;

/** An original that `host.keep` has stored. */
export interface KeptOriginal extends Omit<Original, "conversationId"> {
  readonly id: string;
  readonly receivedAt: Date;
  /** 1 for the first attempt to interpret it. */
  readonly attempt: number;
}

export type Interpretation =
  | { readonly outcome: "events"; readonly events: readonly InboundEvent[] }
  /** There is nothing for Afterchat to do; admins see the reason. */
  | {
      readonly outcome: "dropped";
      readonly reason: DropReason;
      /** For admins, one sentence: why this reason applies. */
      readonly detail?: string;
      /**
       * The conversation it concerns, if known: the stored original is erased together with that conversation's
       * visitor.
       */
      readonly conversationId?: string;
    };

/** Why an original was dropped. */
export const dropReasons = [
  /** An automatic reply, such as an out-of-office note or a confirmation of receipt. */
  "AUTO_REPLY",
  /** Sent to many recipients: a mailing list, or Precedence bulk or junk. */
  "LIST_MAIL",
  /** Sent by Afterchat itself or by the company. */
  "OWN_MAIL",
  /** A report that changes nothing: delayed, relayed, opened. */
  "REPORT",
  /** It belongs to no conversation: it has no valid token and replies to nothing that Afterchat sent. */
  "NOT_OURS",
  /** Its visitor was erased; none of its content is kept. */
  "ERASED",
  /** Staff have blocked its visitor. */
  "BLOCKED",
  /**
   * The mail-loop guard: so many arrived for one conversation within an hour that two machines seem to answer each
   * other.
   */
  "BREAKER",
  /** Another original contained the same message. */
  "REPEATED",
  /** Its author unsent it; none of its content is kept. */
  "UNSENT",
  /** It cannot be parsed: damaged, or designed to exhaust the parser. */
  "UNREADABLE",
] as const;

export type DropReason = (typeof dropReasons)[number];

/** What a channel can look a conversation up by. */
export type ConversationKey =
  | { readonly conversationId: string }
  | { readonly deliveryId: string }
  /** The first known one counts. */
  | { readonly names: readonly DeliveryName[] };

export interface FoundConversation {
  readonly id: string;
  /** Its visitor was erased: reject anything that arrives for it. */
  readonly erased: boolean;
  /** Staff have blocked its visitor: what the visitor sends is dropped. Reports about deliveries still count. */
  readonly blocked: boolean;
  /** The delivery through which it was found; null if it was looked up by `conversationId`. */
  readonly deliveryId: string | null;
}

export type OptOutScope = "conversation" | "visitor";

/** What the visitor of a conversation has opted out of. */
export interface OptOutState {
  /** Opted out for this conversation. */
  readonly conversation: boolean;
  /** Opted out for all conversations. */
  readonly visitor: boolean;
  /** The visitor's BCP 47 tag, for texts shown to them; null if unknown. */
  readonly locale: string | null;
  /** The visitor was erased: nothing is sent to them any more, and the opt-out cannot change. */
  readonly erased: boolean;
}

/** The length of `ChannelHost.sign` for a UUID, which plugins that build addresses from tokens can rely on. */
export const signedIdLength = 47;

export interface ChannelHost {
  /** Resolves once every event is stored; acknowledge to the vendor only then. Rejects if they could not be stored. */
  receive(events: readonly InboundEvent[]): Promise<void>;
  /**
   * Stores an original; it is interpreted later, by `ChannelConnection.interpret`. Resolves once it is stored durably:
   * acknowledge only then. A key that is already stored resolves as `known`; acknowledge it as well. Rejects if it
   * could not be stored, and resolves as `refused` if too much is stored for its `conversationId`: respond with a
   * temporary error, so that the sender tries again.
   * @throws {TypeError} if it can never be stored: above `maxOriginalBytes`, or not an `Original`
   */
  keep(
    original: Original,
  ): Promise<{ readonly id: string; readonly outcome: "kept" | "known" } | { readonly outcome: "refused" }>;
  /** The conversation that inbound data refers to; null if not found. Ids may be untrusted input. */
  findConversation(by: ConversationKey): Promise<FoundConversation | null>;
  /** The current state that an `opted-out` event would change; null if the conversation does not exist. */
  findOptOut(conversationId: string): Promise<OptOutState | null>;
  /**
   * Whether a request has the token of an admin's session, as `Authorization: Bearer …`: for pages that show more than the
   * people concerned may see. False for anybody else, and for a session that has ended.
   */
  isAdmin(request: Request): Promise<boolean>;
  /**
   * A short token (lower-case base32) for `id`, valid only for this purpose. `signedIdLength` characters for a UUID.
   */
  sign(purpose: string, id: string): string;
  /** The id that was signed, or `null` if the token is forged, damaged or for another purpose. Case-insensitive. */
  verify(purpose: string, token: string): string | null;
  readonly store: ChannelStore;
  /** The URL at which visitors and webhooks reach this server. */
  readonly publicUrl: URL;
  /** As in `Outbound`. */
  readonly company: { readonly name: string; readonly locale: string | null };
  /** Multiplies what a channel that listens by itself allows to a network: LIMITS_FACTOR. */
  readonly limitsFactor: number;
  readonly logger: Logger;
  /** The current time by Afterchat's clock. */
  now(): Date;
}

/** A small key-value store for the plugin's own state, shared by all processes: cursors, tokens and the like. */
export interface ChannelStore {
  get(key: string): Promise<Json | undefined>;
  /**
   * `encrypted` encrypts the value at rest, with a key derived from APP_SECRET. An entry with a `conversationId` is
   * erased together with that conversation's visitor.
   */
  set(
    key: string,
    value: Json,
    options?: { readonly encrypted?: boolean; readonly conversationId?: string },
  ): Promise<void>;
  delete(key: string): Promise<void>;
  /** Entries whose key starts with `prefix`, in descending order of keys. */
  list(prefix: string, limit: number): Promise<readonly { readonly key: string; readonly value: Json }[]>;
}

export { allowed, concurrencyLimits } from "../limits/limit-table.js";
export { type MemoryShare, MemoryShares } from "../limits/memory-shares.js";
export { networkOf } from "../limits/network-of.js";
/** Optional helpers that most channels need. They behave as the contract kit requires. */
export { isLoopbackHost, isPrivateAddress, isPublicAddress } from "./http/address-ranges.js";
export { classifyHealth, classifyStatus, type Refusal } from "./http/classify-status.js";
export { isSameSecret } from "./http/is-same-secret.js";
export { type Answered, type JsonRequest, requestJson, type Unanswered } from "./http/request-json.js";
export {
  hasRecentSignature,
  isSignedWebhook,
  isWebhookSecret,
  signWebhook,
  type WebhookHeaders,
  webhookSecretAdvice,
} from "./http/webhook-signature.js";
export { readSettings, settingsOf } from "./read-settings.js";
export { type Part, type PartResult, sendParts } from "./send-parts.js";
export { splitText } from "./split-text.js";
