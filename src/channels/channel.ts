/**
 * The plugin contract: all that a channel imports. Import it as `afterchat/channel`.
 *
 * A channel is a way to a visitor. It says what it can do (`supports`), checks its settings (`configure`) and, once
 * connected, hands deliveries over (`deliver`). It classifies results; Afterchat schedules, retries and records.
 */
import type { Readable } from "node:stream";
import type { ZodType } from "zod";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The process's environment variables, as `process.env` gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One setting that cannot be used, named by its environment variable; `problem` says what to do about it. */
export interface SettingsFault {
  readonly variable: string;
  readonly problem: string;
}

/** Thrown by `configure` with every fault at once; the program prints them all and does not start. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly SettingsFault[]) {
    super(faults.map((fault) => `${fault.variable}: ${fault.problem}`).join("\n"));
    this.name = "SettingsError";
  }
}

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
  /** GET and POST of `/webhooks/<id>`. The body is raw; answer 2xx only after `host.receive` has resolved. */
  handleWebhook?(request: Request): Promise<Response>;
  /**
   * Pages of its own by path under `/channels/<id>/`, such as `mailbox` or `mailbox/:mail`; `:name` matches one
   * segment. The matched segments come as `parameters`.
   */
  readonly routes?: Readonly<Record<string, RouteHandler>>;
  /** First path segments that are also served at the root: `["mailbox"]` answers `/mailbox` and `/mailbox/…` too. */
  readonly shortRoutes?: readonly string[];
  /** Lines for the operator, printed when the program has started: where a page is, which key opens it. */
  readonly startNotes?: readonly string[];
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
  readonly company: { readonly name: string };
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
  | {
      readonly type: "message";
      readonly externalId: string;
      readonly at: Date;
      /** Who wrote, as `ChannelPlugin.address` describes it. */
      readonly address: Json;
      /** The conversation it belongs to, when the channel knows; otherwise the address's newest. */
      readonly conversationId?: string;
      readonly text: string;
      readonly name?: string;
      readonly locale?: string;
    }
  /** The vendor confirmed that a message arrived. `messageId` is one of the `externalIds` of an accepted delivery. */
  | { readonly type: "delivered"; readonly externalId: string; readonly at: Date; readonly messageId: string }
  /** The visitor has read everything up to this accepted message. */
  | { readonly type: "read"; readonly externalId: string; readonly at: Date; readonly messageId: string }
  /** An accepted message came back. */
  | {
      readonly type: "bounced";
      readonly externalId: string;
      readonly at: Date;
      readonly messageId: string;
      readonly failure: Failure;
    };

/** The length of `ChannelHost.sign` for a UUID: what a plugin that builds addresses from tokens can count on. */
export const signedIdLength = 47;

export interface ChannelHost {
  /** Resolves once every event is stored; only then acknowledge to the vendor. Rejects when it could not be stored. */
  receive(events: readonly InboundEvent[]): Promise<void>;
  /** A short token (lower-case base32) for `id`, valid for this purpose only. `signedIdLength` characters for a UUID. */
  sign(purpose: string, id: string): string;
  /** The id that `sign` was given, or `null` when the token is forged, damaged or of another purpose. Any letter case. */
  verify(purpose: string, token: string): string | null;
  readonly store: ChannelStore;
  /** Where visitors and webhooks reach this server. */
  readonly publicUrl: URL;
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

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
