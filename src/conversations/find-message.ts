import { validate } from "uuid";
import type { OperationContext } from "../context.js";
import type { Viewer } from "../viewer.js";
import { canSee } from "./find-conversation.js";
import type { Message } from "./message.entity.js";

/** A message by id; null if it does not exist or the viewer may not see its conversation. */
export async function findMessage(
  { loaders }: Pick<OperationContext, "loaders">,
  viewer: Viewer,
  id: string,
): Promise<Message | null> {
  if (!validate(id)) return null;
  const message = await loaders.message.load(id);
  if (message === null) return null;
  const conversation = await loaders.conversation.load(message.conversationId);
  return conversation !== null && canSee(viewer, conversation) ? message : null;
}
