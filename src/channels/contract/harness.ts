import type {
  ChannelConnection,
  ChannelPlugin,
  DeliveryResult,
  InboundEvent,
  Outbound,
  OutboundMessage,
} from "../channel.js";
import { isSendable } from "../http/web-request.js";
import { failure, parseInboundEvents } from "../parse-inbound-events.js";
import { parseConnection } from "../registry/plugin-shape.js";
import { check, settlesWithin } from "./check.js";
import { expectNoSecret, findSecrets } from "./find-secrets.js";
import type { ChannelFixture, FakeVendor, Inbound } from "./fixture.js";
import { createTestHost, sampleMessage, sampleOutbound, type TestHost } from "./test-host.js";

/** A fake vendor on loopback responds within milliseconds, on a busy machine within seconds. */
export const deadlineMs = 10_000;

/** One requirement that a channel must meet. */
export interface ContractCase {
  readonly title: string;
  /** Rejects if the requirement is not met, with the actual values. */
  run(): Promise<void>;
}

/** A channel that is connected to its fake vendor. */
export interface ConnectedChannel<Address> {
  readonly host: TestHost;
  readonly vendor: FakeVendor;
  readonly connection: ChannelConnection<Address>;
  /** Stops the vendor before the case ends. */
  stopVendor(): Promise<void>;
  /** Fails if `shown` contains any secret from the settings. */
  expectNoSecret(shown: unknown): void;
}

/** Sets channels up for the contract cases and talks to them as Afterchat does. */
export class ContractHarness<Config, Address> {
  constructor(
    readonly plugin: ChannelPlugin<Config, Address>,
    readonly fixture: ChannelFixture,
  ) {}

  /** Runs `use` with a connected channel and leaves nothing open. */
  async withChannel(use: (channel: ConnectedChannel<Address>) => Promise<void>): Promise<void> {
    const host = createTestHost();
    const vendor = await this.fixture.start(host);
    let stopping: Promise<void> | null = null;
    const stopVendor = () => {
      stopping ??= vendor.stop();
      return stopping;
    };
    try {
      const environment = { ...this.fixture.environment, ...vendor.environment };
      const config = this.plugin.configure(environment);
      check(config !== undefined, "The fixture's environment must configure the channel.");
      const connection = await this.plugin.connect(config, host);
      parseConnection(connection);
      const secrets = findSecrets(environment, this.fixture.secrets);
      try {
        await use({
          host,
          vendor,
          connection,
          stopVendor,
          expectNoSecret: (shown) => expectNoSecret(shown, secrets),
        });
      } finally {
        await connection.close();
      }
    } finally {
      await stopVendor();
    }
  }

  goodAddress(): Address {
    return this.plugin.address.parse(this.fixture.goodAddresses[0]);
  }

  /** A delivery with these pending replies and no context. */
  outbound(texts: readonly (string | OutboundMessage)[] = ["The first reply, 1001", "The second reply, 1002"]) {
    const messages = texts.map((text) => (typeof text === "string" ? sampleMessage(text) : text));
    return sampleOutbound(this.goodAddress(), { messages });
  }

  /** The vendor's inbound requests. Fails if the fixture has none. */
  inboundOf({ vendor }: ConnectedChannel<Address>): Inbound {
    check(vendor.inbound !== undefined, "`supports` declares replies or receipts: add `inbound` to the fake vendor.");
    return vendor.inbound;
  }

  /** Passes a request to the webhook as Afterchat does; an exception becomes a 500. */
  async post({ connection, expectNoSecret }: ConnectedChannel<Address>, request: Request): Promise<Response> {
    check(connection.handleWebhook !== undefined, "A vendor that sends requests needs handleWebhook.");
    try {
      const response = await connection.handleWebhook(request);
      check(isSendable(response), "handleWebhook must return a Response that can be sent.", response);
      expectNoSecret([await response.clone().text(), [...response.headers]]);
      return response;
    } catch (error) {
      if (error instanceof Error && error.name === "AssertionError") throw error;
      expectNoSecret(error);
      return new Response(null, { status: 500 });
    }
  }

  /** All received events, those of interpreted originals included, validated as Afterchat validates them. */
  async collectEvents({ host, connection }: ConnectedChannel<Address>): Promise<readonly InboundEvent[]> {
    const events = [...host.events];
    for (const original of host.originals) {
      check(connection.interpret !== undefined, "A channel that calls host.keep must implement `interpret`.");
      const interpretation = await connection.interpret(original, new AbortController().signal);
      // An original may be dropped, for instance one that only asks for a profile that does not exist.
      if (interpretation.outcome === "events") events.push(...interpretation.events);
    }
    return parseInboundEvents(this.plugin as ChannelPlugin, events);
  }
}

export function isOk(response: Response | null): boolean {
  return response === null || (response.status >= 200 && response.status < 300);
}

export function onlyMessages(events: readonly InboundEvent[]) {
  return events.filter((event) => event.type === "message");
}

/** Delivers, and fails if the result is not one that Afterchat can record. */
export async function deliver<Address>(
  { connection, expectNoSecret }: ConnectedChannel<Address>,
  outbound: Outbound<Address>,
  signal: AbortSignal = new AbortController().signal,
): Promise<DeliveryResult> {
  const delivering = connection.deliver(outbound, signal);
  const result = await settlesWithin(deadlineMs, "deliver must settle without being aborted.", delivering);
  expectNoSecret(result);
  switch (result.outcome) {
    case "accepted":
      check(
        result.externalIds.length > 0 && result.externalIds.every((id) => typeof id === "string" && id !== ""),
        "An accepted delivery must list the ids of the sent messages in externalIds.",
        result,
      );
      break;
    case "retry":
    case "rejected":
    case "uncertain":
      check(
        failure.safeParse(result.failure).success && result.failure.detail !== "",
        "A delivery that was not accepted must give the reason in `failure`.",
        result,
      );
      break;
    default:
      check(false, "The outcome of deliver must be accepted, retry, rejected or uncertain.", result);
  }
  return result;
}
