import { readAgentsPresence } from "../agents/read-agents-presence.js";
import type { PresenceServices } from "./presence-tracker.js";

/**
 * Publishes `contactFormUpdated` when the last agent goes offline because the grace period of a dropped connection has
 * passed. No operation commits that change, so every process polls for it on behalf of its own subscribers.
 */
export class AgentsOnlineWatcher {
  #online: boolean | undefined;

  constructor(private readonly services: PresenceServices) {}

  async check(): Promise<void> {
    const { database, clock, events } = this.services;
    const { online } = await readAgentsPresence(database.query.bind(database), clock.now());
    if (this.#online !== undefined && this.#online !== online) events.publish({ type: "contactFormUpdated" });
    this.#online = online;
  }
}
