import type { Statement } from "../database/database.js";
import { unauthenticated } from "../errors.js";
import type { Services } from "../services.js";
import type { AgentViewer } from "../viewer.js";
import { type Agent, Availability } from "./agent.entity.js";
import { agentColumns, agentFromRow, lockAgent } from "./agent-columns.js";
import { isAgentOnline } from "./agents-online.js";
import { lastOnlineUntil } from "./last-online-until.js";

/**
 * The caller chooses whether to count as online; it counts at once, without the grace that a dropped connection has.
 * @throws UNAUTHENTICATED when the agent was removed meanwhile
 */
export async function setAvailability(
  services: Services,
  viewer: AgentViewer,
  availability: Availability,
): Promise<Agent> {
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    const before = await lockAgent(transaction, viewer.agentId);
    if (before === null) throw unauthenticated("This agent was removed.");
    if (before.availability === availability) return before;
    // Only who chose ONLINE can have gone: a drop while invisible or offline was nobody's going.
    const offlineAt = before.availability === Availability.ONLINE ? lastOnlineUntil(before, now) : before.offlineAt;
    const [row] = await transaction.query<object>(chooseStatement, [viewer.agentId, availability, offlineAt]);
    if (row === undefined) throw unauthenticated("This agent was removed.");
    const after = agentFromRow(row);
    if (isAgentOnline(before, now) !== isAgentOnline(after, now)) transaction.publish({ type: "contactFormUpdated" });
    return after;
  });
}

const chooseStatement: Statement = {
  name: "set-availability",
  text: `UPDATE agents SET availability = $2, offline_at = $3, dropped_at = NULL WHERE id = $1 RETURNING ${agentColumns}`,
};
