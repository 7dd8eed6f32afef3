import { validate } from "uuid";
import type { Agent } from "../agents/agent.entity.js";
import type { Statement } from "../database/database.js";
import { statementName } from "../database/statement-name.js";
import { withoutNul } from "../database/without-nul.js";
import { type Page, type PageRequest, pageOf } from "../graphql/page.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import type { Visitor } from "../visitors/visitor.entity.js";
import type { ConversationStatus, ShownConversation } from "./conversation.entity.js";
import { everyColumn, type ListedColumns } from "./listed-columns.js";

export interface ConversationFilter {
  readonly status?: ConversationStatus | null | undefined;
  /** A channel's id. */
  readonly channel?: string | null | undefined;
  readonly assigneeId?: string | null | undefined;
  readonly visitorId?: string | undefined;
  /** Words in the visitor's name, email address or messages; each one matches as a prefix. */
  readonly search?: string | null | undefined;
}

/** A conversation in a list, with the entities that lists show next to it. */
export interface ListedConversation extends ShownConversation {
  /** Null if it was not requested. */
  readonly visitor: Visitor | null;
  /** Null if it was not requested, or the conversation has no assignee. */
  readonly assignee: Agent | null;
}

/**
 * A page of conversations, newest activity first, read with one prepared statement. A visitor sees their own, a guest only
 * one. The cursor is `[lastActivityAt in ISO 8601, id]`.
 */
export async function listConversations(
  services: Pick<Services, "database">,
  viewer: Viewer,
  filter: ConversationFilter,
  page: PageRequest,
  columns: ListedColumns = everyColumn,
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
  if (filter.visitorId !== undefined) add((parameter) => `conversation.visitor_id = ${parameter}`, filter.visitorId);
  if (filter.channel != null) add((parameter) => `conversation.channel = ${parameter}`, withoutNul(filter.channel));
  if (assigneeId !== null) add((parameter) => `conversation.assignee_id = ${parameter}`, assigneeId);
  const words = searchWords(filter.search ?? "");
  if (filter.search != null && filter.search.trim() !== "") {
    // Guests see a masked address, so they must not be able to guess it letter by letter either.
    const inEmail = viewer.kind === "agent" || viewer.guestOf === null ? "with-email" : "without-email";
    const condition = viewer.kind === "agent" ? searchEverybodys : searchOwn;
    add((parameter) => condition(`to_tsquery('simple', ${parameter}::text)`, inEmail), words);
  }
  if (page.cursor !== null) {
    parameters.push(...page.cursor);
    const before = `($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)`;
    conditions.push(
      `(conversation.last_activity_at, conversation.id) ${page.direction === "forward" ? "<" : ">"} ${before}`,
    );
  }
  const { direction } = page;
  const statement = listStatement({ conditions, status: filter.status ?? null, direction, columns });
  const rows = await services.database.queryValues(statement, parameters);
  return pageOf(mapRows(rows, columns), page);
}

function mapRows(rows: readonly unknown[][], columns: ListedColumns): ListedConversation[] {
  const { conversation: conversationMapper, visitor: visitorMapper, assignee: assigneeMapper } = columns;
  const visitorOffset = conversationMapper.width;
  const assigneeOffset = visitorOffset + (visitorMapper?.width ?? 0);
  return rows.map((values) => {
    const conversation = conversationMapper.read(values, 0) as ShownConversation & {
      visitor: Visitor | null;
      assignee: Agent | null;
    };
    conversation.visitor = visitorMapper?.read(values, visitorOffset) ?? null;
    const isAssigned = assigneeMapper !== null && conversation.assigneeId !== null;
    conversation.assignee = isAssigned ? assigneeMapper.read(values, assigneeOffset) : null;
    return conversation;
  });
}

interface ListShape {
  readonly conditions: readonly string[];
  readonly status: ConversationStatus | null;
  readonly direction: PageRequest["direction"];
  readonly columns: ListedColumns;
}

const statements = new Map<string, Statement>();

function listStatement(shape: ListShape): Statement {
  const { conditions, status, direction, columns } = shape;
  const key = [status, direction, columns.key, ...conditions].join();
  let statement = statements.get(key);
  if (statement === undefined) {
    const text = listText(shape);
    statement = { name: statementName("list-conversations", text), text };
    statements.set(key, statement);
  }
  return statement;
}

// Without a status filter, both partial indexes are read in order and merged, which is as fast as reading one.
function listText({ conditions, status, direction, columns }: ListShape): string {
  const order = direction === "forward" ? "DESC" : "ASC";
  const branch = (branchStatus: string) => `(SELECT conversation.* FROM conversations AS conversation
    WHERE ${[`conversation.status = '${branchStatus}'`, ...conditions].join(" AND ")}
    ORDER BY conversation.last_activity_at ${order}, conversation.id ${order} LIMIT $1)`;
  const branches = (status === null ? ["OPEN", "CLOSED"] : [status]).map(branch).join(" UNION ALL ");
  const { conversation, visitor, assignee } = columns;
  const listed = [
    conversation.columnsOf("conversation"),
    ...(visitor === null ? [] : [visitor.columnsOf("visitor")]),
    ...(assignee === null ? [] : [assignee.columnsOf("assignee")]),
  ];
  return `
    SELECT ${listed.join(", ")}
    FROM (${branches}) AS conversation
    ${visitor === null ? "" : "JOIN visitors AS visitor ON visitor.id = conversation.visitor_id"}
    ${assignee === null ? "" : "LEFT JOIN agents AS assignee ON assignee.id = conversation.assignee_id"}
    ORDER BY conversation.last_activity_at ${order}, conversation.id ${order} LIMIT $1`;
}

/** In code points. PostgreSQL rejects words of more than 2,046 bytes. */
const maxWordLength = 100;
const maxWords = 10;
const maxSearchLength = 5_000;

/** A full-text search query that requires all words, each as a prefix. */
function searchWords(search: string): string {
  const words =
    search
      .slice(0, maxSearchLength)
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words
    .slice(0, maxWords)
    .map((word) => `${[...word].slice(0, maxWordLength).join("")}:*`)
    .join(" & ");
}

type InEmail = "with-email" | "without-email";

/** By the indexes on all messages and all visitors, which an agent may see. */
function searchEverybodys(query: string, inEmail: InEmail): string {
  return `conversation.id IN (
    SELECT messages.conversation_id FROM messages WHERE words_of(messages.text) @@ ${query}
    UNION SELECT found.id FROM conversations AS found JOIN visitors ON visitors.id = found.visitor_id
    WHERE ${wordsOfVisitor(inEmail)} @@ ${query})`;
}

/**
 * In the messages of each of the visitor's own conversations. `OFFSET 0` keeps the planner from beginning with the index on
 * everybody's messages: a visitor's search must cost what the visitor wrote, not what all others did.
 */
function searchOwn(query: string, inEmail: InEmail): string {
  return `(EXISTS (
      SELECT FROM (SELECT messages.text FROM messages WHERE messages.conversation_id = conversation.id OFFSET 0) AS own
      WHERE words_of(own.text) @@ ${query})
    OR EXISTS (
      SELECT FROM (SELECT name, addresses FROM visitors WHERE visitors.id = conversation.visitor_id OFFSET 0) AS visitors
      WHERE ${wordsOfVisitor(inEmail)} @@ ${query}))`;
}

function wordsOfVisitor(inEmail: InEmail): string {
  const email = "|| ' ' || coalesce(visitors.addresses #>> '{email,address}', '')";
  return `words_of(coalesce(visitors.name, '') ${inEmail === "with-email" ? email : ""})`;
}
