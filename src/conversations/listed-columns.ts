import { Agent } from "../agents/agent.entity.js";
import { RowMapper } from "../database/row-mapper.js";
import { type RequestedFields, requestsField, requestsOnly } from "../graphql/requested-fields.js";
import { Visitor } from "../visitors/visitor.entity.js";
import { Conversation, type ShownConversation, shownProperties } from "./conversation.entity.js";

/**
 * What a list of conversations reads of each entity; null: nothing, and it is not joined. Reading a row's columns costs
 * more than all else that a list does, so each entity is read briefly where that is all that is shown. There are few
 * variants, because every connection to the database keeps a prepared statement for each.
 */
export interface ListedColumns {
  /** Different for different columns. */
  readonly key: string;
  readonly conversation: RowMapper<ShownConversation>;
  readonly visitor: RowMapper<Visitor> | null;
  readonly assignee: RowMapper<Agent> | null;
}

const briefConversation = [
  "id",
  "visitorId",
  "assigneeId",
  "channel",
  "status",
  "lastActivityAt",
  "unreadReplies",
  "unreadByAgents",
] as const;
const briefWithMessage = [...briefConversation, "lastMessage"] as const;

/** The fields that a brief conversation can show; some look further, by its ids. */
const briefConversationFields: ReadonlySet<string> = new Set([
  ...["id", "status", "channel", "lastActivityAt", "unreadReplies", "unreadByAgents"],
  ...["visitor", "assignee", "lastMessage", "messages", "forwarding"],
]);

const shown: new () => ShownConversation = Conversation;
const conversationParts = {
  brief: partOf(shown, shownProperties, briefConversation),
  "brief with message": partOf(shown, shownProperties, briefWithMessage),
  whole: partOf(shown, shownProperties, shownProperties),
};

const visitorProperties = [
  "id",
  "externalId",
  "aliasOf",
  "name",
  "addresses",
  "email",
  "emailSource",
  "locale",
  "timeZone",
  "page",
  "connected",
  "lastInteractionAt",
  "departedAt",
  "optedOutAt",
  "createdAt",
  "erasedAt",
] as const;
const briefVisitor = ["id", "name", "email"] as const;
const briefVisitorFields: ReadonlySet<string> = new Set(briefVisitor);

const visitorParts = {
  none: null,
  brief: partOf(Visitor, visitorProperties, briefVisitor),
  whole: partOf(Visitor, visitorProperties, visitorProperties),
};

// Everything but the password's hash.
const agentProperties = [
  "id",
  "name",
  "email",
  "role",
  "availability",
  "connected",
  "droppedAt",
  "offlineAt",
  "createdAt",
  "removedAt",
] as const;

const assigneeParts = { none: null, whole: partOf(Agent, agentProperties, agentProperties) };

const known = new Map<string, ListedColumns>();

function columns(
  conversation: keyof typeof conversationParts,
  visitor: keyof typeof visitorParts,
  assignee: keyof typeof assigneeParts,
): ListedColumns {
  const key = `${conversation}, ${visitor}, ${assignee}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const parts = {
    conversation: conversationParts[conversation],
    visitor: visitorParts[visitor],
    assignee: assigneeParts[assignee],
  };
  known.set(key, { key, ...parts });
  return { key, ...parts };
}

export const everyColumn = columns("whole", "whole", "whole");

/** The columns from which the list's part of an operation can be answered. */
export function listedColumns(asked: RequestedFields): ListedColumns {
  const asksConversation = (field: string) => requestsField(asked, "Conversation", field);
  // Whether a message has been read is told by its conversation.
  const brief =
    requestsOnly(asked, "Conversation", briefConversationFields) && !requestsField(asked, "Message", "read");
  const briefPart = asksConversation("lastMessage") ? "brief with message" : "brief";
  const visitorPart = requestsOnly(asked, "Visitor", briefVisitorFields) ? "brief" : "whole";
  return columns(
    brief ? briefPart : "whole",
    asksConversation("visitor") ? visitorPart : "none",
    asksConversation("assignee") ? "whole" : "none",
  );
}

function partOf<Entity extends object, Property extends keyof Entity & string>(
  entity: new () => Entity,
  all: readonly Property[],
  read: readonly Property[],
): RowMapper<Entity> {
  return new RowMapper(
    entity,
    read,
    all.filter((property) => !read.includes(property)),
  );
}
