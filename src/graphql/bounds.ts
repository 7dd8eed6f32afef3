import type { LoopTurns } from "./loop-turns.js";
import type { OperationBudget } from "./operation-budget.js";
import type { RequestQueue } from "./request-queue.js";

/** What decides, over HTTP and over sockets alike, whether and when an operation runs. */
export interface Bounds {
  readonly queue: RequestQueue;
  readonly turns: LoopTurns;
  readonly budget: OperationBudget;
}
