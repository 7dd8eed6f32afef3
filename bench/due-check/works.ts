import { claimDeliveries } from "../../src/forwarding/deliveries/claim-deliveries.js";
import { reclaimExpiredLeases } from "../../src/forwarding/deliveries/leases.js";
import { planDueDeliveries } from "../../src/forwarding/deliveries/plan-deliveries.js";
import { recordResults } from "../../src/forwarding/deliveries/record-results.js";
import { refreshDueTimes } from "../../src/forwarding/due/refresh-due-times.js";
import { deferredReports } from "../../src/inbound/deferred-reports.js";
import { reapPresence } from "../../src/presence/reap-presence.js";
import { dueCount } from "./seed.js";
import type { SizedDatabase } from "./sized-database.js";

/** A step that the recurring jobs take again and again. It throws when it did not do what it was measured for. */
export interface Work {
  readonly name: string;
  /** How often it is repeated within a round: what is done once has 500 conversations to be put back afterwards. */
  readonly repeated: "once" | "often";
  run(database: SizedDatabase): Promise<void>;
}

export const checkOfDue = "due check, 500 due";
export const checkOfNone = "due check, none due";

/** In the order in which a round takes them: each finds what the one before has left. */
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
    // No other channel has any.
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
