import type { Json } from "../../json.js";
import type { Environment } from "../../settings-error.js";
import type { DeliveryResult, FailureCode } from "../channel.js";
import type { TestHost } from "./test-host.js";

/** How a fake vendor can fail, and the result that a delivery must then have. */
export const expectedResults = {
  "refuses-for-now": { outcome: "retry" },
  "limits-rate": { outcome: "retry", code: "RATE_LIMITED" },
  "refuses-credentials": { outcome: "retry", code: "CREDENTIALS_INVALID" },
  /** Nothing listens, or the connection ends before any content was received. */
  unreachable: { outcome: "retry", code: "UNAVAILABLE" },
  "refuses-for-good": { outcome: "rejected" },
  "refuses-address": { outcome: "rejected", code: "ADDRESS_INVALID" },
  /** The connection ends without a response after the content was received. */
  "drops-after-content": { outcome: "uncertain" },
} as const satisfies Record<string, { readonly outcome: DeliveryResult["outcome"]; readonly code?: FailureCode }>;

/** `silent-after-content`: receives the content and never responds; the suite then aborts the delivery. */
export type Behaviour = "accepts" | "silent-after-content" | keyof typeof expectedResults;

/** `ChannelFixture.behaviours` for a fake vendor that can fail in every way. */
export const everyBehaviour: readonly Exclude<Behaviour, "accepts">[] = [
  ...(Object.keys(expectedResults) as (keyof typeof expectedResults)[]),
  "silent-after-content",
];

export interface ReceivedMessage {
  /** All text that arrived in it. */
  readonly text: string;
  /** What identifies a repetition of the message; `null` if the channel has no such id. */
  readonly messageId: string | null;
}

/** Builds requests as the vendor sends them to `/webhooks/<id>`. */
export interface Inbound {
  /**
   * A message with `text` from the first of `goodAddresses`. The same `id` twice: the vendor repeats its request. A
   * channel that polls resolves with null once it has fetched the message.
   */
  message(written: { readonly id: string; readonly text: string }): Request | null | Promise<Request | null>;
  /** A confirmation that a message was delivered, was read or bounced; required with `supports.receipts`. */
  receipt?(about: { readonly messageId: string; readonly deliveryId: string }): Request | Promise<Request>;
  /**
   * Requests that must be rejected, in addition to those that the suite makes by removing or altering headers and
   * query: an altered body, another secret, an expired signature.
   */
  forgeries?(): readonly Request[] | Promise<readonly Request[]>;
}

/** The other side of a channel: a fake of the vendor's API, a real server on loopback, or a view of the test host. */
export interface FakeVendor {
  /** Settings that point the channel to it, added to the fixture's environment. */
  readonly environment: Environment;
  /** Everything accepted so far, oldest first. */
  received(): Promise<readonly ReceivedMessage[]>;
  /** Resolves once it has received the content of a delivery; required for `silent-after-content`. */
  contentReceived?(): Promise<void>;
  behave(behaviour: Behaviour): Promise<void>;
  /** Required with `supports.replies` or `supports.receipts`. */
  readonly inbound?: Inbound;
  /** Resolves only when every connection to it has ended. */
  stop(): Promise<void>;
}

export interface ChannelFixture {
  /** Settings that make the channel usable, without those of the fake vendor. */
  readonly environment: Environment;
  /** Settings that must prevent the start, and the variables that must all be reported. */
  readonly badEnvironments: readonly { readonly environment: Environment; readonly variables: readonly string[] }[];
  /** The environment in which the channel is not configured; `{}` by default. */
  readonly unconfiguredEnvironment?: Environment;
  readonly goodAddresses: readonly Json[];
  readonly badAddresses: readonly Json[];
  /**
   * Parts of the settings that must not appear in results, logs, responses or notes, in addition to those that the
   * suite finds: the values of variables called …TOKEN, …SECRET, …PASSWORD or …KEY, and passwords in URLs.
   */
  readonly secrets: readonly string[];
  /** How the fake vendor can behave besides accepting. */
  readonly behaviours: readonly Exclude<Behaviour, "accepts">[];
  start(host: TestHost): Promise<FakeVendor>;
}
