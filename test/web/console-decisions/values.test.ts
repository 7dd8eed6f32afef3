import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ServerClock } from "../../../web/console/api/server-clock.js";
import { addressOf, parseRoute } from "../../../web/console/app/route.js";
import { countdown, duration, whenDue } from "../../../web/console/parts/times.js";
import { nameOf } from "../../../web/console/parts/words.js";
import {
  changesOf,
  describeChanges,
  exampleOf,
  exampleTime,
  parseDuration,
  type Values,
} from "../../../web/console/preferences/preference-values.js";

const standard: Values = {
  mode: "UNREAD_REPLIES",
  visitorLeftDelaySeconds: 300,
  inactivityDelaySeconds: 1_800,
  settleSeconds: 30,
  contextMessages: 4,
  shortConversationMessages: 10,
  unprovenAddress: "FULL",
};

describe("A duration is read from", () => {
  test.each([
    ["5", "min", 300],
    ["90", "s", 90],
    ["90 s", "min", 90],
    ["5 min", "s", 300],
    ["1 h", "min", 3_600],
    ["1h30min", "min", 5_400],
    ["1 h 30 min", "min", 5_400],
    ["1,5 h", "min", 5_400],
    ["2 days", "min", 172_800],
    ["", "min", null],
    ["soon", "min", null],
    ["5 parsecs", "min", null],
    ["-5", "min", null],
    ["1 h".repeat(100), "min", null],
  ] as const)("%s in %s", (text, unit, seconds) => {
    expect(parseDuration(text, unit)).toBe(seconds);
  });

  test("its own words, whatever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 47 * 60 }), (minutes) => {
        expect(parseDuration(duration(minutes * 60), "s")).toBe(minutes * 60);
      }),
    );
  });
});

describe("The example of the preferences", () => {
  test("says when the email goes, in each of the three ways", () => {
    const example = exampleOf(standard);
    expect(exampleTime(example.emailAt ?? 0)).toBe("14:11:00");
    expect(exampleTime(example.withoutLeavingAt ?? 0)).toBe("14:37:00");
    expect(exampleTime(example.afterAgentGoneAt ?? 0)).toBe("14:08:10");
    expect(exampleTime(exampleOf({ ...standard, settleSeconds: 45 }).afterAgentGoneAt ?? 0)).toBe("14:08:25");
    expect(exampleOf({ ...standard, mode: "NOTHING" }).emailAt).toBeNull();
    expect(exampleTime(86_400)).toBe("14:00:00, a day later");
  });

  test("changes are what differs, in words", () => {
    expect(changesOf(standard, standard)).toEqual({});
    const changes = changesOf(standard, { ...standard, settleSeconds: 45, mode: "NOTHING" });
    expect(changes).toEqual({ settleSeconds: 45, mode: "NOTHING" });
    expect(describeChanges(standard, changes).toSorted()).toEqual([
      "do not send anything instead of email unread replies",
      "wait for one more reply: 45 s instead of 30 s",
    ]);
  });
});

describe("Times", () => {
  test("a countdown is never negative", () => {
    expect([250_000, 1, 0, -5_000].map(countdown)).toEqual(["4:10", "0:01", "0:00", "0:00"]);
  });

  test("what is due within 15 minutes is counted down, later today it has a time, then a day", () => {
    const now = new Date(2026, 10, 24, 14, 7).getTime();
    expect(whenDue(now + 250_000, now)).toEqual({ word: "in", time: "4:10" });
    expect(whenDue(now + 1_800_000, now).word).toBe("at");
    expect(whenDue(now + 86_400_000, now).word).toBe("tomorrow at");
    expect(whenDue(now + 3 * 86_400_000, now).word).toBe("on");
  });

  test("are the server's: by the answer that took the shortest, whatever this device's clock says", () => {
    let steady = 1_000;
    let wall = 5_000_000;
    const clock = new ServerClock({ steady: () => steady, wall: () => wall });
    expect(clock.read()).toBe(5_000_000);
    clock.observe(new Date(100_000).toISOString());
    steady += 500;
    expect(clock.read()).toBe(100_500);
    // It took longer, and says less.
    clock.observe(new Date(100_100).toISOString());
    expect(clock.read()).toBe(100_500);
    clock.observe(new Date(100_900).toISOString());
    expect(clock.read()).toBe(100_900);
    // The steady clock stood still while the device slept.
    expect(clock.hasSlept()).toBe(false);
    wall += 3_600_000;
    expect(clock.hasSlept()).toBe(true);
    clock.observe(new Date(3_700_000).toISOString());
    expect(clock.read()).toBe(3_700_000);
  });
});

describe("Addresses", () => {
  test.each([
    ["/console", { page: "inbox", view: "open", id: null, search: "" }],
    ["/console/held/abc", { page: "inbox", view: "held", id: "abc", search: "" }],
    ["/console/search/a%20b?q=blue%20tourer", { page: "inbox", view: "search", id: "a b", search: "blue tourer" }],
    ["/console/deliveries", { page: "deliveries" }],
    ["/console/nonsense/%E0%A4%A", { page: "inbox", view: "open", id: "%E0%A4%A", search: "" }],
  ] as const)("%s", (address, route) => {
    const parsed = parseRoute(new URL(address, "https://chat.example.com"));
    expect(parsed).toEqual(route);
    expect(parseRoute(new URL(addressOf(parsed), "https://chat.example.com"))).toEqual(parsed);
  });

  test("a nameless visitor is never an id", () => {
    expect(nameOf({ name: "Ana" })).toBe("Ana");
    expect(nameOf({ name: null, timeZone: "Europe/Paris" })).toBe("Visitor, Paris time");
    expect(nameOf({ name: " ", timeZone: "America/Argentina/Buenos_Aires" })).toBe("Visitor, Buenos Aires time");
    expect(nameOf({ name: null, timeZone: "Etc/GMT+1" })).toBe("Visitor");
    expect(nameOf({ name: null, timeZone: "UTC" })).toBe("Visitor");
  });
});
