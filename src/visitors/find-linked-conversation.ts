import type { Statement, Transaction } from "../database/database.js";
import type { ResumeCode } from "./resume-code.js";

/** The conversation that the link in an email opens. */
export interface LinkedConversation {
  readonly id: string;
  readonly visitorId: string;
  /** The website's own id of its visitor. */
  readonly externalId: string | null;
}

/**
 * The conversation of a resume code; null if its codes have been revoked since, or its visitor was erased or is
 * blocked.
 */
export async function findLinkedConversation(
  transaction: Transaction,
  code: ResumeCode,
): Promise<LinkedConversation | null> {
  const [linked] = await transaction.query<LinkedConversation>(findStatement, [code.conversationId, code.issuedAt]);
  return linked ?? null;
}

const findStatement: Statement = {
  name: "find-linked-conversation",
  text: `
    SELECT conversations.id, conversations.visitor_id, visitors.external_id
    FROM conversations JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE conversations.id = $1 AND visitors.erased_at IS NULL AND visitors.blocked_at IS NULL
      AND (conversations.resume_codes_revoked_at IS NULL OR conversations.resume_codes_revoked_at < $2)`,
};
