import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";

/** How long an agent whose connection dropped still counts as online. */
export const droppedGraceMs = 30_000;

/**
 * Tells of the last agent's going. It is the one change that no operation commits: an agent whose connection dropped
 * ceases to be online by the passing of time. Every process watches for its own subscribers.
 */
export class AgentsWatch {
  #online: boolean | undefined;

  constructor(private readonly services: Pick<Services, "database" | "clock" | "events">) {}

  async look(): Promise<void> {
    const { database, clock, events } = this.services;
    const droppedFrom = new Date(clock.now().getTime() - droppedGraceMs);
    const [row] = await database.query<{ online: boolean }>(agentsOnlineStatement, [droppedFrom]);
    const online = row?.online ?? false;
    if (this.#online !== undefined && this.#online !== online) events.publish({ type: "contactFormUpdated" });
    this.#online = online;
  }
}

const agentsOnlineStatement: Statement = {
  name: "any-agent-online",
  text: `SELECT EXISTS (SELECT FROM agents WHERE removed_at IS NULL AND availability = 'ONLINE'
    AND (connected OR dropped_at > $1)) AS online`,
};
