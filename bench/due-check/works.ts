import { claimDeliveries } from "../../src/forwarding/deliveries/claim-deliveries.js";
import { reclaimExpiredLeases } from "../../src/forwarding/deliveries/leases.js";
import { planDueDeliveries } from "../../src/forwarding/deliveries/plan-deliveries.js";
import { recordResults } from "../../src/forwarding/deliveries/record-results.js";
import { refreshDueTimes } from "../../src/forwarding/due/refresh-due-times.js";
import { deferredReports } from "../../src/inbound/deferred-reports.js";
import { reapPresence } from "../../src/presence/reap-presence.js";
import { dueCount } from "./seed.js";
import type { SizedDatabase } from "./sized-database.js";

/** A step of the recurring jobs. It throws if it did not do what is being measured. */
export interface Work {
  readonly name: string;
  /** How often it runs within a round: after a step that runs once, 500 conversations have to be reset. */
  readonly repeated: "once" | "often";
  run(database: SizedDatabase): Promise<void>;
}

export const checkOfDue = "due check, 500 due";
export const checkOfNone = "due check, none due";

/** In the order of a round: each continues with what the previous one left. */
export const works: readonly Work[] = [
  {
    name: checkOfDue,
    repeated: "once",
    run: async ({ app }) => expectCount(await planDueDeliveries(app.services), dueCount),
  },
  {
    name: checkOfNone,
    repeated: "often",
    run: async ({ app }) => expectCount(await planDueDeliveries(app.services), 0),
  },
  {
    name: "claim of 50 deliveries",
    repeated: "once",
    run: async (database) => {
      database.claimed = await claimDeliveries(database.app.services, "email", 50);
      expectCount(database.claimed.length, 50);
    },
  },
  {
    name: "record of 50 deliveries",
    repeated: "once",
    run: ({ app, claimed }) =>
      recordResults(
        app.services,
        deferredReports(app.services),
        claimed.map((delivery) => ({ delivery, result: { outcome: "accepted", externalIds: [delivery.id] } })),
      ),
  },
  {
    name: "claim of deliveries, none queued",
    repeated: "often",
    // No other channel has deliveries.
    run: async ({ app }) => expectCount((await claimDeliveries(app.services, "letter", 50)).length, 0),
  },
  {
    name: "look for expired leases",
    repeated: "often",
    run: ({ app }) => reclaimExpiredLeases(app.services),
  },
  {
    name: "reap presence",
    repeated: "often",
    run: ({ app }) => reapPresence(app.services),
  },
  {
    name: "due times of 500 visitors",
    repeated: "once",
    run: ({ app, dueVisitors }) =>
      app.services.database.transaction((transaction) => refreshDueTimes(transaction, dueVisitors)),
  },
];

function expectCount(count: number, expected: number): void {
  if (count !== expected) throw new Error(`${count} were found, not ${expected}.`);
}
