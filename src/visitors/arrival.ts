import type { Statement, Transaction } from "../database/database.js";
import type { ResumeCode } from "./resume-code.js";

/** The session of a kept token, still alive. */
export type KeptSession =
  | { readonly id: string; readonly kind: "VISITOR"; readonly visitorId: string }
  | { readonly id: string; readonly kind: "GUEST"; readonly visitorId: string; readonly conversationId: string };

/** The conversation that a resume code opens. */
export interface LinkedConversation {
  readonly id: string;
  readonly visitorId: string;
  /** The website's id of its visitor. */
  readonly externalId: string | null;
}

/** A visitor's live session; null when it has ended or expired, or is an agent's. */
export async function findKeptSession(
  transaction: Transaction,
  sessionId: string,
  now: Date,
): Promise<KeptSession | null> {
  const [session] = await transaction.query<KeptSession>(keptSessionStatement, [sessionId, now]);
  return session ?? null;
}

/** The conversation of a code; null when its codes were revoked since, or its visitor was erased. */
export async function findLinkedConversation(
  transaction: Transaction,
  code: ResumeCode,
): Promise<LinkedConversation | null> {
  const [linked] = await transaction.query<LinkedConversation>(linkedStatement, [code.conversationId, code.issuedAt]);
  return linked ?? null;
}

/**
 * The conversation to show a visitor: `preferredId` if it is theirs; else the newest open one; else the newest closed
 * one with unread replies.
 */
export async function findShownConversation(
  transaction: Transaction,
  visitorId: string,
  preferredId: string | null,
): Promise<string | null> {
  const [shown] = await transaction.query<{ id: string }>(shownStatement, [visitorId, preferredId]);
  return shown?.id ?? null;
}

const keptSessionStatement: Statement = {
  name: "find-kept-session",
  text: `
    SELECT sessions.id, sessions.kind, sessions.visitor_id, sessions.conversation_id
    FROM sessions JOIN visitors ON visitors.id = sessions.visitor_id
    WHERE sessions.id = $1 AND sessions.kind <> 'AGENT' AND sessions.ended_at IS NULL AND sessions.expires_at > $2
      AND visitors.erased_at IS NULL`,
};

const linkedStatement: Statement = {
  name: "find-linked-conversation",
  text: `
    SELECT conversations.id, conversations.visitor_id, visitors.external_id
    FROM conversations JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE conversations.id = $1 AND visitors.erased_at IS NULL
      AND (conversations.resume_codes_revoked_at IS NULL OR conversations.resume_codes_revoked_at < $2)`,
};

const shownStatement: Statement = {
  name: "find-shown-conversation",
  text: `
    SELECT id FROM conversations
    WHERE visitor_id = $1 AND (id = $2::uuid OR status = 'OPEN' OR unread_replies > 0)
    ORDER BY id IS NOT DISTINCT FROM $2::uuid DESC, status = 'OPEN' DESC, last_activity_at DESC, id DESC
    LIMIT 1`,
};
