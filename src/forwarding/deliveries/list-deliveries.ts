import { validate } from "uuid";
import type { Statement } from "../../database/database.js";
import { statementName } from "../../database/statement-name.js";
import { withoutNul } from "../../database/without-nul.js";
import { type Page, type PageRequest, pageOf } from "../../graphql/page.js";
import type { Services } from "../../services.js";
import { Delivery, type DeliveryStatus, type ForwardingTrigger } from "./delivery.entity.js";

export interface DeliveryFilter {
  readonly conversationId?: string | null | undefined;
  readonly status?: DeliveryStatus | null | undefined;
  /** A channel's id. */
  readonly channel?: string | null | undefined;
  readonly statuses?: readonly DeliveryStatus[] | null | undefined;
  readonly triggers?: readonly ForwardingTrigger[] | null | undefined;
  /** Sent or still unsent more than an hour after they were due; or not. */
  readonly late?: boolean | null | undefined;
  /** Any part of the address, in any letter case; among the newest `maxSearched` of what else is asked for. */
  readonly address?: string | null | undefined;
}

/** An address is looked for in so many deliveries at once; the next page goes on behind them. */
const maxSearched = 50_000;

/** A page of deliveries, newest first. The cursor is `[createdAt in ISO 8601, id]`. */
export async function listDeliveries(
  services: Services,
  filter: DeliveryFilter,
  page: PageRequest,
): Promise<Page<Delivery>> {
  if (filter.conversationId != null && !validate(filter.conversationId)) {
    return { items: [], hasNextPage: false, hasPreviousPage: false };
  }
  const conditions: string[] = [];
  const parameters: unknown[] = [page.limit + 1];
  const add = (condition: (parameter: string) => string, value: unknown): void => {
    if (value == null) return;
    parameters.push(value);
    conditions.push(condition(`$${parameters.length}`));
  };
  add((parameter) => `conversation_id = ${parameter}`, filter.conversationId);
  add((parameter) => `status = ${parameter}`, filter.status);
  add((parameter) => `channel = ${parameter}`, filter.channel == null ? null : withoutNul(filter.channel));
  if (page.cursor !== null) {
    parameters.push(...page.cursor);
    const comparison = page.direction === "forward" ? "<" : ">";
    conditions.push(
      `(created_at, id) ${comparison} ($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)`,
    );
  }
  const order = page.direction === "forward" ? "DESC" : "ASC";
  const inOrder = `ORDER BY created_at ${order}, id ${order}`;
  // Each value has an index in this order, and so has what is late in each way: they are read in order and merged.
  const places = productOf([
    (filter.statuses ?? null)?.map((status) => `status = '${status}'`) ?? ["true"],
    (filter.triggers ?? null)?.map((trigger) => `trigger = '${trigger}'`) ?? ["true"],
    filter.late == null
      ? ["true"]
      : filter.late
        ? lateSql(add, services.clock.now())
        : [notLateSql(add, services.clock.now())],
  ]);
  if (places.length === 0) return { items: [], hasNextPage: false, hasPreviousPage: false };
  const searched = filter.address == null || filter.address.trim() === "" ? null : withoutNul(filter.address.trim());
  const limit = searched === null ? "$1" : String(maxSearched);
  const branches = places.map(
    (place) => `(SELECT * FROM deliveries WHERE ${[...place, ...conditions].join(" AND ")} ${inOrder} LIMIT ${limit})`,
  );
  let found =
    branches.length === 1 ? (branches[0] ?? "") : `(SELECT * FROM (${branches.join(" UNION ALL ")}) AS merged)`;
  if (searched !== null) {
    parameters.push(searched.slice(0, maxAddressLength));
    found = `(SELECT * FROM ${found} AS newest WHERE strpos(lower(address_shown), lower($${parameters.length}::text)) > 0)`;
  }
  const text = `SELECT * FROM ${found} AS found ${inOrder} LIMIT $1`;
  const statement: Statement = { name: statementName("deliveries", text), text };
  const rows = await services.database.query<Delivery>(statement, parameters);
  return pageOf(
    rows.map((row) => Object.assign(new Delivery(), row)),
    page,
  );
}

const maxAddressLength = 300;
type Add = (condition: (parameter: string) => string, value: unknown) => void;

const sentLateSql = "coalesce(sent_at, finished_at) - due_at > interval '1 hour'";

/** Late in one of two ways, of which each has an index. */
function lateSql(add: Add, now: Date): readonly string[] {
  return [sentLateSql, unsentLateSql(add, now)];
}

function notLateSql(add: Add, now: Date): string {
  return `(${sentLateSql}) IS NOT TRUE AND NOT (${unsentLateSql(add, now)})`;
}

/** An hour ago, as a parameter: what was due before then and is still unsent is late. */
function unsentLateSql(add: Add, now: Date): string {
  let parameter = "";
  add(
    (name) => {
      parameter = name;
      return `${name}::timestamptz IS NOT NULL`;
    },
    new Date(now.getTime() - 3_600_000),
  );
  return `status IN ('QUEUED', 'SENDING') AND due_at < ${parameter}::timestamptz AND (${sentLateSql}) IS NOT TRUE`;
}

/** Every combination of one condition of each list. */
function productOf(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>(
    (combined, list) => combined.flatMap((before) => list.map((one) => [...before, one])),
    [[]],
  );
}
