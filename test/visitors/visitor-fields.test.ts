import "reflect-metadata";
import { describe, expect, test } from "@jest/globals";
import { isIdentified, maskEmail, visitorAddress } from "../../src/visitors/visitor-address.js";
import { isOnline, leftAt } from "../../src/visitors/visitor-presence.js";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
const never = { connected: false, lastInteractionAt: null, departedAt: null };

describe("A visitor", () => {
  test.each([
    ["who has never visited is away, without a time of leaving", never, 0, false, null],
    ["with a connection is online", { ...never, connected: true }, 0, true, null],
    [
      "with a connection is online, regardless of what happened before",
      { connected: true, lastInteractionAt: at(0), departedAt: at(5) },
      900,
      true,
      null,
    ],
    ["is online for a minute after an interaction", { ...never, lastInteractionAt: at(0) }, 59, true, null],
    [
      "is away after that minute, from the interaction and not from the end of the minute",
      { ...never, lastInteractionAt: at(0) },
      60,
      false,
      at(0),
    ],
    [
      "who left after the last interaction is away immediately",
      { ...never, lastInteractionAt: at(0), departedAt: at(3) },
      4,
      false,
      at(3),
    ],
    [
      "who left and interacted later is online again",
      { ...never, lastInteractionAt: at(9), departedAt: at(3) },
      10,
      true,
      null,
    ],
    [
      "is away from the later of leaving and interacting",
      { ...never, lastInteractionAt: at(9), departedAt: at(3) },
      99,
      false,
      at(9),
    ],
    [
      "who only ever connected is away from the close of the connection",
      { ...never, departedAt: at(3) },
      4,
      false,
      at(3),
    ],
  ])("%s", (_, visitor, seconds, online, left) => {
    expect(isOnline(visitor, at(seconds))).toBe(online);
    expect(leftAt(visitor, at(seconds))).toEqual(left);
  });

  test("is identified by an address of a when-away channel", () => {
    const addresses = { messenger: { address: "7", shown: "Ana on Messenger" } };
    expect(isIdentified({ addresses }, ["email"])).toBe(false);
    expect(
      isIdentified({ addresses: { ...addresses, email: { address: "a@b.example", shown: "a@b.example" } } }, ["email"]),
    ).toBe(true);
    expect(visitorAddress({ addresses }, "messenger")?.shown).toBe("Ana on Messenger");
    expect(visitorAddress({ addresses }, "email")).toBeNull();
  });
});

test.each([
  ["ana@example.com", "a***@example.com"],
  ["a@example.com", "***@example.com"],
  ["ñandú@example.com", "ñ***@example.com"],
])("A guest sees %s masked as %s", (email, masked) => {
  expect(maskEmail(email)).toBe(masked);
});
