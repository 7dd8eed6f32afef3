import type { Environment } from "../../../src/settings-error.js";
import type { Data } from "../../support/app/graphql-client.js";
import { Stage } from "../../support/app/test-context.js";
import { FaultySmtpServer } from "../../support/fakes/faulty-smtp-server.js";
import { FakeImmediateVendor } from "../../support/fakes/immediate-vendor.js";

/** Somebody who has written through the channel. */
export interface InstantUser {
  readonly name: string;
  readonly conversationId: string;
  readonly visitorId: string;
}

/** The whole program with an IMMEDIATE channel of somebody else's, and email through a server that may refuse. */
export class InstantStage {
  #users = 0;

  private constructor(
    readonly vendor: FakeImmediateVendor,
    readonly server: FaultySmtpServer,
    readonly stage: Stage,
  ) {}

  /** `channels` are installed beside email and the channel; `environment` replaces or adds settings. */
  static async set(channels: readonly string[] = [], environment: Environment = {}): Promise<InstantStage> {
    const vendor = await FakeImmediateVendor.start();
    const server = await FaultySmtpServer.start();
    const stage = await Stage.set({
      ...vendor.environment,
      CHANNELS: [vendor.environment.CHANNELS, ...channels].join(),
      EMAIL_SMTP_URL: server.url,
      ...environment,
    });
    return new InstantStage(vendor, server, stage);
  }

  /** Vendor and server accept everything from now on. */
  settle(): void {
    this.vendor.behave();
    this.vendor.checkCredentials("good");
    this.vendor.release();
    this.server.behave();
  }

  /** A visitor's first message there. */
  async user(text = "Is my bike ready?"): Promise<InstantUser> {
    this.#users += 1;
    const name = `ana${this.#users}`;
    const status = await this.vendor.say(this.stage.program.app, name, text);
    if (status !== 204) throw new Error(`The webhook answered ${status}`);
    const { conversations } = await this.stage.desk.client.do(
      'query ($name: String) { conversations(filter: { channel: "instant", search: $name }) { nodes { id visitor { id } } } }',
      { name },
    );
    const [conversation] = conversations.nodes;
    return { name, conversationId: conversation.id, visitorId: conversation.visitor.id };
  }

  /** Writes a reply, without waiting for its delivery: its `id` and `forwardedTo`. */
  async reply({ conversationId }: Pick<InstantUser, "conversationId">, text: string): Promise<Data> {
    const { sendMessage } = await this.stage.desk.client.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id forwardedTo } }",
      { input: { conversationId, text } },
    );
    return sendMessage;
  }

  /** Oldest first. */
  async deliveries({ conversationId }: Pick<InstantUser, "conversationId">): Promise<Data[]> {
    const { deliveries } = await this.stage.desk.client.do(
      `query ($id: ID!) { deliveries(filter: { conversationId: $id }) { nodes {
        id kind trigger status address attempts nextAttemptAt failure { code detail } channel { id }
        messages { text forwardedTo } } } }`,
      { id: conversationId },
    );
    return deliveries.nodes.toReversed();
  }

  async forwarding({ conversationId }: Pick<InstantUser, "conversationId">): Promise<Data> {
    const { conversation } = await this.stage.desk.client.do(
      `query ($id: ID!) { conversation(id: $id) { forwarding {
        state trigger address pendingReplies channel { id } refusal { code detail } } } }`,
      { id: conversationId },
    );
    return conversation.forwarding;
  }

  async strike(): Promise<void> {
    await this.stage.strike();
    await this.server.stop();
    await this.vendor.stop();
  }
}
