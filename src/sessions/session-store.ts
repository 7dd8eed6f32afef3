import { v7 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import type { StoredSessionKind } from "./session.entity.js";
import { sessionLifetimeMs } from "./session-lifetime.js";

/** The owner of a new session. */
export type SessionOwner =
  | { readonly kind: "VISITOR"; readonly visitorId: string }
  | { readonly kind: "GUEST"; readonly visitorId: string; readonly conversationId: string }
  | { readonly kind: "AGENT"; readonly agentId: string };

export interface IssuedSession {
  readonly sessionId: string;
  readonly expiresAt: Date;
}

/** Which sessions end. */
export type SessionsToEnd =
  | { readonly sessionId: string }
  | { readonly visitorIds: readonly string[] }
  | { readonly guestsOfConversationId: string }
  | { readonly agentId: string; readonly exceptSessionId: string | null };

/** Stores a new session. Its id goes into the token. */
export async function createSession(transaction: Transaction, owner: SessionOwner, now: Date): Promise<IssuedSession> {
  const sessionId = v7();
  const expiresAt = new Date(now.getTime() + sessionLifetimeMs(owner.kind));
  await transaction.query(insertStatement, [
    sessionId,
    owner.kind,
    owner.kind === "AGENT" ? null : owner.visitorId,
    owner.kind === "AGENT" ? owner.agentId : null,
    owner.kind === "GUEST" ? owner.conversationId : null,
    now,
    expiresAt,
  ]);
  return { sessionId, expiresAt };
}

const insertStatement: Statement = {
  name: "insert-session",
  text: `INSERT INTO sessions (id, kind, visitor_id, agent_id, conversation_id, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};

/** Extends a session; null if it has ended or expired meanwhile. */
export async function renewSession(
  transaction: Transaction,
  session: { readonly id: string; readonly kind: StoredSessionKind },
  now: Date,
): Promise<IssuedSession | null> {
  const expiresAt = new Date(now.getTime() + sessionLifetimeMs(session.kind));
  const renewed = await transaction.query(renewStatement, [session.id, now, expiresAt]);
  return renewed.length === 0 ? null : { sessionId: session.id, expiresAt };
}

/**
 * Stores the fingerprint of the address that a guest session's link was sent to.
 * @returns whether the session is active already
 */
export async function rememberLinkedAddress(
  transaction: Transaction,
  sessionId: string,
  linkedAddress: string,
): Promise<boolean> {
  const [session] = await transaction.query<{ active: boolean }>(rememberStatement, [sessionId, linkedAddress]);
  return session?.active ?? false;
}

const rememberStatement: Statement = {
  name: "remember-linked-address",
  text: "UPDATE sessions SET linked_address = $2 WHERE id = $1 RETURNING active_at IS NOT NULL AS active",
};

const renewStatement: Statement = {
  name: "renew-session",
  text: "UPDATE sessions SET expires_at = $3 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2 RETURNING id",
};

/**
 * Ends sessions and publishes that, which closes their sockets. Returns their ids: pass them to `SessionCache.invalidate`
 * once the transaction has committed.
 */
export async function endSessions(
  transaction: Transaction,
  which: SessionsToEnd,
  now: Date,
): Promise<readonly string[]> {
  const sessionIds = (await updateEnded(transaction, which, now)).map((row) => row.id);
  if (sessionIds.length > 0) transaction.publish({ type: "sessionsEnded", sessionIds });
  return sessionIds;
}

function updateEnded(transaction: Transaction, which: SessionsToEnd, now: Date): Promise<{ id: string }[]> {
  if ("sessionId" in which) return transaction.query(endOneStatement, [now, which.sessionId]);
  if ("visitorIds" in which) return transaction.query(endVisitorsStatement, [now, which.visitorIds]);
  if ("agentId" in which) return transaction.query(endAgentsStatement, [now, which.agentId, which.exceptSessionId]);
  return transaction.query(endGuestsStatement, [now, which.guestsOfConversationId]);
}

const endOneStatement: Statement = {
  name: "end-session",
  text: "UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL AND id = $2 RETURNING id",
};
const endVisitorsStatement: Statement = {
  name: "end-visitors-sessions",
  text: "UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL AND visitor_id = ANY ($2::uuid[]) RETURNING id",
};
const endAgentsStatement: Statement = {
  name: "end-agents-sessions",
  text: `UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL AND agent_id = $2 AND id IS DISTINCT FROM $3::uuid
    RETURNING id`,
};
const endGuestsStatement: Statement = {
  name: "end-guest-sessions",
  text: `UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL AND conversation_id = $2
      AND visitor_id = (SELECT visitor_id FROM conversations WHERE id = $2) RETURNING id`,
};
