import { Agent } from "../agents/agent.entity.js";
import { RowMapper } from "../database/row-mapper.js";
import { type RequestedFields, requestsField, requestsOnly } from "../graphql/requested-fields.js";
import { Visitor } from "../visitors/visitor.entity.js";
import { Conversation, type ShownConversation, shownProperties } from "./conversation.entity.js";

/**
 * The columns that a list of conversations reads of each entity; null if the entity is not read, and not joined. Reading
 * columns is the largest cost of a list, so only a subset is read if that is all that was requested. There are only a few
 * variants, because each one is a prepared statement on every database connection.
 */
export interface ListedColumns {
  /** Identifies the set of columns. */
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

/** The fields that can be resolved from a brief conversation, some of them by loading other rows by its ids. */
const briefConversationFields: ReadonlySet<string> = new Set([
  ...["id", "status", "channel", "lastActivityAt", "unreadReplies", "unreadByAgents"],
  ...["visitor", "assignee", "lastMessage", "messages", "forwarding"],
]);

const shown: new () => ShownConversation = Conversation;
const conversationMappers = {
  brief: mapperOf(shown, shownProperties, briefConversation),
  "brief with message": mapperOf(shown, shownProperties, briefWithMessage),
  whole: mapperOf(shown, shownProperties, shownProperties),
};

const visitorProperties = [
  "id",
  "externalId",
  "aliasOf",
  "name",
  "addresses",
  "email",
  "emailSource",
  "emailProof",
  "emailProvenAt",
  "locale",
  "timeZone",
  "page",
  "connected",
  "lastInteractionAt",
  "departedAt",
  "optedOutAt",
  "network",
  "blockedAt",
  "blockedById",
  "createdAt",
  "erasedAt",
] as const;
const briefVisitor = ["id", "name", "email"] as const;
const briefVisitorFields: ReadonlySet<string> = new Set(briefVisitor);

const visitorMappers = {
  none: null,
  brief: mapperOf(Visitor, visitorProperties, briefVisitor),
  whole: mapperOf(Visitor, visitorProperties, visitorProperties),
};

// All but the password hash.
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

const assigneeMappers = { none: null, whole: mapperOf(Agent, agentProperties, agentProperties) };

const columnsByKey = new Map<string, ListedColumns>();

function columnsOf(
  conversation: keyof typeof conversationMappers,
  visitor: keyof typeof visitorMappers,
  assignee: keyof typeof assigneeMappers,
): ListedColumns {
  const key = `${conversation}, ${visitor}, ${assignee}`;
  let columns = columnsByKey.get(key);
  if (columns === undefined) {
    columns = {
      key,
      conversation: conversationMappers[conversation],
      visitor: visitorMappers[visitor],
      assignee: assigneeMappers[assignee],
    };
    columnsByKey.set(key, columns);
  }
  return columns;
}

export const everyColumn = columnsOf("whole", "whole", "whole");

/** The columns that an operation needs of each listed conversation. */
export function listedColumns(requested: RequestedFields): ListedColumns {
  const requestsOfConversation = (field: string) => requestsField(requested, "Conversation", field);
  // Message.read depends on the positions of its conversation, which a brief one does not have.
  const isBrief =
    requestsOnly(requested, "Conversation", briefConversationFields) && !requestsField(requested, "Message", "read");
  const brief = requestsOfConversation("lastMessage") ? "brief with message" : "brief";
  const visitor = requestsOnly(requested, "Visitor", briefVisitorFields) ? "brief" : "whole";
  return columnsOf(
    isBrief ? brief : "whole",
    requestsOfConversation("visitor") ? visitor : "none",
    requestsOfConversation("assignee") ? "whole" : "none",
  );
}

function mapperOf<Entity extends object, Property extends keyof Entity & string>(
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
