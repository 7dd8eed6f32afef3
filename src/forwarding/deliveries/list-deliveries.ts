import { validate } from "uuid";
import type { Statement } from "../../database/database.js";
import { statementName } from "../../database/statement-name.js";
import { withoutNul } from "../../database/without-nul.js";
import { type Page, type PageRequest, pageOf } from "../../graphql/page.js";
import type { Services } from "../../services.js";
import { Delivery, type DeliveryStatus } from "./delivery.entity.js";

export interface DeliveryFilter {
  readonly conversationId?: string | null | undefined;
  readonly status?: DeliveryStatus | null | undefined;
  /** A channel's id. */
  readonly channel?: string | null | undefined;
}

/** A page of deliveries, newest first. The cursor is `[createdAt in ISO 8601, id]`. */
export async function listDeliveries(
  services: Services,
  filter: DeliveryFilter,
  page: PageRequest,
): Promise<Page<Delivery>> {
  if (filter.conversationId != null && !validate(filter.conversationId)) {
    return { items: [], hasNextPage: false, hasPreviousPage: false };
  }
  const conditions = ["true"];
  const parameters: unknown[] = [page.limit + 1];
  const add = (column: string, value: unknown): void => {
    if (value == null) return;
    parameters.push(value);
    conditions.push(`${column} = $${parameters.length}`);
  };
  add("conversation_id", filter.conversationId);
  add("status", filter.status);
  add("channel", filter.channel == null ? null : withoutNul(filter.channel));
  if (page.cursor !== null) {
    parameters.push(...page.cursor);
    const comparison = page.direction === "forward" ? "<" : ">";
    conditions.push(
      `(created_at, id) ${comparison} ($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)`,
    );
  }
  const order = page.direction === "forward" ? "DESC" : "ASC";
  const text = `SELECT * FROM deliveries WHERE ${conditions.join(" AND ")} ORDER BY created_at ${order}, id ${order} LIMIT $1`;
  const statement: Statement = { name: statementName("deliveries", text), text };
  const rows = await services.database.query<Delivery>(statement, parameters);
  return pageOf(
    rows.map((row) => Object.assign(new Delivery(), row)),
    page,
  );
}
