import { validate } from "uuid";
import type { DropReason } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import { statementName } from "../database/statement-name.js";
import { type Page, type PageRequest, pageOf } from "../graphql/page.js";
import type { Services } from "../services.js";
import { InboundOriginal, type InboundStatus } from "./inbound-original.entity.js";
import { emailContentType } from "./publish-inbound-email.js";
import { originalColumns } from "./read-message-origins.js";

export interface OriginalFilter {
  readonly status?: InboundStatus | null | undefined;
  readonly reason?: DropReason | null | undefined;
  readonly conversationId?: string | null | undefined;
}

/** A page of received emails, newest first, without their content. The cursor is `[receivedAt in ISO 8601, id]`. */
export async function listOriginals(
  services: Services,
  filter: OriginalFilter,
  page: PageRequest,
): Promise<Page<InboundOriginal>> {
  if (filter.conversationId != null && !validate(filter.conversationId)) {
    return { items: [], hasNextPage: false, hasPreviousPage: false };
  }
  const conditions = [`content_type = '${emailContentType}'`];
  const parameters: unknown[] = [page.limit + 1];
  const add = (column: string, value: unknown): void => {
    if (value == null) return;
    parameters.push(value);
    conditions.push(`${column} = $${parameters.length}`);
  };
  add("status", filter.status);
  add("reason", filter.reason);
  add("conversation_id", filter.conversationId);
  if (page.cursor !== null) {
    parameters.push(...page.cursor);
    const comparison = page.direction === "forward" ? "<" : ">";
    conditions.push(
      `(received_at, id) ${comparison} ($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)`,
    );
  }
  const order = page.direction === "forward" ? "DESC" : "ASC";
  const text = `SELECT ${originalColumns} FROM inbound_originals WHERE ${conditions.join(" AND ")}
    ORDER BY received_at ${order}, id ${order} LIMIT $1`;
  const statement: Statement = { name: statementName("list-originals", text), text };
  const rows = await services.database.query<InboundOriginal>(statement, parameters);
  return pageOf(
    rows.map((row) => Object.assign(new InboundOriginal(), row)),
    page,
  );
}
