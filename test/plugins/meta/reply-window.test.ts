import { describe, expect, test } from "@jest/globals";
import { describeClosed, findPermission, type Writer } from "../../../plugins/meta/reply-window.js";

const lastMessageAt = new Date("2026-11-15T10:00:00.000Z");
const minutes = (count: number) => new Date(lastMessageAt.getTime() + count * 60_000);
const day = 24 * 60;

describe("Meta's reply window", () => {
  test.each<[string, number, Writer, string]>([
    ["immediately", 0, "human", "response"],
    ["at 23:59", day - 1, "human", "response"],
    ["at 23:59", day - 1, "bot", "response"],
    ["at 24:00", day, "bot", "closed"],
    ["at 24:01", day + 1, "human", "human-agent"],
    ["at 24:01", day + 1, "bot", "closed"],
    ["a minute before the end of day 7", 7 * day - 1, "human", "human-agent"],
    ["after 7 days", 7 * day, "human", "closed"],
    ["on day 8", 8 * day, "bot", "closed"],
  ])("%s (%i minutes) for a %s: %s", (_, after, writer, expected) => {
    expect(findPermission(lastMessageAt, writer, minutes(after)).kind).toBe(expected);
  });

  test("is left to Meta if the visitor's last message is unknown", () => {
    expect(findPermission(null, "bot", lastMessageAt)).toEqual({ kind: "response" });
  });

  test("reports when it closed, for agents and bots", () => {
    const forBot = findPermission(lastMessageAt, "bot", minutes(3 * day));
    const forPerson = findPermission(lastMessageAt, "human", minutes(8 * day));
    expect([forBot, forPerson]).toEqual([
      { kind: "closed", closedAt: new Date("2026-11-16T10:00:00.000Z") },
      { kind: "closed", closedAt: new Date("2026-11-22T10:00:00.000Z") },
    ]);
    expect(describeClosed(new Date("2026-11-22T10:00:00.000Z"), "human", "Messenger")).toBe(
      "Messenger's reply window (7 days for agents' replies) closed on 2026-11-22 10:00 UTC; it reopens when the visitor writes again",
    );
  });
});
