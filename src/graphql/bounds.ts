import type { OperationBudget } from "./operation-budget.js";
import type { ParseQueue } from "./parse-queue.js";
import type { RequestQueue } from "./request-queue.js";
import type { SocketLimits } from "./socket-limits.js";

/** What decides, over HTTP and over sockets alike, whether and when an operation runs. */
export interface Bounds {
  readonly requests: RequestQueue;
  /** Starting subscriptions, and executing their events. */
  readonly events: RequestQueue;
  readonly turns: ParseQueue;
  readonly budget: OperationBudget;
  readonly sockets: SocketLimits;
}
