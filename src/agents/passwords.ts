import { serviceUnavailable } from "../errors.js";
import { RequestQueue } from "../graphql/request-queue.js";
import { concurrencyLimits } from "../limits/limit-table.js";
import { hashPassword } from "./password.js";

const maxWaitMs = 30_000;
/** More than operations run at the same time, so that none of these is refused. */
const maxWaiting = 1_000;
const retryAfterSeconds = 2;

/**
 * Lets a few passwords be hashed or verified at the same time in this process, and others wait for their turn: one of each caller
 * after the other.
 */
export class Passwords {
  readonly #queues: Readonly<Record<"strangers" | "staff", RequestQueue>> = {
    strangers: queueOf(concurrencyLimits.passwordsOfStrangers.max),
    staff: queueOf(concurrencyLimits.passwordsOfStaff.max),
  };

  /**
   * Runs `work`, which hashes or verifies one password, when it is its turn.
   * @param caller whose turns are taken together, such as a network
   * @throws SERVICE_UNAVAILABLE if too many wait, or after 30 seconds
   */
  async inTurn<T>(of: "strangers" | "staff", caller: string, work: () => Promise<T>): Promise<T> {
    const leave = await this.#queues[of].enter(async () => caller, 0);
    if (leave === null) throw serviceUnavailable(retryAfterSeconds);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** The hash of a new password. @throws SERVICE_UNAVAILABLE, as `inTurn` */
  hash(password: string): Promise<string> {
    return this.inTurn("staff", "hash", () => hashPassword(password));
  }
}

function queueOf(maxRunning: number): RequestQueue {
  return new RequestQueue({
    ...{ maxRunning, maxRunningPerCaller: 1, maxRunningAlone: maxRunning },
    ...{ maxWaiting, maxWaitingPerCaller: maxWaiting, maxWaitingBytes: Number.POSITIVE_INFINITY, maxWaitMs },
  });
}
