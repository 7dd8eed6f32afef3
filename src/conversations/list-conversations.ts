import { validate } from "uuid";
import type { Agent } from "../agents/agent.entity.js";
import { readAgentsPresence } from "../agents/read-agents-presence.js";
import type { Statement } from "../database/database.js";
import { statementName } from "../database/statement-name.js";
import { withoutNul } from "../database/without-nul.js";
import { forbidden } from "../errors.js";
import { dueClass, readStateValues, stateClasses, stateSql } from "../forwarding/due/state-sql.js";
import type { ForwardingState } from "../forwarding/forwarding.js";
import { type Page, type PageRequest, pageOf } from "../graphql/page.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import type { Visitor } from "../visitors/visitor.entity.js";
import { ConversationStatus, type ShownConversation } from "./conversation.entity.js";
import { everyColumn, type ListedColumns } from "./listed-columns.js";

export interface ConversationFilter {
  readonly status?: ConversationStatus | null | undefined;
  /** A channel's id. */
  readonly channel?: string | null | undefined;
  readonly assigneeId?: string | null | undefined;
  readonly visitorId?: string | undefined;
  /** Words in the visitor's name, email address or messages; each one matches as a prefix. */
  readonly search?: string | null | undefined;
  /** What becomes of the replies is one of these. For agents only. */
  readonly forwarding?: readonly ForwardingState[] | null | undefined;
  /** OPEN, and the visitor wrote last; or not. For agents only. */
  readonly needsReply?: boolean | null | undefined;
  /** Without an assignee; or with one. For agents only. */
  readonly unassigned?: boolean | null | undefined;
}

