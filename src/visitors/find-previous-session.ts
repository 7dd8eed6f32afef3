import type { Statement, Transaction } from "../database/database.js";

/** The session of the token that the browser kept from an earlier visit. */
export type PreviousSession =
  | { readonly id: string; readonly kind: "VISITOR"; readonly visitorId: string }
  | { readonly id: string; readonly kind: "GUEST"; readonly visitorId: string; readonly conversationId: string };

/** A visitor's previous session; null if it has ended or expired, or is an agent's. */
export async function findPreviousSession(
  transaction: Transaction,
  sessionId: string,
  now: Date,
): Promise<PreviousSession | null> {
  const [session] = await transaction.query<PreviousSession>(findStatement, [sessionId, now]);
  return session ?? null;
}

const findStatement: Statement = {
  name: "find-previous-session",
  text: `
    SELECT sessions.id, sessions.kind, sessions.visitor_id, sessions.conversation_id
    FROM sessions JOIN visitors ON visitors.id = sessions.visitor_id
    WHERE sessions.id = $1 AND sessions.kind <> 'AGENT' AND sessions.ended_at IS NULL AND sessions.expires_at > $2
      AND visitors.erased_at IS NULL AND visitors.blocked_at IS NULL`,
};
