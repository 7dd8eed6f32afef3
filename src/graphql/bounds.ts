import type { OperationBudget } from "./operation-budget.js";
import type { RequestQueue } from "./request-queue.js";
import type { SocketLimits } from "./socket-limits.js";
import type { TurnQueue } from "./turn-queue.js";

/** What decides, over HTTP and over sockets alike, whether and when an operation runs. */
export interface Bounds {
  readonly requests: RequestQueue;
  /** Starting subscriptions, and executing their events. */
  readonly events: RequestQueue;
  readonly turns: TurnQueue;
  readonly budget: OperationBudget;
  readonly sockets: SocketLimits;
}
