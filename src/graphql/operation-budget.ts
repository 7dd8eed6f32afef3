import { HeaderMap } from "@apollo/server";
import { UserError } from "../errors.js";
import type { CostBudgets } from "../limits/cost-budgets.js";
import type { CostLimitName } from "../limits/limit-table.js";
import { networkOf } from "../limits/network-of.js";
import type { Viewer } from "../viewer.js";

/** What an operation takes besides its rows and fields: to receive it, to look it up and to answer it. */
const costOfAny = 50;
/** What a core does in a millisecond, about. */
const costPerMs = 200;

/** Who asks: their session pays or, without one, their network. */
export interface Caller {
  readonly bearer: Viewer | null;
  readonly remoteAddress: string;
}

/** What each caller's operations may cost in a minute. */
export class OperationBudget {
  readonly #budgets: CostBudgets;

  constructor(budgets: CostBudgets) {
    this.#budgets = budgets;
  }

  /** The error if nothing is left, before an operation is even parsed; null otherwise. */
  refuseIfSpent(caller: Caller): UserError | null {
    return this.#refuse(payersOf(caller), 1);
  }

  /** Pays for a valid operation that costs `cost` (see `costOf`). The error if too little is left, which costs nothing; null if it is paid. */
  pay(caller: Caller, cost: number): UserError | null {
    const payers = payersOf(caller);
    const refusal = this.#refuse(payers, costOfAny + cost);
    if (refusal === null) this.#spend(payers, costOfAny + cost);
    return refusal;
  }

  /**
   * Makes a caller pay for a text that was parsed and validated, also with what is not left any more. By CPU time, which grows with the
   * square of some texts; those that are kept take none.
   */
  payForReading(caller: Caller, readingMs: number): void {
    this.#spend(payersOf(caller), readingMs * costPerMs);
  }

  #refuse(payers: readonly Payer[], cost: number): UserError | null {
    for (const [name, key] of payers) {
      const seconds = this.#budgets.secondsUntil(name, key, cost);
      if (seconds > 0) return tooMuch(this.#budgets.size(name), seconds);
    }
    return null;
  }

  #spend(payers: readonly Payer[], cost: number): void {
    for (const [name, key] of payers) this.#budgets.spend(name, key, cost);
  }
}

type Payer = readonly [name: CostLimitName, key: string];

function payersOf({ bearer, remoteAddress }: Caller): readonly Payer[] {
  if (bearer === null) return [["anonymousCostOfNetwork", networkOf(remoteAddress)]];
  if (bearer.kind === "agent") return [["costOfAgent", bearer.sessionId]];
  return [
    ["costOfVisitor", bearer.sessionId],
    ["costOfVisitors", networkOf(remoteAddress)],
  ];
}

/** RATE_LIMITED with HTTP status 429: the operation was not begun. */
function tooMuch(size: number, retryAfterSeconds: number): UserError {
  const message = `Operations may cost ${size} in a minute, and too little of it is left: try again in ${retryAfterSeconds} seconds.`;
  const headers = new HeaderMap([["retry-after", String(retryAfterSeconds)]]);
  return new UserError("RATE_LIMITED", message, { retryAfterSeconds, http: { status: 429, headers } });
}
