import type { Viewer } from "../viewer.js";

/** A socket of this process, and the visitor or agent that it belongs to. */
export interface OpenConnection {
  readonly id: string;
  readonly owner: { readonly kind: "visitor" | "agent"; readonly id: string };
  readonly openedAt: Date;
  /** Set while a guest's session is inactive, so that the connection does not count yet; otherwise null. */
  inactiveGuestSessionId: string | null;
  /** Whether a batch with its opening has been taken, so that it may be in the database. */
  hasBeenTaken: boolean;
}

export type ConnectionChange =
  | { readonly kind: "opened"; readonly connection: OpenConnection }
  | { readonly kind: "closed"; readonly connection: OpenConnection; readonly closedAt: Date };

// Batches are normally written every 5 ms. If a connection opened and closed within one but lasted longer than this, the
// database was unavailable, and the visit has to be recorded.
const minVisitMs = 1_000;

/**
 * The open connections of this process, and the changes that have not been written to the database yet: at most one per
 * connection. A connection that opens and closes between two batches leaves no change.
 */
export class ConnectionQueue {
  readonly #open = new Map<string, OpenConnection>();
  readonly #inactiveGuests = new Set<OpenConnection>();
  #changes = new Map<string, ConnectionChange>();

  get changeCount(): number {
    return this.#changes.size;
  }

  get hasInactiveGuests(): boolean {
    return this.#inactiveGuests.size > 0;
  }

  open(id: string, viewer: Viewer, now: Date): void {
    if (this.#open.has(id)) return;
    const connection: OpenConnection = {
      id,
      owner:
        viewer.kind === "visitor" ? { kind: "visitor", id: viewer.visitorId } : { kind: "agent", id: viewer.agentId },
      openedAt: now,
      inactiveGuestSessionId: viewer.kind === "visitor" && viewer.guestOf !== null ? viewer.sessionId : null,
      hasBeenTaken: false,
    };
    this.#open.set(id, connection);
    if (connection.inactiveGuestSessionId !== null) this.#inactiveGuests.add(connection);
    this.#changes.set(id, { kind: "opened", connection });
  }

  close(id: string, now: Date): void {
    const connection = this.#open.get(id);
    if (connection === undefined) return;
    this.#open.delete(id);
    this.#changes.delete(id);
    this.#inactiveGuests.delete(connection);
    const isVisit =
      connection.inactiveGuestSessionId === null && now.getTime() - connection.openedAt.getTime() >= minVisitMs;
    if (connection.hasBeenTaken || isVisit) this.#changes.set(id, { kind: "closed", connection, closedAt: now });
  }

  closeAll(now: Date): void {
    for (const id of [...this.#open.keys()]) this.close(id, now);
  }

  /** To be called when a guest's session has become active: its connections count from now on. */
  activateGuest(sessionId: string): void {
    for (const connection of this.#inactiveGuests) {
      if (connection.inactiveGuestSessionId !== sessionId) continue;
      this.markActive(connection);
      this.#changes.set(connection.id, { kind: "opened", connection });
    }
  }

  /** Makes a guest's connection count like any other. */
  markActive(connection: OpenConnection): void {
    this.#inactiveGuests.delete(connection);
    connection.inactiveGuestSessionId = null;
  }

  /** Lets the next batch check whether the sessions of guests have become active, possibly through another process. */
  requeueInactiveGuests(): void {
    for (const connection of this.#inactiveGuests) this.#changes.set(connection.id, { kind: "opened", connection });
  }

  /** Removes and returns the oldest changes. The caller writes them, or returns them with `putBack`. */
  take(limit: number): ConnectionChange[] {
    const batch: ConnectionChange[] = [];
    for (const change of this.#changes.values()) {
      if (batch.length === limit) break;
      batch.push(change);
      this.#changes.delete(change.connection.id);
      change.connection.hasBeenTaken = true;
    }
    return batch;
  }

  /** Returns a batch that could not be written. Newer changes of the same connections take precedence. */
  putBack(batch: readonly ConnectionChange[]): void {
    this.#prepend(batch.filter((change) => change.kind === "closed" || this.#open.has(change.connection.id)));
  }

  /**
   * Queues all open connections again, because the database has lost them. Openings are put first, so that nobody appears
   * to leave.
   */
  requeueOpen(): void {
    const active = [...this.#open.values()].filter((connection) => !this.#inactiveGuests.has(connection));
    this.#prepend(active.map((connection) => ({ kind: "opened", connection })));
  }

  #prepend(changes: readonly ConnectionChange[]): void {
    const newer = this.#changes;
    this.#changes = new Map(changes.map((change) => [change.connection.id, change]));
    for (const [id, change] of newer) {
      this.#changes.delete(id);
      this.#changes.set(id, change);
    }
  }
}
