import { validate } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { Conversation } from "./conversation.entity.js";

/** A conversation by id; null if it does not exist or the viewer may not see it. */
export async function findConversation(
  services: Pick<Services, "database">,
  viewer: Viewer,
  id: string,
): Promise<Conversation | null> {
  if (!validate(id)) return null;
  const [row] = await services.database.query<Conversation>(findStatement, [id]);
  return row !== undefined && canSee(viewer, row) ? Object.assign(new Conversation(), row) : null;
}

/** Locks a conversation and its visitor for a change. @throws NOT_FOUND if the viewer may not see it */
export async function lockConversation(transaction: Transaction, viewer: Viewer, id: string): Promise<Conversation> {
  if (!validate(id)) throw notFound("conversation");
  await lockConversations(transaction, [id]);
  const conversation = await readConversation(transaction, id);
  if (conversation === null || !canSee(viewer, conversation)) throw notFound("conversation");
  return conversation;
}

/** A conversation as this transaction sees it; null if it does not exist. */
export async function readConversation(transaction: Transaction, id: string): Promise<Conversation | null> {
  const [row] = await transaction.query<Conversation>(findStatement, [id]);
  return row === undefined ? null : Object.assign(new Conversation(), row);
}

/** Agents see all conversations, visitors their own, guests only the one that their link opened. */
export function canSee(viewer: Viewer, conversation: { readonly id: string; readonly visitorId: string }): boolean {
  if (viewer.kind === "agent") return true;
  return conversation.visitorId === viewer.visitorId && (viewer.guestOf === null || viewer.guestOf === conversation.id);
}

const findStatement: Statement = { name: "find-conversation", text: "SELECT * FROM conversations WHERE id = $1" };
