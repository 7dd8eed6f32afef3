import type { Leave } from "./concurrency-limit.js";

/** A ConcurrencyLimit, or what counts in its own way by one. */
export interface Enterable {
  readonly description: string;
  enter(key: string, amount?: number): Leave | null;
}

/** A limit, whose use it is, and how much; 1 if it is left out. */
export type Entry = readonly [limit: Enterable, key: string, amount?: number];

/** Enters all of these limits, or none. Returns what leaves all of them, or the first limit that has no room. */
export function enterAll(entries: readonly Entry[]): Leave | Enterable {
  const entered: Leave[] = [];
  const leaveAll = (): void => {
    for (const leave of entered) leave();
  };
  for (const [limit, key, amount] of entries) {
    const leave = limit.enter(key, amount);
    if (leave === null) {
      leaveAll();
      return limit;
    }
    entered.push(leave);
  }
  return leaveAll;
}