export enum ConversationOrder {
  DUE = "DUE",
  LAST_ACTIVITY = "LAST_ACTIVITY",
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
 * one. The cursor is `[lastActivityAt in ISO 8601, id]`. In the order DUE those that will be forwarded come first, the earliest before
 * the others; the cursor is `[the number of conversations before it]`, since due times change all the time.
 * @throws FORBIDDEN for what only agents may ask for
 */
export async function listConversations(
  services: Pick<Services, "database" | "channels" | "clock">,
  viewer: Viewer,
  filter: ConversationFilter,
  page: PageRequest,
  columns: ListedColumns = everyColumn,
  order: ConversationOrder = ConversationOrder.LAST_ACTIVITY,
): Promise<Page<ListedConversation>> {
  if (viewer.kind !== "agent" && isForAgents(filter, order))
    throw forbidden("Only agents can ask for forwarding, needsReply, unassigned and the order DUE.");
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
  if (filter.unassigned != null) conditions.push(`conversation.assignee_id IS ${filter.unassigned ? "" : "NOT "}NULL`);
  if (filter.needsReply != null) conditions.push(filter.needsReply ? needsReplySql : `(${needsReplySql}) IS NOT TRUE`);
  const status = filter.needsReply === true ? ConversationStatus.OPEN : (filter.status ?? null);
  // Nothing is both.
  if (filter.needsReply === true && filter.status === ConversationStatus.CLOSED)
    return { items: [], hasNextPage: false, hasPreviousPage: false };
  let places: readonly string[] = byStatus(status);
  if (filter.forwarding != null) {
    const { readyChannels, now } = await readStateValues(services, services.database.query.bind(services.database));
    parameters.push(readyChannels, now, filter.forwarding);
    const { length } = parameters;
    const state = stateSql({ readyChannels: `$${length - 2}`, now: `$${length - 1}` });
    conditions.push(`${state} = ANY ($${length}::text[])`);
    const isStatus = status === null ? [] : [`conversation.status = '${status}'`];
    places = stateClasses(filter.forwarding).map((one) => [one, ...isStatus].join(" AND "));
    if (places.length === 0) return { items: [], hasNextPage: false, hasPreviousPage: false };
  }
  if (order === ConversationOrder.DUE) return listByDue(services, { conditions, parameters, places, columns }, page);
  if (page.cursor !== null) {
    parameters.push(...page.cursor);
    const before = `($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)`;
    conditions.push(
      `(conversation.last_activity_at, conversation.id) ${page.direction === "forward" ? "<" : ">"} ${before}`,
    );
  }
  const { direction } = page;
  const statement = listStatement({ conditions, places, direction, columns });
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
  /** Conditions that exclude each other, each with an index in the order of the list. */
  readonly places: readonly string[];
  readonly direction: PageRequest["direction"];
  readonly columns: ListedColumns;
}

const statements = new Map<string, Statement>();

function listStatement(shape: ListShape): Statement {
  const { conditions, places, direction, columns } = shape;
  const key = [...places, direction, columns.key, ...conditions].join();
  let statement = statements.get(key);
  if (statement === undefined) {
    const text = listText(shape);
    statement = { name: statementName("list-conversations", text), text };
    statements.set(key, statement);
  }
  return statement;
}

// Without a status filter, both partial indexes are read in order and merged, which is as fast as reading one.
function byStatus(status: ConversationStatus | null): readonly string[] {
  const statuses = status === null ? [ConversationStatus.OPEN, ConversationStatus.CLOSED] : [status];
  return statuses.map((one) => `conversation.status = '${one}'`);
}

function listText({ conditions, places, direction, columns }: ListShape): string {
  const order = direction === "forward" ? "DESC" : "ASC";
  const branches = places.map(
    (place) => `(SELECT conversation.* FROM conversations AS conversation
    WHERE ${[place, ...conditions].join(" AND ")}
    ORDER BY conversation.last_activity_at ${order}, conversation.id ${order} LIMIT $1)`,
  );
  return `
    ${selectListed(columns)}
    FROM (${branches.join(" UNION ALL ")}) AS conversation
    ${joinListed(columns)}
    ORDER BY conversation.last_activity_at ${order}, conversation.id ${order} LIMIT $1`;
}

function selectListed({ conversation, visitor, assignee }: ListedColumns): string {
  const listed = [
    conversation.columnsOf("conversation"),
    ...(visitor === null ? [] : [visitor.columnsOf("visitor")]),
    ...(assignee === null ? [] : [assignee.columnsOf("assignee")]),
  ];
  return `SELECT ${listed.join(", ")}`;
}

function joinListed({ visitor, assignee }: ListedColumns): string {
  return `${visitor === null ? "" : "JOIN visitors AS visitor ON visitor.id = conversation.visitor_id"}
    ${assignee === null ? "" : "LEFT JOIN agents AS assignee ON assignee.id = conversation.assignee_id"}`;
}

/** SQL: whether the visitor wrote last in an open conversation; alias `conversation`. */
export const needsReplySql = "conversation.status = 'OPEN' AND conversation.last_message ->> 'author_kind' = 'VISITOR'";

function isForAgents({ forwarding, needsReply, unassigned }: ConversationFilter, order: ConversationOrder): boolean {
  return forwarding != null || needsReply != null || unassigned != null || order === ConversationOrder.DUE;
}

interface DueList {
  readonly conditions: readonly string[];
  readonly parameters: readonly unknown[];
  readonly places: readonly string[];
  readonly columns: ListedColumns;
}

/** In the order of due times, of which the index depends on whether an agent is online; then those without one, newest activity first. */
async function listByDue(
  services: Pick<Services, "database" | "clock">,
  { conditions, parameters, places, columns }: DueList,
  page: PageRequest,
): Promise<Page<ListedConversation>> {
  const query = services.database.query.bind(services.database);
  const { offlineFrom } = await readAgentsPresence(query, services.clock.now());
  const due = offlineFrom === null ? "due_at" : "offline_due_at";
  const skipped = Number(page.cursor?.[0] ?? 0);
  const all = [...parameters, skipped];
  const limits = `LIMIT $1 + $${all.length}::integer`;
  const isDue = [dueClass, `(${places.join(" OR ")})`, ...conditions].join(" AND ");
  const others = places.map(
    (place) => `(SELECT conversation.* FROM conversations AS conversation
      WHERE ${[place, `(${dueClass}) IS NOT TRUE`, ...conditions].join(" AND ")}
      ORDER BY conversation.last_activity_at DESC, conversation.id DESC ${limits})`,
  );
  const text = `
    ${selectListed(columns)}
    FROM ((SELECT conversation.* FROM conversations AS conversation WHERE ${isDue}
      ORDER BY conversation.${due}, conversation.id ${limits}) UNION ALL ${others.join(" UNION ALL ")}) AS conversation
    ${joinListed(columns)}
    ORDER BY (${dueClass}) IS NOT TRUE, CASE WHEN ${dueClass} THEN conversation.${due} END,
      CASE WHEN ${dueClass} THEN conversation.id END, conversation.last_activity_at DESC, conversation.id DESC
    OFFSET $${all.length}::integer LIMIT $1`;
  const rows = await services.database.queryValues({ name: statementName("conversations-by-due", text), text }, all);
  return pageOf(mapRows(rows, columns), page);
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
