import { listOnlineAgents } from "../agents/list-online-agents.js";
import type { PresenceServices } from "./presence-tracker.js";

/**
 * Publishes `agentUpdated` when an agent goes offline because the grace period of a dropped connection has passed, and
 * `contactFormUpdated` when it was the last one. No operation commits that change, so every process polls for it on behalf of
 * its own subscribers.
 */
export class AgentsOnlineWatcher {
  #online: ReadonlySet<string> | undefined;

  constructor(private readonly services: PresenceServices) {}

  async check(): Promise<void> {
    const { database, clock, events } = this.services;
    const online = await listOnlineAgents(database.query.bind(database), clock.now());
    const before = this.#online;
    this.#online = online;
    if (before === undefined) return;
    for (const agentId of new Set([...before, ...online])) {
      if (before.has(agentId) !== online.has(agentId)) events.publish({ type: "agentUpdated", agentId });
    }
    if (before.size > 0 !== online.size > 0) events.publish({ type: "contactFormUpdated" });
  }
}
