import type { Viewer } from "../viewer.js";

/** A socket of this process, with whom it belongs to. */
export interface OpenConnection {
  readonly id: string;
  readonly owner: { readonly kind: "visitor" | "agent"; readonly id: string };
  readonly openedAt: Date;
  /** Set while a guest's connection does not count yet; null for everyone else. */
  inactiveGuestSessionId: string | null;
  /** Whether the database may know of it already: its opening was handed to a transaction once. */
  handedOut: boolean;
}

export type ConnectionChange =
  | { readonly kind: "opened"; readonly connection: OpenConnection }
  | { readonly kind: "closed"; readonly connection: OpenConnection; readonly closedAt: Date };

// Normally a batch takes 5 ms. A pair that lived longer waited for a database that was away, and was a visit.
const minVisitMs = 1_000;

/**
 * The open connections of this process, which are the truth about them, and the changes that the database has not
 * been told yet. One change a connection at most; an opening and its closing between two batches cancel out.
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
      handedOut: false,
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
    const visited =
      connection.inactiveGuestSessionId === null && now.getTime() - connection.openedAt.getTime() >= minVisitMs;
    if (connection.handedOut || visited) this.#changes.set(id, { kind: "closed", connection, closedAt: now });
  }

  closeAll(now: Date): void {
    for (const id of [...this.#open.keys()]) this.close(id, now);
  }

  /** A guest's session has become active: its connections count from now on. */
  activateGuest(sessionId: string): void {
    for (const connection of this.#inactiveGuests) {
      if (connection.inactiveGuestSessionId !== sessionId) continue;
      this.countGuest(connection);
      this.#changes.set(connection.id, { kind: "opened", connection });
    }
  }

  /** The connection of a guest counts from now on, like any other. */
  countGuest(connection: OpenConnection): void {
    this.#inactiveGuests.delete(connection);
    connection.inactiveGuestSessionId = null;
  }

  /** Lets the next batch ask again whether the guests' sessions have become active, through another process perhaps. */
  askForGuests(): void {
    for (const connection of this.#inactiveGuests) this.#changes.set(connection.id, { kind: "opened", connection });
  }

  /** Takes the oldest changes out; they are either written or come back through `putBack`. */
  take(limit: number): ConnectionChange[] {
    const batch: ConnectionChange[] = [];
    for (const change of this.#changes.values()) {
      if (batch.length === limit) break;
      batch.push(change);
      this.#changes.delete(change.connection.id);
      change.connection.handedOut = true;
    }
    return batch;
  }

  /** Brings a batch back that was not written. What happened to its connections since then wins. */
  putBack(batch: readonly ConnectionChange[]): void {
    this.#putFirst(batch.filter((change) => change.kind === "closed" || this.#open.has(change.connection.id)));
  }

  /** Queues every open connection again: the database no longer knows them. Openings first, so that nobody seems to leave. */
  enterAllAgain(): void {
    const counted = [...this.#open.values()].filter((connection) => !this.#inactiveGuests.has(connection));
    this.#putFirst(counted.map((connection) => ({ kind: "opened", connection })));
  }

  #putFirst(first: readonly ConnectionChange[]): void {
    const later = this.#changes;
    this.#changes = new Map(first.map((change) => [change.connection.id, change]));
    for (const [id, change] of later) {
      this.#changes.delete(id);
      this.#changes.set(id, change);
    }
  }
}
