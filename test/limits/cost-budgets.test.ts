import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { CostBudgets } from "../../src/limits/cost-budgets.js";
import { costLimits } from "../../src/limits/limit-table.js";

let nowMs = 1_800_000_000_000;
beforeEach(() => {
  jest.spyOn(Date, "now").mockImplementation(() => nowMs);
});
afterEach(() => void jest.restoreAllMocks());

const size = costLimits.costOfVisitor.costPerMinute;

describe("a budget of cost", () => {
  test("is full at first, may be spent at once, and is full again after a minute, not more", () => {
    const budgets = new CostBudgets(1);
    expect(budgets.secondsUntil("costOfVisitor", "ana", size)).toBe(0);
    budgets.spend("costOfVisitor", "ana", size);
    expect(budgets.secondsUntil("costOfVisitor", "ana", size)).toBe(60);
    expect(budgets.secondsUntil("costOfVisitor", "ana", 1)).toBe(1);
    nowMs += 59_999;
    expect(budgets.secondsUntil("costOfVisitor", "ana", size)).toBe(1);
    nowMs += 1;
    expect(budgets.secondsUntil("costOfVisitor", "ana", size)).toBe(0);
    nowMs += 3_600_000;
    expect(budgets.secondsUntil("costOfVisitor", "ana", size + 1)).toBeGreaterThan(0);
  });

  test("says when enough has come back", () => {
    const budgets = new CostBudgets(1);
    budgets.spend("costOfVisitor", "ana", size);
    const seconds = budgets.secondsUntil("costOfVisitor", "ana", size / 4);
    expect(seconds).toBe(15);
    nowMs += seconds * 1_000 - 1;
    expect(budgets.secondsUntil("costOfVisitor", "ana", size / 4)).toBe(1);
    nowMs += 1;
    expect(budgets.secondsUntil("costOfVisitor", "ana", size / 4)).toBe(0);
  });

  test("may be overdrawn, and is paid back first", () => {
    const budgets = new CostBudgets(1);
    budgets.spend("costOfVisitor", "ana", 2 * size);
    expect(budgets.secondsUntil("costOfVisitor", "ana", size)).toBe(120);
    nowMs += 60_000;
    expect(budgets.secondsUntil("costOfVisitor", "ana", 1)).toBe(1);
    nowMs += 60_000;
    expect(budgets.secondsUntil("costOfVisitor", "ana", size)).toBe(0);
  });

  test("is each caller's own, and each limit's", () => {
    const budgets = new CostBudgets(1);
    budgets.spend("costOfVisitor", "ana", size);
    expect(budgets.secondsUntil("costOfVisitor", "ben", size)).toBe(0);
    expect(budgets.secondsUntil("anonymousCostOfNetwork", "ana", size)).toBe(0);
  });

  test("of a network is multiplied, of a session not", () => {
    const budgets = new CostBudgets(20);
    expect(budgets.size("anonymousCostOfNetwork")).toBe(20 * costLimits.anonymousCostOfNetwork.costPerMinute);
    expect(budgets.size("costOfVisitor")).toBe(size);
  });

  test("fills on when the clock is set back", () => {
    const budgets = new CostBudgets(1);
    budgets.spend("costOfVisitor", "ana", size);
    nowMs -= 86_400_000;
    expect(budgets.secondsUntil("costOfVisitor", "ana", size)).toBe(60);
    nowMs += 60_000;
    expect(budgets.secondsUntil("costOfVisitor", "ana", size)).toBe(0);
  });

  test("is kept of the 20,000 callers who were the last to spend, and of no more", () => {
    const budgets = new CostBudgets(1);
    for (const caller of ["old", "busy"]) budgets.spend("costOfVisitor", caller, size);
    for (let caller = 0; caller < 20_000; caller += 1) {
      budgets.spend("anonymousCostOfNetwork", `network ${caller}`, 1);
      if (caller % 1_000 === 0) expect(budgets.secondsUntil("costOfVisitor", "busy", size)).toBe(60);
    }
    expect(budgets.secondsUntil("costOfVisitor", "busy", size)).toBe(60);
    expect(budgets.secondsUntil("costOfVisitor", "old", size)).toBe(0);
  });
});
