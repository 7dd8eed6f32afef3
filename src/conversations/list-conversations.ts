import { validate } from "uuid";
import { Agent } from "../agents/agent.entity.js";
import type { Statement } from "../database/database.js";
import { RowPart } from "../database/row-part.js";
import { statementName } from "../database/statement-name.js";
import { withoutNul } from "../database/without-nul.js";
import { type Page, type PageRequest, pageOf } from "../graphql/page.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { Visitor } from "../visitors/visitor.entity.js";
import {
  Conversation,
  type ConversationStatus,
  type ShownConversation,
  shownProperties,
} from "./conversation.entity.js";

export interface ConversationFilter {
  readonly status?: ConversationStatus | null | undefined;
  /** A channel's id. */
  readonly channel?: string | null | undefined;
  readonly assigneeId?: string | null | undefined;
  /** Words in the visitor's name, email address or messages; the last one may be unfinished. */
  readonly search?: string | null | undefined;
}

/** A conversation of a list, with what lists show beside it. */
export interface ListedConversation extends ShownConversation {
  readonly visitor: Visitor;
  readonly assignee: Agent | null;
}

const conversationPart = new RowPart<ShownConversation>(() => new Conversation(), shownProperties);

const visitorPart = new RowPart(
  () => new Visitor(),
  [
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
    "lastDoingAt",
    "departedAt",
    "optedOutAt",
    "createdAt",
    "erasedAt",
  ],
);

// Everything but the password's hash.
const assigneePart = new RowPart(
  () => new Agent(),
  ["id", "name", "email", "role", "availability", "connected", "droppedAt", "offlineAt", "createdAt", "removedAt"],
);
/**
 * A page of conversations, newest activity first, in one named statement. A visitor sees their own, a guest one. The
 * cursor is `[lastActivityAt in ISO 8601, id]`.
 */
export async function listConversations(
  services: Pick<Services, "database">,
  viewer: Viewer,
  filter: ConversationFilter,
  page: PageRequest,
): Promise<Page<ListedConversation>> {
  const assigneeId = filter.assigneeId ?? null;
  if (assigneeId !== null && !validate(assigneeId)) return { items: [], hasNextPage: false, hasPreviousPage: false };
  const conditions: string[] = [];
  const parameters: unknown[] = [page.limit + 1];
  const add = (condition: (parameter: string) => string, value: unknown): void => {
    parameters.push(value);
    conditions.push(condition(`$${parameters.length}`));
  };
  if (viewer.kind === "visitor") {
    add((parameter) => `conversation.visitor_id = ${parameter}`, viewer.visitorId);
    if (viewer.guestOf !== null) add((parameter) => `conversation.id = ${parameter}`, viewer.guestOf);
  }
  if (filter.channel != null) add((parameter) => `conversation.channel = ${parameter}`, withoutNul(filter.channel));
  if (assigneeId !== null) add((parameter) => `conversation.assignee_id = ${parameter}`, assigneeId);
  const words = searchWords(filter.search ?? "");
  if (filter.search != null && filter.search.trim() !== "") {
    // A guest sees the address masked, so it must not be guessed letter by letter either.
    const inEmail = viewer.kind === "agent" || viewer.guestOf === null ? "with-email" : "without-email";
    add((parameter) => searchCondition(parameter, inEmail), words);
  }
  if (page.cursor !== null) {
    parameters.push(...page.cursor);
    const before = `($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)`;
    conditions.push(
      `(conversation.last_activity_at, conversation.id) ${page.direction === "forward" ? "<" : ">"} ${before}`,
    );
  }
  const statement = listStatement(conditions, filter.status ?? null, page.direction);
  const rows = await services.database.queryValues(statement, parameters);
  return pageOf(rows.map(readListed), page);
}

function readListed(values: readonly unknown[]): ListedConversation {
  const conversation = conversationPart.read(values, 0);
  const visitor = visitorPart.read(values, conversationPart.width);
  const assigneeOffset = conversationPart.width + visitorPart.width;
  const assignee = conversation.assigneeId === null ? null : assigneePart.read(values, assigneeOffset);
  return Object.assign(conversation, { visitor, assignee });
}

const listedColumns = [
  conversationPart.columnsOf("conversation"),
  visitorPart.columnsOf("visitor"),
  assigneePart.columnsOf("assignee"),
].join(", ");

// Without a status both partial indexes are read in order and merged, which stays as quick as one.
function listStatement(
  conditions: readonly string[],
  status: ConversationStatus | null,
  direction: PageRequest["direction"],
): Statement {
  const order = direction === "forward" ? "DESC" : "ASC";
  const branch = (of: string) => `(SELECT conversation.* FROM conversations AS conversation
    WHERE ${[`conversation.status = '${of}'`, ...conditions].join(" AND ")}
    ORDER BY conversation.last_activity_at ${order}, conversation.id ${order} LIMIT $1)`;
  const branches = (status === null ? ["OPEN", "CLOSED"] : [status]).map(branch).join(" UNION ALL ");
  const text = `
    SELECT ${listedColumns}
    FROM (${branches}) AS conversation
    JOIN visitors AS visitor ON visitor.id = conversation.visitor_id
    LEFT JOIN agents AS assignee ON assignee.id = conversation.assignee_id
    ORDER BY conversation.last_activity_at ${order}, conversation.id ${order} LIMIT $1`;
  return { name: statementName("conversations", text), text };
}

/** Longer than any word; PostgreSQL refuses those of more than 2,046 bytes. */
const longestWord = 100;

/** A text search query: all words, each as a prefix. */
function searchWords(search: string): string {
  const words = search.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words
    .slice(0, 10)
    .map((word) => `${[...word].slice(0, longestWord).join("")}:*`)
    .join(" & ");
}

function searchCondition(parameter: string, inEmail: "with-email" | "without-email"): string {
  const query = `to_tsquery('simple', ${parameter}::text)`;
  const email = "|| ' ' || coalesce(visitors.addresses #>> '{email,address}', '')";
  return `conversation.id IN (
    SELECT messages.conversation_id FROM messages WHERE words_of(messages.text) @@ ${query}
    UNION SELECT found.id FROM conversations AS found JOIN visitors ON visitors.id = found.visitor_id
    WHERE words_of(coalesce(visitors.name, '') ${inEmail === "with-email" ? email : ""}) @@ ${query})`;
}
