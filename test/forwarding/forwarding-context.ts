import { sendMessage } from "../../src/conversations/send-message.js";
import { DeliveryWorker } from "../../src/forwarding/deliveries/delivery-worker.js";
import { planDueDeliveries } from "../../src/forwarding/deliveries/plan-deliveries.js";
import { deferredReports } from "../../src/inbound/deferred-reports.js";
import type { Services } from "../../src/services.js";
import { AgentRole, type AgentViewer, type VisitorViewer } from "../../src/viewer.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import type { FakeChannel } from "../support/services/fake-channel.js";
import { addConversation, addVisitor } from "../support/services/fixtures.js";

/** One process with fake channels and a delivery worker, and an agent who replies. */
export class ForwardingContext {
  readonly agent: AgentViewer = agentNumber(1);
  readonly worker: DeliveryWorker;

  private constructor(private readonly process: TestServices) {
    this.worker = new DeliveryWorker(process.services, deferredReports(process.services));
  }

  static async setup(channels: readonly FakeChannel[]): Promise<ForwardingContext> {
    const process = await createServices({ channels: channels.map(({ plugin }) => plugin) });
    try {
      const context = await ForwardingContext.#start(process);
      await context.sql("UPDATE contact_form SET when_online = 'OFF', when_offline = 'OFF'");
      await context.addAgent(context.agent);
      // Presence is reliable one heartbeat interval after the count of connections started.
      await process.pass(10);
      return context;
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /** Another process on the same database and clock, with its own channels. */
  async join(channels: readonly FakeChannel[]): Promise<ForwardingContext> {
    return ForwardingContext.#start(await this.process.join({ channels: channels.map(({ plugin }) => plugin) }));
  }

  static async #start(process: TestServices): Promise<ForwardingContext> {
    await process.startChannels();
    await process.startPresence();
    return new ForwardingContext(process);
  }

  get services(): Services {
    return this.process.services;
  }

  get clock(): Services["clock"] {
    return this.process.clock;
  }

  get databaseUrl(): string {
    return this.process.databaseUrl;
  }

  sql<Row>(text: string, ...parameters: readonly unknown[]): Promise<Row[]> {
    return this.process.sql(text, ...parameters);
  }

  pass(seconds: number): Promise<void> {
    return this.process.pass(seconds);
  }

  /** Deletes all visitors and everything about them, and resets the preference. */
  async clear(): Promise<void> {
    // Faster than TRUNCATE, which creates new files for every table and index.
    await this.sql(`DO $$ BEGIN
      DELETE FROM delivery_messages; DELETE FROM deliveries; DELETE FROM messages; DELETE FROM channel_store;
      DELETE FROM sessions; DELETE FROM conversations; DELETE FROM typed_addresses; DELETE FROM unproven_mails;
      DELETE FROM visitors; DELETE FROM connections;
      DELETE FROM channel_states; DELETE FROM address_states; DELETE FROM inbound_events;
    END $$`);
    await this.sql(
      "UPDATE agents SET availability = 'ONLINE', connected = false, dropped_at = NULL, offline_at = NULL",
    );
    await this.sql(
      `UPDATE forwarding_preference SET mode = 'UNREAD_REPLIES', mode_since = $1, visitor_left_delay_seconds = 300,
        inactivity_delay_seconds = 1800, settle_seconds = 30`,
      this.clock.now(),
    );
  }

  /** Adds an agent with a given id, who cannot sign in. */
  async addAgent(viewer: AgentViewer): Promise<void> {
    await this.sql(
      `INSERT INTO agents (id, name, email, role, password_hash, created_at) VALUES ($1, 'Ben', $2, $3, '-', $4)`,
      viewer.agentId,
      `${viewer.agentId}@example.com`,
      viewer.role,
      this.clock.now(),
    );
  }

  /** A visitor without presence; `addresses` are by channel. */
  addVisitor(addresses: Readonly<Record<string, string>> = {}): Promise<VisitorViewer> {
    return addVisitor(this.process, addresses);
  }

  addConversation({ visitorId }: VisitorViewer, channel = "web"): Promise<string> {
    return addConversation(this.process, visitorId, channel);
  }

  /** Sends a reply by the agent; returns the message's id. */
  async reply(conversationId: string, text: string): Promise<string> {
    return (await sendMessage(this.services, this.agent, { conversationId, text })).id;
  }

  /** Runs the due check, then the worker. */
  async work(): Promise<void> {
    await planDueDeliveries(this.services);
    await this.worker.work();
  }

  /** The deliveries of a conversation, oldest first. */
  deliveries(conversationId: string): Promise<DeliveryRow[]> {
    return this.sql<DeliveryRow>(
      `SELECT delivery.*, (SELECT array_agg(position ORDER BY position) FROM delivery_messages
          WHERE delivery_messages.delivery_id = delivery.id) AS carried
        FROM deliveries AS delivery WHERE conversation_id = $1 ORDER BY id`,
      conversationId,
    );
  }

  async teardown(): Promise<void> {
    await this.worker.stop(0);
    await this.process.stop();
  }
}

export interface DeliveryRow {
  readonly id: string;
  readonly status: string;
  readonly reference: string;
  readonly trigger: string;
  readonly kind: string;
  readonly address: string;
  readonly carried: readonly number[] | null;
  readonly dueAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly attempts: number;
  readonly failureCode: string | null;
  readonly frozenAt: Date | null;
  readonly externalIds: readonly string[];
}

/** The same number always gives the same agent. */
export function agentNumber(number: number): AgentViewer {
  const agentId = `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  return { kind: "agent", sessionId: agentId, agentId, role: AgentRole.ADMIN };
}
