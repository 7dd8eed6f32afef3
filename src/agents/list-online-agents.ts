import type { Statement, Transaction } from "../database/database.js";
import { isOnlineSql } from "./agent-presence.js";

/** The ids of the agents who are online at this moment. `query` is a transaction's or the database's. */
export async function listOnlineAgents(query: Transaction["query"], now: Date): Promise<ReadonlySet<string>> {
  return new Set((await query<{ id: string }>(onlineStatement, [now])).map(({ id }) => id));
}

const onlineStatement: Statement = {
  name: "list-online-agents",
  text: `SELECT id FROM agents WHERE ${isOnlineSql("$1")}`,
};
