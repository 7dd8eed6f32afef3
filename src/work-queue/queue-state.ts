/**
 * The state of a queue:
 * - `idle`: nothing is in progress.
 * - `claiming`: there may be more to claim; runners claim and process.
 * - `exhausted`: the last claim found nothing more; runners process what is claimed.
 * - `halted`: nothing more is started; runners finish their current item.
 * - `finishing`: no runner is left; results are flushed, and items that were not started are released.
 * - `stopping`: as `halted` and then `finishing`, without a way back.
 * - `stopped`: for good.
 */
export type QueueState = "idle" | "claiming" | "exhausted" | "halted" | "finishing" | "stopping" | "stopped";

const transitions: Readonly<Record<QueueState, readonly QueueState[]>> = {
  idle: ["claiming", "stopped"],
  claiming: ["exhausted", "halted", "finishing", "stopping"],
  exhausted: ["claiming", "halted", "finishing", "stopping"],
  halted: ["claiming", "finishing", "stopping"],
  finishing: ["claiming", "idle", "stopping"],
  stopping: ["stopped"],
  stopped: [],
};

/** @throws when a queue in the state `from` must never enter `to`: a bug of the queue */
export function assertTransition(from: QueueState, to: QueueState): void {
  if (!transitions[from].includes(to)) throw new Error(`A queue that is ${from} cannot become ${to}.`);
}
