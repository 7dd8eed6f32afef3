import type { OperationContext } from "../context.js";
import { notFound } from "../errors.js";
import type { ChangeEvent, ChangeOf, Scope } from "../events/events.js";
import { AgentRole, requireViewer, type Viewer } from "../viewer.js";
import { findConversation } from "./find-conversation.js";

/** The changes that belong to a conversation, and therefore to its visitor. */
export type ConversationChange = Extract<ChangeEvent, { readonly conversationId: string }>;

/** Describes the argument `conversationId` of these subscriptions in the schema. */
export const conversationIdDescription =
  "Limits the subscription to one conversation. By default agents receive all conversations, visitors their own, and guests the one that their link opened.";

/**
 * Subscribes to a type of change in one conversation; without an id, in all of an agent's or a visitor's conversations.
 * @throws NOT_FOUND for an id that is unknown or that the viewer may not see
 */
export async function subscribeToChanges<Type extends ConversationChange["type"]>(
  context: OperationContext,
  type: Type,
  conversationId: string | null | undefined,
): Promise<AsyncIterableIterator<ChangeOf<Type>, undefined>> {
  const viewer = requireViewer(context);
  const { events } = context.services;
  if (conversationId === null || conversationId === undefined) return events.subscribe(type, ownScope(viewer));
  const conversation = await findConversation(context.services, viewer, conversationId);
  if (conversation === null) throw notFound("conversation");
  return events.subscribe(type, { conversationId: conversation.id });
}

function ownScope(viewer: Viewer): Scope {
  if (viewer.kind === "agent") return "all";
  return viewer.guestOf === null ? { visitorId: viewer.visitorId } : { conversationId: viewer.guestOf };
}

/** Checked for every event before it is sent: whether the viewer may receive it now. */
export function canReceive(viewer: Viewer | null, event: ChangeEvent): boolean {
  if (!("conversationId" in event)) return canReceiveOfAll(viewer, event);
  if (viewer === null) return false;
  if (event.type === "typing" && isOwnSide(viewer, event)) return false;
  if (viewer.kind === "agent") return true;
  return event.visitorId === viewer.visitorId && (viewer.guestOf === null || viewer.guestOf === event.conversationId);
}

/** Events that belong to no conversation: whoever may subscribe to them receives all of them. */
function canReceiveOfAll(viewer: Viewer | null, event: Exclude<ChangeEvent, ConversationChange>): boolean {
  switch (event.type) {
    case "agentUpdated":
    case "channelUpdated":
    case "countsUpdated":
    case "forwardingPreferenceUpdated":
      return viewer?.kind === "agent";
    case "inboundEmailUpdated":
      return viewer?.kind === "agent" && viewer.role === AgentRole.ADMIN;
    // The first needs no token; the others have no subscription.
    case "contactFormUpdated":
    case "sessionsEnded":
    case "sessionsChanged":
    case "networksBlocked":
    case "sessionActive":
    case "deliveriesQueued":
    case "originalKept":
      return true;
  }
}

// As for markRead, there are two sides: the visitor, and all agents together.
function isOwnSide(viewer: Viewer, event: ChangeOf<"typing">): boolean {
  return (viewer.kind === "visitor") === (event.agentId === null);
}
