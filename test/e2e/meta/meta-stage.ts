import { checkChannels } from "../../../src/channels/health/check-channels.js";
import type { Environment } from "../../../src/settings-error.js";
import type { Data } from "../../support/app/graphql-client.js";
import { Stage } from "../../support/app/test-context.js";
import { type AccountKind, GraphStandIn } from "../../support/fakes/graph-api/graph-api.js";

const channels = { page: "messenger", instagram: "instagram" } as const;

/** Somebody who has written on Messenger or Instagram. */
export interface MetaUser {
  /** Page- or Instagram-scoped. */
  readonly id: string;
  readonly kind: AccountKind;
  readonly conversationId: string;
  readonly visitorId: string;
}

/** The whole program beside a stand-in of the Graph API that lives by the program's clock. */
export class MetaStage {
  #users = 0;

  private constructor(
    readonly standIn: GraphStandIn,
    readonly stage: Stage,
  ) {}

  /** `environment` replaces or adds settings; `earlier`: the stand-in of a program that was closed. */
  static async set(environment: Environment = {}, earlier?: GraphStandIn): Promise<MetaStage> {
    const standIn = earlier ?? (await GraphStandIn.start());
    const stage = await Stage.set({
      CHANNELS: "email,messenger,instagram",
      ...standIn.messengerEnvironment,
      ...standIn.instagramEnvironment(),
      ...environment,
    });
    standIn.setClock(() => stage.now);
    const { url } = stage.program.app;
    standIn.webhooks.listenAt("page", `${url}/webhooks/messenger`);
    standIn.webhooks.listenAt("instagram", `${url}/webhooks/instagram`);
    return new MetaStage(standIn, stage);
  }

  /** A visitor's first message there. */
  async user(kind: AccountKind = "page", text = "Is my bike ready?"): Promise<MetaUser> {
    this.#users += 1;
    const id = `${kind === "page" ? 24 : 78}00000000000${this.#users}`;
    if ((await this.standIn.say(kind, id, text)) !== 200) throw new Error("The webhook was refused");
    return this.find(kind, id);
  }

  async find(kind: AccountKind, id: string): Promise<MetaUser> {
    const { conversations } = await this.stage.desk.client.do(
      "query ($channel: ID!) { conversations(filter: { channel: $channel }, first: 1) { nodes { id visitor { id } } } }",
      { channel: channels[kind] },
    );
    const [newest] = conversations.nodes;
    return { id, kind, conversationId: newest.id, visitorId: newest.visitor.id };
  }

  async reply({ conversationId }: MetaUser, text: string, more: Data = {}): Promise<void> {
    await this.stage.desk.client.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
      input: { conversationId, text, ...more },
    });
  }

  /** All that the conversation holds. */
  async texts({ conversationId }: MetaUser): Promise<string[]> {
    const { conversation } = await this.stage.desk.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } } }",
      { id: conversationId },
    );
    return conversation.messages.nodes.map(({ text }: Data) => text);
  }

  /** Oldest first. */
  async deliveries({ conversationId }: MetaUser): Promise<Data[]> {
    const { deliveries } = await this.stage.desk.client.do(
      `query ($id: ID!) { deliveries(filter: { conversationId: $id }) { nodes {
        id status address attempts nextAttemptAt failure { code detail } messages { text forwardedTo } } } }`,
      { id: conversationId },
    );
    return deliveries.nodes.toReversed();
  }

  async statuses(user: MetaUser): Promise<string[]> {
    return (await this.deliveries(user)).map(({ status }) => status);
  }

  /** By channel. */
  async health(): Promise<Data> {
    const { channels } = await this.stage.desk.client.do("{ channels { id health { status detail } } }");
    return Object.fromEntries(channels.map(({ id, health }: Data) => [id, health]));
  }

  /** As the job does every five minutes. */
  async checkChannels(): Promise<void> {
    await checkChannels(this.stage.program.app.services);
  }

  async strike(): Promise<void> {
    await this.standIn.webhooks.quiet();
    await this.stage.strike();
    await this.standIn.stop();
  }
}
