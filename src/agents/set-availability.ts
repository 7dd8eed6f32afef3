import type { Statement } from "../database/database.js";
import { unauthenticated } from "../errors.js";
import type { Services } from "../services.js";
import type { AgentViewer } from "../viewer.js";
import { type Agent, Availability } from "./agent.entity.js";
import { agentColumns, agentFromRow } from "./agent-columns.js";
import { isAgentOnline, lastOnlineAt } from "./agent-presence.js";
import { lockAgent } from "./lock-agent.js";

/**
 * Sets the caller's availability. Going offline takes effect immediately, without the grace period of a dropped connection.
 * @throws UNAUTHENTICATED if the agent has been removed meanwhile
 */
export async function setAvailability(
  services: Services,
  viewer: AgentViewer,
  availability: Availability,
): Promise<Agent> {
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    const before = await lockAgent(transaction, viewer.agentId);
    if (before === null) throw unauthenticated("This agent has been removed.");
    if (before.availability === availability) return before;
    // Only an agent who was ONLINE can go offline: dropping a connection while INVISIBLE or OFFLINE has no effect.
    const offlineAt = before.availability === Availability.ONLINE ? lastOnlineAt(before, now) : before.offlineAt;
    const [row] = await transaction.query<object>(updateStatement, [viewer.agentId, availability, offlineAt]);
    if (row === undefined) throw unauthenticated("This agent has been removed.");
    const after = agentFromRow(row);
    transaction.publish({ type: "agentUpdated", agentId: after.id });
    if (isAgentOnline(before, now) !== isAgentOnline(after, now)) transaction.publish({ type: "contactFormUpdated" });
    return after;
  });
}

const updateStatement: Statement = {
  name: "set-availability",
  text: `UPDATE agents SET availability = $2, offline_at = $3, dropped_at = NULL WHERE id = $1 RETURNING ${agentColumns}`,
};
