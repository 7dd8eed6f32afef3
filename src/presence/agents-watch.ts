import { readAgentsPresence } from "../agents/agents-online.js";
import type { PresenceServices } from "./presence-tracker.js";

/**
 * Tells of the last agent's going. It is the one change that no operation commits: an agent whose connection dropped
 * ceases to be online by the passing of time. Every process watches for its own subscribers.
 */
export class AgentsWatch {
  #online: boolean | undefined;

  constructor(private readonly services: PresenceServices) {}

  async look(): Promise<void> {
    const { database, clock, events } = this.services;
    const { online } = await readAgentsPresence(database.query.bind(database), clock.now());
    if (this.#online !== undefined && this.#online !== online) events.publish({ type: "contactFormUpdated" });
    this.#online = online;
  }
}
