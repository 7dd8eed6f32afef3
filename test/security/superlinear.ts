import { createRequire } from "node:module";
import { analyse } from "scslre";

// Without it, recheck would start a process of its own.
process.env.RECHECK_SYNC_BACKEND = "pure";
const { checkSync } = createRequire(import.meta.url)("recheck") as typeof import("recheck");

/** recheck takes seconds for few patterns; those are left to scslre. */
const timeoutMs = 500;

/**
 * Why a pattern can take more than linear time, or null. Two checkers, because neither finds everything: scslre analyses
 * the pattern in milliseconds; recheck builds automata, and also finds matches that start over inside a repetition, as
 * `/<[^>]*>/` does on "<<<<". A pattern without unbounded repetition is linear, whatever its bounds are.
 */
export function findSuperlinear(source: string, flags: string): string | null {
  if (!hasUnboundedRepetition(source)) return null;
  const [report] = analyse({ source, flags }, { reportTypes: { Move: true, Self: true, Trade: true } }).reports;
  if (report !== undefined) return report.exponential ? "exponential" : "polynomial";
  const checked = checkSync(source, flags, { checker: "automaton", timeout: timeoutMs });
  return checked.status === "vulnerable" ? checked.complexity.type : null;
}

function hasUnboundedRepetition(source: string): boolean {
  const withoutText = source.replace(/\\./gs, "x").replace(/\[[^\]]*\]/g, "x");
  return /[*+]|\{\d+,\}/.test(withoutText);
}
