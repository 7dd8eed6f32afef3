import { validate } from "uuid";
import { Conversation } from "../conversations/conversation.entity.js";
import type { Statement } from "../database/database.js";
import { notFound } from "../errors.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import type { Services } from "../services.js";
import { endSessions } from "../sessions/session-store.js";
import { refuseErased, rereadVisitor } from "./lock-visitor.js";

/**
 * Invalidates the links in emails about this conversation, and signs out the guests who used them: a link is revoked
 * because it got into the wrong hands. Emails sent from now on contain links that work.
 * @throws NOT_FOUND, CONFLICT if the visitor was erased
 */
export async function revokeResumeCodes(services: Services, conversationId: string): Promise<Conversation> {
  if (!validate(conversationId)) throw notFound("conversation");
  const now = services.clock.now();
  const { conversation, ended } = await services.database.transaction(async (transaction) => {
    await lockConversations(transaction, [conversationId]);
    const [row] = await transaction.query<Conversation>(revokeStatement, [conversationId, now]);
    if (row === undefined) throw notFound("conversation");
    refuseErased(await rereadVisitor(transaction, row.visitorId));
    const ended = await endSessions(transaction, { guestsOfConversationId: conversationId }, now);
    return { conversation: Object.assign(new Conversation(), row), ended };
  });
  services.sessions.invalidate(ended);
  return conversation;
}

const revokeStatement: Statement = {
  name: "revoke-resume-codes",
  text: "UPDATE conversations SET resume_codes_revoked_at = $2 WHERE id = $1 RETURNING *",
};
