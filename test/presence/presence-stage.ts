import { v7 } from "uuid";
import { Clock } from "../../src/clock.js";
import { Database } from "../../src/database/database.js";
import { type ChangeEvent, Events } from "../../src/events/events.js";
import { createLogger } from "../../src/logger.js";
import { openDatabase } from "../../src/orm.js";
import { type PresenceServices, PresenceTracker } from "../../src/presence/presence-tracker.js";
import type { Services } from "../../src/services.js";
import type { AgentViewer, VisitorViewer } from "../../src/viewer.js";
import { createMigratedDatabase } from "../support/migrated-database.js";
import type { TestDatabase } from "../support/test-database.js";

/** A clock that stands still until the test moves it, so that moments can be compared exactly. */
class StillClock extends Clock {
  #nowMs = Date.UTC(2026, 10, 22, 9);

  override now(): Date {
    return new Date(this.#nowMs);
  }

  override advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }

  override synchronize(): void {}
}

/** One process of the program: its book on the shared database, over a line that the test can cut. */
export class StageProcess {
  readonly events = new Events();
  readonly heard: ChangeEvent[] = [];
  readonly book: PresenceTracker;
  readonly services: Services;
  statements = 0;
  transactions = 0;
  /** While cut, whatever asks the database fails: the network is gone, or to everyone else this process is. */
  line: "whole" | "cut" = "whole";

  constructor(database: Database, clock: Clock) {
    for (const type of ["conversationUpdated", "contactFormUpdated", "sessionActive", "typing"] as const) {
      this.events.listen(type, (event) => void this.heard.push(event));
    }
    const logger = createLogger("silent");
    const services: PresenceServices = { clock, events: this.events, logger, database: this.#over(database) };
    this.book = new PresenceTracker(services);
    this.services = { ...services, presence: this.book } as Services;
  }

  #over(database: Database): PresenceServices["database"] {
    const check = async () => {
      if (this.line === "cut") throw new Error("connection refused");
    };
    return {
      query: async (statement, parameters) => {
        await check();
        return database.query(statement, parameters);
      },
      synchronize: async (clock) => {
        await check();
        await database.synchronize(clock);
      },
      transaction: async (work) => {
        await check();
        const events: ChangeEvent[] = [];
        this.transactions += 1;
        const result = await database.transaction((transaction) =>
          work({
            entityManager: transaction.entityManager,
            query: (statement, parameters) => {
              this.statements += 1;
              return transaction.query(statement, parameters);
            },
            publish: (event) => void events.push(event),
          }),
        );
        for (const event of events) this.events.publish(event);
        return result;
      },
    };
  }

  /** The events of a type heard so far; forgets all. */
  async takeHeard<Type extends ChangeEvent["type"]>(type: Type): Promise<ChangeEvent[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.heard.splice(0).filter((event) => event.type === type);
  }
}

export interface StoredVisitor {
  readonly connected: boolean;
  readonly departedAt: Date | null;
  readonly lastInteractionAt: Date | null;
  readonly page: string | null;
}

/** A database with people in it, and processes that a test starts, cuts off and stops. */
export class Stage {
  readonly clock: Clock = new StillClock();
  readonly #processes: StageProcess[] = [];

  private constructor(
    readonly database: Database,
    private readonly testDatabase: TestDatabase,
  ) {}

  static async open(): Promise<Stage> {
    const testDatabase = await createMigratedDatabase();
    return new Stage(await openDatabase(testDatabase.url, 8, () => {}), testDatabase);
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.database.close();
    await this.testDatabase.drop();
  }

  async startProcess(): Promise<StageProcess> {
    const process = new StageProcess(this.database, this.clock);
    this.#processes.push(process);
    await process.book.start();
    return process;
  }

  /** Stops what a test left running, crashed processes too, and empties what they wrote. */
  async stopAll(): Promise<void> {
    for (const process of this.#processes.splice(0)) await process.book.stop();
    await this.sql("TRUNCATE processes, connections, presence_epoch");
    await this.sql("UPDATE agents SET connected = false, dropped_at = NULL");
  }

  /** What a crash and recovery of the database does to UNLOGGED tables. */
  async crashDatabase(): Promise<void> {
    await this.sql("TRUNCATE connections, presence_epoch");
  }

  /** Lets time pass with every process that is not cut off beating, as their timers would. */
  async pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 5_000) {
      this.clock.advance(Math.min(left, 5_000));
      for (const process of this.#processes) if (process.line === "whole") await process.book.sendHeartbeat();
    }
  }

  async sql<Row = unknown>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.database.query<Row>({ name: "", text }, parameters);
  }

  async addVisitor(): Promise<VisitorViewer> {
    const visitorId = v7();
    await this.sql("INSERT INTO visitors (id, created_at) VALUES ($1, $2)", [visitorId, this.clock.now()]);
    return { kind: "visitor", sessionId: v7(), visitorId, guestOf: null };
  }

  async addGuest(): Promise<VisitorViewer> {
    const { visitorId, sessionId } = await this.addVisitor();
    const guestOf = await this.addConversation(visitorId);
    const now = this.clock.now();
    await this.sql(
      `INSERT INTO sessions (id, kind, visitor_id, conversation_id, created_at, expires_at)
        VALUES ($1, 'GUEST', $2, $3, $4, $4)`,
      [sessionId, visitorId, guestOf, now],
    );
    return { kind: "visitor", sessionId, visitorId, guestOf };
  }

  async addAgent(availability: "ONLINE" | "OFFLINE"): Promise<AgentViewer> {
    const agentId = v7();
    await this.sql(
      `INSERT INTO agents (id, name, email, role, password_hash, availability, created_at)
        VALUES ($1::uuid, 'Ana', $1::uuid || '@example.com', 'AGENT', '-', $2, $3)`,
      [agentId, availability, this.clock.now()],
    );
    return { kind: "agent", sessionId: v7(), agentId, role: "AGENT" as AgentViewer["role"] };
  }

  async addConversation(visitorId: string): Promise<string> {
    const id = v7();
    await this.sql(
      `INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) VALUES ($1, $2, 'web', $3, $3)`,
      [id, visitorId, this.clock.now()],
    );
    return id;
  }

  async visitor(viewer: VisitorViewer): Promise<StoredVisitor> {
    const [row] = await this.sql<StoredVisitor>(
      "SELECT connected, departed_at, last_interaction_at, page FROM visitors WHERE id = $1",
      [viewer.visitorId],
    );
    if (row === undefined) throw new Error("The visitor is gone.");
    return row;
  }

  async agent(viewer: AgentViewer): Promise<{ readonly connected: boolean; readonly droppedAt: Date | null }> {
    const [row] = await this.sql<{ connected: boolean; droppedAt: Date | null }>(
      "SELECT connected, dropped_at FROM agents WHERE id = $1",
      [viewer.agentId],
    );
    if (row === undefined) throw new Error("The agent is gone.");
    return row;
  }
}
