import { setTimeout as wait } from "node:timers/promises";
import type { Database } from "./database.js";
import { SilentDatabaseError } from "./ping.js";

const askEveryMs = 250;
/** In a row, since one may be late on a busy machine. */
const silentAfterPings = 2;

/** Resolves once the database has fallen silent, after about three seconds. Asks until `database` is closed. */
export async function untilSilent(database: Pick<Database, "ping">): Promise<void> {
  for (let unanswered = 0; unanswered < silentAfterPings; ) {
    try {
      await database.ping();
      unanswered = 0;
    } catch (error) {
      // Others are errors of a database that answers, or is down: then everything in progress fails by itself.
      unanswered = error instanceof SilentDatabaseError ? unanswered + 1 : 0;
    }
    if (unanswered === 0) await wait(askEveryMs, undefined, { ref: false });
  }
}
