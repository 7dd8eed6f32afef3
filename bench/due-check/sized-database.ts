import { randomUUID } from "node:crypto";
import pg from "pg";
import type { App } from "../../src/app.js";
import type { ClaimedDelivery } from "../../src/forwarding/deliveries/claim-deliveries.js";
import { refreshForwarding } from "../../src/forwarding/due/refresh-due-times.js";
import { AgentRole } from "../../src/viewer.js";
import { startWithoutJobs } from "../app-without-jobs.js";
import { dueCount, seed } from "./seed.js";

/** The program without its jobs, on a database with a given number of conversations. */
export class SizedDatabase {
  /** The deliveries of the last claim. */
  claimed: readonly ClaimedDelivery[] = [];
  /** The conversations that are due, and their visitors. */
  #due: readonly string[] = [];
  #dueVisitors: readonly string[] = [];

  private constructor(
    readonly size: number,
    readonly app: App,
    readonly client: pg.Client,
  ) {}

  /** Creates and fills a database on the server at `serverUrl`. An agent is online, otherwise all pending replies would be due. */
  static async open(serverUrl: string, size: number): Promise<SizedDatabase> {
    const url = new URL(`/conversations_${size}`, serverUrl).href;
    await administer(serverUrl, `CREATE DATABASE conversations_${size}`);
    const app = await startWithoutJobs(url);
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {}); // A server that ends takes it along; the statement's own error tells.
    await client.connect();
    const database = new SizedDatabase(size, app, client);
    try {
      await database.#bringAgentOnline();
      await seed(client, size, app.services.clock.now());
      await database.verify();
      database.#due = await database.#readDue();
      database.#dueVisitors = await database.#readVisitors(database.#due);
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  get dueVisitors(): readonly string[] {
    return this.#dueVisitors;
  }

  /** Resets the 500 due conversations after a check or a worker, and vacuums. */
  async restore(): Promise<void> {
    const { database, clock } = this.app.services;
    await this.client.query(
      `DELETE FROM delivery_messages USING deliveries
        WHERE deliveries.id = delivery_messages.delivery_id AND deliveries.conversation_id = ANY ($1)`,
      [this.#due],
    );
    await this.client.query("DELETE FROM deliveries WHERE conversation_id = ANY ($1)", [this.#due]);
    await this.client.query(
      `UPDATE conversations SET open_delivery_id = NULL, last_outcome = NULL, forwarded_position = 0, attempted_position = 0
        WHERE id = ANY ($1)`,
      [this.#due],
    );
    await this.client.query("UPDATE messages SET forwarded_to = NULL WHERE conversation_id = ANY ($1)", [this.#due]);
    await database.transaction((transaction) => refreshForwarding(transaction, this.#due, clock.now()));
    await this.client.query("VACUUM (INDEX_CLEANUP ON) conversations, deliveries, delivery_messages, visitors");
    const due = await this.#readDue();
    if (due.length !== dueCount)
      throw new Error(`${due.length} of ${this.size} conversations are due, not ${dueCount}.`);
  }

  async close(): Promise<void> {
    await this.client.end();
    await this.app.stop();
  }

  /**
   * Checks that the program, recomputing all due times, stores the same as the seed.
   * @throws {Error} with the first conversation for which it does not.
   */
  async verify(): Promise<void> {
    const read = async (): Promise<string[]> => {
      const { rows } = await this.client.query<{ line: string }>(
        "SELECT conversations::text AS line FROM conversations WHERE id = ANY ($1) ORDER BY id",
        [sample],
      );
      return rows.map((row) => row.line);
    };
    const { rows } = await this.client.query<{ id: string }>(
      "SELECT id FROM conversations ORDER BY id LIMIT 1000 OFFSET $1",
      [Math.floor(this.size / 2)],
    );
    const sample = rows.map((row) => row.id);
    const before = await read();
    const { database, clock } = this.app.services;
    await database.transaction((transaction) => refreshForwarding(transaction, sample, clock.now()));
    const after = await read();
    const wrong = before.findIndex((line, index) => line !== after[index]);
    if (wrong >= 0) throw new Error(`Seeded otherwise than stored:\n${before[wrong]}\n${after[wrong]}`);
  }

  async #bringAgentOnline(): Promise<void> {
    const { presence, database } = this.app.services;
    const [agent] = await database.query<{ id: string }>({ name: "bench-agent", text: "SELECT id FROM agents" }, []);
    if (agent === undefined) throw new Error("The program made no first admin.");
    presence.open(randomUUID(), { kind: "agent", agentId: agent.id, role: AgentRole.ADMIN, sessionId: randomUUID() });
    await presence.flush();
  }

  async #readVisitors(conversationIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.client.query<{ visitor_id: string }>(
      "SELECT visitor_id FROM conversations WHERE id = ANY ($1)",
      [conversationIds],
    );
    return rows.map((row) => row.visitor_id);
  }

  async #readDue(): Promise<string[]> {
    const { rows } = await this.client.query<{ id: string }>(
      "SELECT id FROM conversations WHERE due_at <= $1 ORDER BY id",
      [this.app.services.clock.now()],
    );
    return rows.map((row) => row.id);
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
