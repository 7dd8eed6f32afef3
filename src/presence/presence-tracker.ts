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
import { AgentsOnlineWatcher } from "./agents-online-watcher.js";
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
 * Keeps the database up to date on the open connections of this process, so that every process knows who is online.
 * Changes are queued and written in batches. While the database is unavailable they stay in the queue; if it has lost
 * these records, all connections are registered again.
 */
export class PresenceTracker {
  readonly #services: PresenceServices;
  readonly #identity: ProcessIdentity;
  readonly #queue = new ConnectionQueue();
  readonly #agentsWatcher: AgentsOnlineWatcher;
  readonly #stopping = new AbortController();
  #epochMs = 0;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #batchTimer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | null = null;
  #heartbeat: Promise<void> | null = null;
  readonly #databaseLink = new DatabaseLink();
  #checkedEpochMs: number | null = null;
  #stopListening: () => void = () => {};

  constructor(services: PresenceServices) {
    this.#services = services;
    this.#identity = { id: v7(), startedAt: services.clock.now() };
    this.#agentsWatcher = new AgentsOnlineWatcher(services);
  }

  /** The id of this process in the database. */
  get processId(): string {
    return this.#identity.id;
  }

  /** Registers this process in the database. Rejects if the database is unavailable. */
  async start(): Promise<void> {
    await this.#services.database.synchronize(this.#services.clock);
    await this.#register();
    await this.#agentsWatcher.check();
    this.#databaseLink.onHeartbeat(this.#services.clock.now(), 0);
    this.#stopListening = this.#services.events.listen("sessionActive", (event) => this.activateGuest(event.sessionId));
    this.#heartbeatTimer = setInterval(() => void this.sendHeartbeat(), heartbeatMs).unref();
  }

  /**
   * To be called when a connection has been acknowledged: its owner is online from now on.
   * @throws {TypeError} if `connectionId` is not a UUID, which would make its whole batch fail
   */
  open(connectionId: string, viewer: Viewer): void {
    if (!validate(connectionId)) throw new TypeError(`A connection's id must be a UUID, not ${connectionId}.`);
    if (this.#stopping.signal.aborted) return;
    this.#queue.open(connectionId, viewer, this.#services.clock.now());
    this.#scheduleBatch();
  }

  /**
   * Call this when a connection has closed. If it was found dead, pass its last sign of life as `lastAliveAt`; by default the
   * current time is used. Does nothing if the connection is not open.
   */
  close(connectionId: string, lastAliveAt = this.#services.clock.now()): void {
    this.#queue.close(connectionId, lastAliveAt);
    this.#scheduleBatch();
  }

  /** To be called at a guest's first interaction: the connections of that session count from now on. */
  activateGuest(sessionId: string): void {
    this.#queue.activateGuest(sessionId);
    this.#scheduleBatch();
  }

  /** Resolves once all earlier changes are in the database, however long it is unavailable. */
  async flush(): Promise<void> {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    if (this.#queue.changeCount > 0) this.#writing ??= this.#writeAll();
    await this.#writing;
  }

  /**
   * Records that this process is alive, synchronises the clock with the database's, and registers the process and its
   * connections again if the database has lost them. Called by a timer. A failure is logged, and affects `canReapOthers`.
   */
  async sendHeartbeat(): Promise<void> {
    this.#heartbeat ??= this.#doHeartbeat().finally(() => {
      this.#heartbeat = null;
    });
    await this.#heartbeat;
  }

  /** Sends a heartbeat unless the last one is recent. */
  async sendHeartbeatIfDue(): Promise<void> {
    if (this.#databaseLink.isHeartbeatDue(this.#services.clock.now())) await this.sendHeartbeat();
  }

  /**
   * Whether this process may consider others dead. While the database was unavailable no process could record heartbeats,
   * so all of them first get the time to do so.
   */
  canReapOthers(now: Date): boolean {
    return this.#databaseLink.isStable(now);
  }

  /** Whether this process has yet to look, in this epoch, for people who are marked as connected without a connection. */
  needsFullCheck(epoch: Date): boolean {
    return this.#checkedEpochMs !== epoch.getTime();
  }

  markFullyChecked(epoch: Date): void {
    this.#checkedEpochMs = epoch.getTime();
  }

  /** Closes all connections and unregisters this process; if the database is unavailable, other processes reap it. */
  async stop(): Promise<void> {
    clearInterval(this.#heartbeatTimer);
    this.#stopListening();
    this.#queue.closeAll(this.#services.clock.now());
    this.#stopping.abort();
    try {
      await this.#heartbeat;
      await this.flush();
      const { database } = this.#services;
      await unregisterProcess(database.query.bind(database), this.#identity.id);
    } catch (error) {
      this.#services.logger.warn("Presence could not be updated on shutdown: another process will do it", {
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
    // Rejects only while stopping, and then stop() logs it.
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
          this.#services.logger.warn("Presence could not be written: retrying", {
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
    const registration = { processId: this.#identity.id, epochMs: this.#epochMs };
    const now = this.#services.clock.now();
    const outcome = await this.#services.database.transaction((transaction) =>
      writeBatch(transaction, batch, registration, now),
    );
    switch (outcome.kind) {
      case "written":
        for (const connection of outcome.activeGuests) this.#queue.markActive(connection);
        break;
      case "unregistered":
        this.#queue.putBack(batch);
        await this.#register();
        break;
    }
  }

  /** Registers this process, and queues all its connections to be registered again. */
  async #register(): Promise<void> {
    const now = this.#services.clock.now();
    this.#epochMs = await this.#services.database.transaction((transaction) =>
      registerProcess(transaction, this.#identity, now),
    );
    this.#queue.requeueOpen();
  }

  async #doHeartbeat(): Promise<void> {
    const { clock, database, logger } = this.#services;
    try {
      const beforeMs = clock.now().getTime();
      await database.synchronize(clock);
      const skewMs = clock.now().getTime() - beforeMs;
      const query = database.query.bind(database);
      if ((await recordHeartbeat(query, this.#identity.id, clock.now())) !== this.#epochMs) await this.#register();
      this.#queue.requeueInactiveGuests();
      await this.flush();
      await this.#agentsWatcher.check();
      this.#databaseLink.onHeartbeat(clock.now(), skewMs);
    } catch (error) {
      this.#databaseLink.onFailure();
      if (this.#stopping.signal.aborted) return;
      logger.warn("The heartbeat failed: the database is unavailable", { error: describeError(error) });
    }
  }
}
