import { setTimeout as delay } from "node:timers/promises";
import { v7, validate } from "uuid";
import type { Database } from "../database/database.js";
import { describeError } from "../logger.js";
import {
  heartbeatMs,
  type ProcessIdentity,
  recordHeartbeat,
  registerProcess,
  unregisterProcess,
} from "../processes/process-registry.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { AgentsWatch } from "./agents-watch.js";
import { type ConnectionChange, ConnectionQueue } from "./connection-queue.js";
import { DatabaseLink } from "./database-link.js";
import { writeBatch } from "./write-batch.js";

const batchMs = 5;
const batchRows = 500;
const firstRetryMs = 100;
const maxRetryMs = 2_000;

export type PresenceServices = Pick<Services, "clock" | "events" | "logger"> & {
  readonly database: Pick<Database, "query" | "transaction" | "synchronize">;
};

/**
 * The open connections of this process, and their copy in the database, by which every process knows who is there.
 * What opens and closes is queued and written in batches; while the database is away the queue waits, and a database
 * that has forgotten the connections is told all of them again.
 */
export class PresenceTracker {
  readonly #services: PresenceServices;
  readonly #identity: ProcessIdentity;
  readonly #queue = new ConnectionQueue();
  readonly #agents: AgentsWatch;
  readonly #stopping = new AbortController();
  #epochMs = 0;
  #heart: NodeJS.Timeout | undefined;
  #batchTimer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | null = null;
  #beating: Promise<void> | null = null;
  readonly #touch = new DatabaseLink();
  #recountedEpochMs: number | null = null;
  #stopListening: () => void = () => {};

  constructor(services: PresenceServices) {
    this.#services = services;
    this.#identity = { id: v7(), startedAt: services.clock.now() };
    this.#agents = new AgentsWatch(services);
  }

  /** Names this process in the database. */
  get processId(): string {
    return this.#identity.id;
  }

  /** Enters this process in the database. Rejects when that cannot be reached. */
  async start(): Promise<void> {
    await this.#services.database.synchronize(this.#services.clock);
    await this.#enter();
    await this.#agents.look();
    this.#touch.onHeartbeat(this.#services.clock.now(), 0);
    this.#stopListening = this.#services.events.listen("sessionActive", (event) => this.activateGuest(event.sessionId));
    this.#heart = setInterval(() => void this.beat(), heartbeatMs).unref();
  }

