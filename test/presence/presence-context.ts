import type { Clock } from "../../src/clock.js";
import type { Database } from "../../src/database/database.js";
import type { ChangeEvent } from "../../src/events/events.js";
import type { PresenceServices, PresenceTracker } from "../../src/presence/presence-tracker.js";
import type { Services } from "../../src/services.js";
import type { AgentViewer, VisitorViewer } from "../../src/viewer.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { addAgent, addConversation, addVisitor } from "../support/services/fixtures.js";

/** One Afterchat process whose connection to the shared database a test can interrupt. */
export class PresenceProcess {
  statements = 0;
  transactions = 0;
  /** While down, every access to the database fails: the network is down, or this process is frozen. */
  databaseLink: "up" | "down" = "up";
  #context: TestServices | null = null;

  static async start(shared: TestServices): Promise<PresenceProcess> {
    const process = new PresenceProcess();
    const { database } = shared.services;
    const context = await shared.join({
      database: (announce) => process.#interruptible(database, announce) as Database,
    });
    process.#context = context;
    await context.startPresence();
    return process;
  }

  get services(): Services {
    if (this.#context === null) throw new Error("This process has not started.");
    return this.#context.services;
  }

  get tracker(): PresenceTracker {
    return this.services.presence;
  }

  /** The events of a type published since the last call; discards all others. */
  takeAnnounced<Type extends ChangeEvent["type"]>(type: Type): ChangeEvent[] {
    return this.#context?.announced().filter((event) => event.type === type) ?? [];
  }

  async stop(): Promise<void> {
    await this.#context?.stop();
  }

  #interruptible(database: Database, announce: (event: ChangeEvent) => void): PresenceServices["database"] {
    const check = async () => {
      if (this.databaseLink === "down") throw new Error("connection refused");
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
        for (const event of events) announce(event);
        return result;
      },
    };
  }
}

export interface StoredVisitor {
  readonly connected: boolean;
  readonly departedAt: Date | null;
  readonly lastInteractionAt: Date | null;
  readonly page: string | null;
}

/** A database with visitors and agents, and processes that a test starts, disconnects and stops. */
export class PresenceContext {
  readonly #processes: PresenceProcess[] = [];

  private constructor(private readonly shared: TestServices) {}

  static async setup(): Promise<PresenceContext> {
    return new PresenceContext(await createServices());
  }

  get clock(): Clock {
    return this.shared.clock;
  }

  get database(): Database {
    return this.shared.services.database;
  }

  async teardown(): Promise<void> {
    await this.stopProcesses();
    await this.shared.stop();
  }

  async startProcess(): Promise<PresenceProcess> {
    const process = await PresenceProcess.start(this.shared);
    this.#processes.push(process);
    return process;
  }

  /** Stops the processes that a test left running, crashed ones too, and deletes what they wrote. */
  async stopProcesses(): Promise<void> {
    for (const process of this.#processes.splice(0)) await process.stop();
    await this.sql("TRUNCATE processes, connections, presence_epoch");
    await this.sql("UPDATE agents SET connected = false, dropped_at = NULL");
  }

  /** Does what a crash and recovery of the database does to UNLOGGED tables. */
  async crashDatabase(): Promise<void> {
    await this.sql("TRUNCATE connections, presence_epoch");
  }

  /** Lets time pass; every process with a database link sends heartbeats, as its timer would. */
  async pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 5_000) {
      this.clock.advance(Math.min(left, 5_000));
      for (const process of this.#processes) if (process.databaseLink === "up") await process.tracker.sendHeartbeat();
    }
  }

  sql<Row = unknown>(text: string, ...parameters: readonly unknown[]): Promise<Row[]> {
    return this.shared.sql(text, ...parameters);
  }

  addVisitor(): Promise<VisitorViewer> {
    return addVisitor(this.shared);
  }

  async addGuest(): Promise<VisitorViewer> {
    const { visitorId, sessionId } = await this.addVisitor();
    const guestOf = await this.addConversation(visitorId);
    const now = this.clock.now();
    await this.sql(
      `INSERT INTO sessions (id, kind, visitor_id, conversation_id, created_at, expires_at)
        VALUES ($1, 'GUEST', $2, $3, $4, $4)`,
      sessionId,
      visitorId,
      guestOf,
      now,
    );
    return { kind: "visitor", sessionId, visitorId, guestOf };
  }

  async addAgent(availability: "ONLINE" | "OFFLINE"): Promise<AgentViewer> {
    const { viewer } = await addAgent(this.shared);
    await this.sql("UPDATE agents SET availability = $2 WHERE id = $1", viewer.agentId, availability);
    return viewer;
  }

  addConversation(visitorId: string): Promise<string> {
    return addConversation(this.shared, visitorId);
  }

  async visitor(viewer: VisitorViewer): Promise<StoredVisitor> {
    const [row] = await this.sql<StoredVisitor>(
      "SELECT connected, departed_at, last_interaction_at, page FROM visitors WHERE id = $1",
      viewer.visitorId,
    );
    if (row === undefined) throw new Error("The visitor does not exist.");
    return row;
  }

  async agent(viewer: AgentViewer): Promise<{ readonly connected: boolean; readonly droppedAt: Date | null }> {
    const [row] = await this.sql<{ connected: boolean; droppedAt: Date | null }>(
      "SELECT connected, dropped_at FROM agents WHERE id = $1",
      viewer.agentId,
    );
    if (row === undefined) throw new Error("The agent does not exist.");
    return row;
  }
}
