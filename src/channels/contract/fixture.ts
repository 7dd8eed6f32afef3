import type { Json } from "../../json.js";
import type { Environment } from "../../settings-error.js";
import type { DeliveryResult, FailureCode } from "../channel.js";
import type { TestHost } from "./test-host.js";

/** What a counterpart can be told to do, and what a delivery must then become. */
export const expectedResults = {
  "refuses-for-now": { outcome: "retry" },
  "limits-rate": { outcome: "retry", code: "RATE_LIMITED" },
  "refuses-credentials": { outcome: "retry", code: "CREDENTIALS_INVALID" },
  /** Nothing answers, or the connection ends before any content was taken. */
  unreachable: { outcome: "retry", code: "UNAVAILABLE" },
  "refuses-for-good": { outcome: "rejected" },
  "refuses-address": { outcome: "rejected", code: "ADDRESS_INVALID" },
  /** The connection ends after the content was taken, without a word. */
  "drops-after-content": { outcome: "uncertain" },
} as const satisfies Record<string, { readonly outcome: DeliveryResult["outcome"]; readonly code?: FailureCode }>;

/** `silent-after-content`: takes the content and never answers; the suite then aborts the delivery. */
export type Behaviour = "accepts" | "silent-after-content" | keyof typeof expectedResults;

/** `ChannelFixture.behaviours` of a counterpart that can do all of it. */
export const everyBehaviour: readonly Exclude<Behaviour, "accepts">[] = [
  ...(Object.keys(expectedResults) as (keyof typeof expectedResults)[]),
  "silent-after-content",
];

export interface ReceivedMessage {
  /** All the text that arrived in it. */
  readonly text: string;
  /** What makes a repetition recognisable; `null` where the channel has nothing like it. */
  readonly messageId: string | null;
}

/** How what comes in looks, as the vendor sends it to `/webhooks/<id>`. */
export interface Inbound {
  /**
   * Somebody at the first of `goodAddresses` wrote `text`. The same `id` again: the vendor repeats itself. Null where a
   * channel fetches what comes in: then it has been fetched when this resolves.
   */
  message(written: { readonly id: string; readonly text: string }): Request | null | Promise<Request | null>;
  /** What was sent has arrived, was read or came back; needed where `supports.receipts`. */
  receipt?(about: { readonly messageId: string; readonly deliveryId: string }): Request | Promise<Request>;
  /**
   * Requests that must be refused beside those that the suite makes by leaving out or changing headers and query: an
   * altered body, another secret, an old signature.
   */
  forgeries?(): readonly Request[] | Promise<readonly Request[]>;
}

/** The other side of a channel: a server, a stand-in for a vendor, or what the plugin wrote into its host. */
export interface Counterpart {
  /** Settings that lead to it, added to the fixture's environment. */
  readonly environment: Environment;
  /** Everything taken so far, oldest first. */
  received(): Promise<readonly ReceivedMessage[]>;
  /** Resolves once the content of a delivery has come in; needed for `silent-after-content`. */
  heard?(): Promise<void>;
  behave(behaviour: Behaviour): Promise<void>;
  /** What comes in; needed where `supports.replies` or `supports.receipts`. */
  readonly inbound?: Inbound;
  /** Resolves only when every connection to it has ended. */
  stop(): Promise<void>;
}

export interface ChannelFixture {
  /** Settings that make the channel usable, without those of the counterpart. */
  readonly environment: Environment;
  /** Settings that must stop the start, and the variables that must be named, all at once. */
  readonly badEnvironments: readonly { readonly environment: Environment; readonly variables: readonly string[] }[];
  /** The environment in which the channel is not configured; `{}` unless said otherwise. */
  readonly unconfiguredEnvironment?: Environment;
  readonly goodAddresses: readonly Json[];
  readonly badAddresses: readonly Json[];
  /**
   * Parts of the settings that must not show in results, logs, answers or notes, beside those that the suite finds: the
   * values of variables called …TOKEN, …SECRET, …PASSWORD or …KEY, and passwords in URLs.
   */
  readonly secrets: readonly string[];
  /** What the counterpart can do beside accepting. */
  readonly behaviours: readonly Exclude<Behaviour, "accepts">[];
  start(host: TestHost): Promise<Counterpart>;
}
