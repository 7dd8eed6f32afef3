import { describeError } from "../../logger.js";
import type { Services } from "../../services.js";
import { type ClaimedDelivery, leaseMs } from "./claim-deliveries.js";
import { renewLeases } from "./leases.js";

/** Renews the leases of deliveries that this process has claimed, until their results are recorded. */
export class LeaseRenewal {
  readonly #leaseTokens = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly services: Services) {}

  add(deliveries: readonly ClaimedDelivery[]): void {
    for (const { leaseToken } of deliveries) this.#leaseTokens.add(leaseToken);
    this.#timer ??= setInterval(() => void this.#renew(), leaseMs / 3).unref();
  }

  remove({ leaseToken }: ClaimedDelivery): void {
    this.#leaseTokens.delete(leaseToken);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    try {
      await renewLeases(this.services, [...this.#leaseTokens]);
    } catch (error) {
      this.services.logger.warn("leases could not be renewed", { cause: describeError(error) });
    }
  }
}
