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
import { check, within } from "./check.js";
import { expectNoSecret, secretsIn } from "./find-secrets.js";
import type { ChannelFixture, Counterpart, Inbound } from "./fixture.js";
import { createTestHost, sampleMessage, sampleOutbound, type TestHost } from "./test-host.js";

/** A counterpart on loopback answers within milliseconds, on a busy machine within seconds. */
export const patienceMs = 10_000;

/** One thing that must hold of a channel. */
export interface ContractCase {
  readonly title: string;
  /** Rejects when it does not hold, and says what was found. */
  run(): Promise<void>;
}

/** A connected channel before its counterpart. */
export interface Setting<Address> {
  readonly host: TestHost;
  readonly counterpart: Counterpart;
  readonly connection: ChannelConnection<Address>;
  /** Ends it before the case does. */
  stopCounterpart(): Promise<void>;
  /** Fails when any of the settings' secrets shows. */
  expectNoSecret(shown: unknown): void;
}

/** Where the cases play. */
export class ContractStage<Config, Address> {
  constructor(
    readonly plugin: ChannelPlugin<Config, Address>,
    readonly fixture: ChannelFixture,
  ) {}

  /** Runs `use` with a connected channel and leaves nothing open. */
  async connected(use: (setting: Setting<Address>) => Promise<void>): Promise<void> {
    const host = createTestHost();
    const counterpart = await this.fixture.start(host);
    let stopping: Promise<void> | null = null;
    const stopCounterpart = () => {
      stopping ??= counterpart.stop();
      return stopping;
    };
    try {
      const environment = { ...this.fixture.environment, ...counterpart.environment };
      const config = this.plugin.configure(environment);
      check(config !== undefined, "The fixture's environment must configure the channel.");
      const connection = await this.plugin.connect(config, host);
      parseConnection(connection);
      const secrets = secretsIn(environment, this.fixture.secrets);
      try {
        await use({
          host,
          counterpart,
          connection,
          stopCounterpart,
          expectNoSecret: (shown) => expectNoSecret(shown, secrets),
        });
      } finally {
        await connection.close();
      }
    } finally {
      await stopCounterpart();
    }
  }

  goodAddress(): Address {
    return this.plugin.address.parse(this.fixture.goodAddresses[0]);
  }

  /** A delivery of these pending replies, with nothing before them. */
  outbound(texts: readonly (string | OutboundMessage)[] = ["The first reply, 1001", "The second reply, 1002"]) {
    const messages = texts.map((text) => (typeof text === "string" ? sampleMessage(text) : text));
    return sampleOutbound(this.goodAddress(), { messages });
  }

  /** What comes in, or a failure that says what the fixture lacks. */
  inboundOf({ counterpart }: Setting<Address>): Inbound {
    check(
      counterpart.inbound !== undefined,
      "supports says that something comes back: give the counterpart an `inbound` that shows how.",
    );
    return counterpart.inbound;
  }

  /** Hands a request to the webhook as Afterchat does; a throw is a 500. */
  async post({ connection, expectNoSecret }: Setting<Address>, request: Request): Promise<Response> {
    check(connection.handleWebhook !== undefined, "What comes in as a request needs handleWebhook.");
    try {
      const response = await connection.handleWebhook(request);
      check(isSendable(response), "handleWebhook must give a Response that can be sent.", response);
      expectNoSecret([await response.clone().text(), [...response.headers]]);
      return response;
    } catch (error) {
      if (error instanceof Error && error.name === "AssertionError") throw error;
      expectNoSecret(error);
      return new Response(null, { status: 500 });
    }
  }

  /** All that has been taken in and what was kept, understood and checked as Afterchat checks it. */
  async understood({ host, connection }: Setting<Address>): Promise<readonly InboundEvent[]> {
    const events = [...host.events];
    for (const original of host.originals) {
      check(connection.interpret !== undefined, "What host.keep took needs `interpret` to be understood.");
      const meant = await connection.interpret(original, new AbortController().signal);
      // Beside what was received at once, an original may bring nothing, a profile that nobody gives for instance.
      if (meant.outcome === "events") events.push(...meant.events);
    }
    return parseInboundEvents(this.plugin as ChannelPlugin, events);
  }
}

export function isOk(response: Response | null): boolean {
  return response === null || (response.status >= 200 && response.status < 300);
}

export function messagesAmong(events: readonly InboundEvent[]) {
  return events.filter((event) => event.type === "message");
}

/** Delivers, and fails when what comes back is no result that Afterchat can record. */
export async function deliver<Address>(
  { connection, expectNoSecret }: Setting<Address>,
  outbound: Outbound<Address>,
  signal: AbortSignal = new AbortController().signal,
): Promise<DeliveryResult> {
  const result = await within(patienceMs, "deliver must end by itself.", connection.deliver(outbound, signal));
  expectNoSecret(result);
  switch (result.outcome) {
    case "accepted":
      check(
        result.externalIds.length > 0 && result.externalIds.every((id) => typeof id === "string" && id !== ""),
        "An accepted delivery must name the messages it became, in externalIds.",
        result,
      );
      break;
    case "retry":
    case "rejected":
    case "uncertain":
      check(
        failure.safeParse(result.failure).success && result.failure.detail !== "",
        "Whatever was not accepted must say why, in `failure`.",
        result,
      );
      break;
    default:
      check(false, "deliver must give accepted, retry, rejected or uncertain.", result);
  }
  return result;
}
