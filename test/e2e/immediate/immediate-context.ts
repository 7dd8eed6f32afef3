import type { Environment } from "../../../src/settings-error.js";
import type { Data } from "../../support/app/graphql-client.js";
import type { InConversation } from "../../support/app/test-agent.js";
import { TestContext } from "../../support/app/test-context.js";
import { FaultySmtpServer } from "../../support/fakes/faulty-smtp-server.js";
import { FakeImmediateVendor } from "../../support/fakes/immediate-vendor.js";

/** A visitor who has written through the channel. */
export interface ImmediateUser extends InConversation {
  readonly name: string;
  readonly visitorId: string;
}

/** The whole program with the fake immediate channel, and email through a server that can refuse. */
export class ImmediateContext {
  #users = 0;

  private constructor(
    readonly vendor: FakeImmediateVendor,
    readonly server: FaultySmtpServer,
    readonly context: TestContext,
  ) {}

  /** `channels` are installed in addition to email and the fake channel; `environment` replaces or adds settings. */
  static async setup(channels: readonly string[] = [], environment: Environment = {}): Promise<ImmediateContext> {
    const vendor = await FakeImmediateVendor.start();
    const server = await FaultySmtpServer.start();
    const context = await TestContext.setup({
      ...vendor.environment,
      CHANNELS: [vendor.environment.CHANNELS, ...channels].join(),
      EMAIL_SMTP_URL: server.url,
      ...environment,
    });
    return new ImmediateContext(vendor, server, context);
  }

  /** Vendor and server accept everything from now on. */
  reset(): void {
    this.vendor.behave();
    this.vendor.checkCredentials("good");
    this.vendor.release();
    this.server.behave();
  }

  /** A new visitor, who sends their first message there. */
  async user(text = "Is my bike ready?"): Promise<ImmediateUser> {
    this.#users += 1;
    const name = `ana${this.#users}`;
    const status = await this.vendor.say(this.context.app, name, text);
    if (status !== 204) throw new Error(`The webhook answered ${status}`);
    const { conversations } = await this.context.agent.client.do(
      'query ($name: String) { conversations(filter: { channel: "instant", search: $name }) { nodes { id visitor { id } } } }',
      { name },
    );
    const [conversation] = conversations.nodes;
    return { name, conversationId: conversation.id, visitorId: conversation.visitor.id };
  }

  /** Writes a reply, without waiting for its delivery. Returns its `id` and `forwardedTo`. */
  async reply({ conversationId }: InConversation, text: string): Promise<Data> {
    const { sendMessage } = await this.context.agent.client.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id forwardedTo } }",
      { input: { conversationId, text } },
    );
    return sendMessage;
  }

  /** Oldest first. */
  async deliveries(of: InConversation): Promise<Data[]> {
    return (await this.context.agent.deliveries(of)).toReversed();
  }

  forwarding(of: InConversation): Promise<Data> {
    return this.context.agent.forwarding(of);
  }

  async teardown(): Promise<void> {
    await this.context.teardown();
    await this.server.stop();
    await this.vendor.stop();
  }
}
