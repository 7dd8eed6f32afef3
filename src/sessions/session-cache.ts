import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.js";
import type { Database, Statement } from "../database/database.js";
import type { Events } from "../events/events.js";
import { verifySessionToken } from "../tokens/session-token.js";
import type { AgentRole, Viewer } from "../viewer.js";
import type { StoredSessionKind } from "./session.entity.js";
import { isExtensionDue, sessionLifetimeMs } from "./session-lifetime.js";

const maxSessions = 10_000;
const maxAgeMs = 5_000;

interface SessionRow {
  readonly id: string;
  readonly kind: StoredSessionKind;
  readonly visitorId: string | null;
  readonly agentId: string | null;
  readonly conversationId: string | null;
  readonly expiresAt: Date;
  readonly role: AgentRole | null;
}

/** `viewer` is null for a session that has ended. That is cached too, since a session never restarts. */
type Resolved = { readonly viewer: Viewer; readonly expiresAt: Date } | { readonly viewer: null };

export interface SessionCacheParts {
  readonly database: Pick<Database, "query">;
  readonly clock: Clock;
  readonly events: Events;
  readonly appSecrets: readonly string[];
}

/**
 * Resolves session tokens to viewers. Results are cached for 5 seconds, so that a busy page does not query the database
 * for every request; a session that ends in this process is invalidated immediately.
 */
export class SessionCache {
  readonly #parts: SessionCacheParts;
  readonly #sessionIds = new LRUCache<string, string>({ max: maxSessions });
  readonly #viewers: LRUCache<string, Resolved>;
  readonly #stopListening: () => void;

  constructor(parts: SessionCacheParts) {
    this.#parts = parts;
    this.#viewers = new LRUCache<string, Resolved>({
      max: maxSessions,
      ttl: maxAgeMs,
      ttlResolution: 0,
      perf: { now: () => parts.clock.now().getTime() },
      fetchMethod: (sessionId) => this.#load(sessionId),
      // Invalidating a session while it is being loaded must not fail the request; the result is just not cached.
      ignoreFetchAbort: true,
    });
    const stops = (["sessionsEnded", "sessionsChanged"] as const).map((type) =>
      parts.events.listen(type, (event) => this.invalidate(event.sessionIds)),
    );
    this.#stopListening = () => {
      for (const stop of stops) stop();
    };
  }

  /** The viewer, or null if the token is forged, expired or ended. Extends the session. */
  async resolve(token: string): Promise<Viewer | null> {
    const sessionId = await this.#verify(token);
    if (sessionId === null) return null;
    const resolved = await this.#viewers.fetch(sessionId);
    if (resolved === undefined || resolved.viewer === null) return null;
    return resolved.expiresAt > this.#parts.clock.now() ? resolved.viewer : null;
  }

  /** To be called when sessions have ended, or their agent or visitor has changed. */
  invalidate(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) this.#viewers.delete(sessionId);
  }

  close(): void {
    this.#stopListening();
  }

  async #verify(token: string): Promise<string | null> {
    const cached = this.#sessionIds.get(token);
    if (cached !== undefined) return cached;
    const sessionId = await verifySessionToken(this.#parts.appSecrets, token);
    if (sessionId !== null) this.#sessionIds.set(token, sessionId);
    return sessionId;
  }

  async #load(sessionId: string): Promise<Resolved> {
    const { database, clock } = this.#parts;
    const now = clock.now();
    const [row] = await database.query<SessionRow>(readStatement, [sessionId, now]);
    const viewer = row === undefined ? null : viewerOf(row);
    if (row === undefined || viewer === null) return { viewer: null };
    if (!isExtensionDue(row, now)) return { viewer, expiresAt: row.expiresAt };
    const expiresAt = new Date(now.getTime() + sessionLifetimeMs(row.kind));
    await database.query(extendStatement, [sessionId, expiresAt]);
    return { viewer, expiresAt };
  }
}

function viewerOf(row: SessionRow): Viewer | null {
  if (row.visitorId !== null) {
    return { kind: "visitor", sessionId: row.id, visitorId: row.visitorId, guestOf: row.conversationId };
  }
  if (row.agentId === null || row.role === null) return null;
  return { kind: "agent", sessionId: row.id, agentId: row.agentId, role: row.role };
}

const readStatement: Statement = {
  name: "read-session",
  text: `
    SELECT sessions.id, sessions.kind, sessions.visitor_id, sessions.agent_id, sessions.conversation_id,
      sessions.expires_at, agents.role
    FROM sessions LEFT JOIN agents ON agents.id = sessions.agent_id LEFT JOIN visitors ON visitors.id = sessions.visitor_id
    WHERE sessions.id = $1 AND sessions.ended_at IS NULL AND sessions.expires_at > $2
      AND agents.removed_at IS NULL AND visitors.erased_at IS NULL AND visitors.blocked_at IS NULL`,
};

const extendStatement: Statement = {
  name: "extend-session",
  text: "UPDATE sessions SET expires_at = greatest(expires_at, $2) WHERE id = $1 AND ended_at IS NULL",
};
