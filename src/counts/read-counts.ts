import { needsReplySql } from "../conversations/list-conversations.js";
import type { Statement } from "../database/database.js";
import { readStateValues, stateClasses, stateSql } from "../forwarding/due/state-sql.js";
import { ForwardingState } from "../forwarding/forwarding.js";
import type { Services } from "../services.js";
import type { Counts } from "./counts.js";

/** What is the same for all agents, and how many open conversations each is responsible for, by their ids. */
export interface SharedCounts {
  readonly shared: Omit<Counts, "mine">;
  readonly mine: ReadonlyMap<string, number>;
}

interface CountsRow extends Omit<Counts, "mine"> {
  readonly mine: Readonly<Record<string, number>>;
}

const stuckStates = [
  ForwardingState.NO_ADDRESS,
  ForwardingState.OPTED_OUT,
  ForwardingState.ADDRESS_SUPPRESSED,
  ForwardingState.CHANNEL_UNAVAILABLE,
  ForwardingState.UNCERTAIN,
  ForwardingState.FAILED,
];
const waitingStates = [ForwardingState.WAITING, ForwardingState.ADDRESS_UNPROVEN, ForwardingState.SENDING];

/** Counts what agents see in lists, in one statement that reads indexes, and the visitors of those whose replies are pending. */
export async function readCounts(services: Services): Promise<SharedCounts> {
  const query = services.database.query.bind(services.database);
  const { readyChannels, now } = await readStateValues(services, query);
  const [row] = await query<CountsRow>(countsStatement, [readyChannels, now, waitingStates, stuckStates]);
  if (row === undefined) throw new Error("A statement without GROUP BY returned no row.");
  const { mine, ...shared } = row;
  return { shared, mine: new Map(Object.entries(mine)) };
}

const pendingPlaces = stateClasses([...waitingStates, ...stuckStates, ForwardingState.HELD]);

export const countsStatement: Statement = {
  name: "counts",
  text: `
    WITH states AS MATERIALIZED (
      SELECT ${stateSql({ readyChannels: "$1", now: "$2" })} AS state FROM (
        ${pendingPlaces
          .map((place) => `SELECT conversation.* FROM conversations AS conversation WHERE ${place}`)
          .join(" UNION ALL ")}) AS conversation
    ), by_state AS (
      SELECT count(*) FILTER (WHERE state = ANY ($3::text[]))::integer AS waiting,
        count(*) FILTER (WHERE state = 'HELD')::integer AS held,
        count(*) FILTER (WHERE state = ANY ($4::text[]))::integer AS stuck FROM states
    ), by_assignee AS (
      SELECT assignee_id, count(*)::integer AS conversations FROM conversations
      WHERE status = 'OPEN' AND assignee_id IS NOT NULL GROUP BY assignee_id
    )
    SELECT by_state.*,
      (SELECT count(*)::integer FROM conversations WHERE status = 'OPEN') AS open,
      (SELECT count(*)::integer FROM conversations WHERE status = 'OPEN' AND assignee_id IS NULL) AS unassigned,
      (SELECT count(*)::integer FROM conversations AS conversation WHERE ${needsReplySql}) AS needs_reply,
      (SELECT count(*)::integer FROM deliveries WHERE status IN ('QUEUED', 'SENDING')) AS open_deliveries,
      (SELECT count(*)::integer FROM (SELECT FROM deliveries WHERE status IN ('FAILED', 'BOUNCED', 'UNCERTAIN') LIMIT 10000)
        AS problems) AS delivery_problems,
      coalesce((SELECT jsonb_object_agg(assignee_id, conversations) FROM by_assignee), '{}') AS mine
    FROM by_state`,
};