  /**
   * A connection has been acknowledged: its owner is there from now on. `connectionId` is a UUID.
   * @throws {TypeError} when it is not, before it can spoil a batch.
   */
  open(connectionId: string, viewer: Viewer): void {
    if (!validate(connectionId)) throw new TypeError(`A connection's id must be a UUID, not ${connectionId}.`);
    if (this.#stopping.signal.aborted) return;
    this.#queue.open(connectionId, viewer, this.#services.clock.now());
    this.#scheduleBatch();
  }

  /**
   * A connection has closed, or was found to be dead since `lastThereAt`: its last sign of life counts, not the discovery.
   * One that is not open any more is ignored.
   */
  close(connectionId: string, lastThereAt = this.#services.clock.now()): void {
    this.#queue.close(connectionId, lastThereAt);
    this.#scheduleBatch();
  }

  /** A guest has done something for the first time: the connections of that session count from now on. */
  activateGuest(sessionId: string): void {
    this.#queue.activateGuest(sessionId);
    this.#scheduleBatch();
  }

  /** Resolves once everything that happened before is in the database, however long that is away. */
  async flush(): Promise<void> {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    if (this.#queue.changeCount > 0) this.#writing ??= this.#writeAll();
    await this.#writing;
  }

  /**
   * Shows that this process lives, takes the database's time, and enters everything again if the database has forgotten
   * it. Called by a timer; a failure is logged and shows in `canReapOthers`.
   */
  async beat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null;
    });
    await this.#beating;
  }

  /** A heartbeat, unless the last one is recent enough. */
  async beatIfDue(): Promise<void> {
    if (this.#touch.isBeatDue(this.#services.clock.now())) await this.beat();
  }

  /**
   * Whether this process may take silent ones for dead. While the database was out of reach nobody's heart was seen to
   * beat, its own neither: everybody first gets the time to beat again.
   */
  canReapOthers(now: Date): boolean {
    return this.#touch.lasts(now);
  }

  /** Whether nobody of this process has yet looked, in this count, for people that no connection is left of. */
  needsRecount(epoch: Date): boolean {
    return this.#recountedEpochMs !== epoch.getTime();
  }

  recounted(epoch: Date): void {
    this.#recountedEpochMs = epoch.getTime();
  }

  /** Closes all connections as of now and takes this process out of the database; if that is away, others will. */
  async stop(): Promise<void> {
    clearInterval(this.#heart);
    this.#stopListening();
    this.#queue.closeAll(this.#services.clock.now());
    this.#stopping.abort();
    try {
      await this.#beating;
      await this.flush();
      const { database } = this.#services;
      await unregisterProcess(database.query.bind(database), this.#identity.id);
    } catch (error) {
      this.#services.logger.warn("This process could not sign off: its people count as away once others notice", {
        error: describeError(error),
      });
    }
  }

  #scheduleBatch(): void {
    if (this.#queue.changeCount === 0 || this.#writing !== null) return;
    if (this.#queue.changeCount >= batchRows) this.#startWriting();
    else this.#batchTimer ??= setTimeout(() => this.#startWriting(), batchMs);
  }

  #startWriting(): void {
    // Rejects only while stopping, and then stop() tells of it.
    this.flush().catch(() => {});
  }

  async #writeAll(): Promise<void> {
    let retryMs = firstRetryMs;
    try {
      while (this.#queue.changeCount > 0) {
        const batch = this.#queue.take(batchRows);
        try {
          await this.#write(batch);
          retryMs = firstRetryMs;
        } catch (error) {
          this.#queue.putBack(batch);
          if (this.#stopping.signal.aborted) throw error;
          this.#services.logger.warn("Presence could not be written: trying again", {
            error: describeError(error),
            retryMs,
          });
          await delay(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
          retryMs = Math.min(retryMs * 2, maxRetryMs);
        }
      }
    } finally {
      this.#writing = null;
    }
  }

  async #write(batch: readonly ConnectionChange[]): Promise<void> {
    const standing = { processId: this.#identity.id, epochMs: this.#epochMs };
    const now = this.#services.clock.now();
    const outcome = await this.#services.database.transaction((transaction) =>
      writeBatch(transaction, batch, standing, now),
    );
    switch (outcome.kind) {
      case "written":
        for (const connection of outcome.activeGuests) this.#queue.countGuest(connection);
        break;
      case "forgotten":
        this.#queue.putBack(batch);
        await this.#enter();
        break;
    }
  }

  /** Enters this process, and queues all its connections to be entered again. */
  async #enter(): Promise<void> {
    const now = this.#services.clock.now();
    this.#epochMs = await this.#services.database.transaction((transaction) =>
      registerProcess(transaction, this.#identity, now),
    );
    this.#queue.enterAllAgain();
  }

  async #beat(): Promise<void> {
    const { clock, database, logger } = this.#services;
    try {
      const beforeMs = clock.now().getTime();
      await database.synchronize(clock);
      const skewMs = clock.now().getTime() - beforeMs;
      const query = database.query.bind(database);
      if ((await recordHeartbeat(query, this.#identity.id, clock.now())) !== this.#epochMs) await this.#enter();
      this.#queue.askForGuests();
      await this.flush();
      await this.#agents.look();
      this.#touch.onHeartbeat(clock.now(), skewMs);
    } catch (error) {
      this.#touch.lost();
      if (!this.#stopping.signal.aborted)
        logger.warn("No heartbeat: the database is away", { error: describeError(error) });
    }
  }
}
