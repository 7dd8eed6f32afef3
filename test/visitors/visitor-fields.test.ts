import "reflect-metadata";
import { describe, expect, test } from "@jest/globals";
import { isIdentified, maskEmail, visitorAddress } from "../../src/visitors/visitor-address.js";
import { isOnline, leftAt } from "../../src/visitors/visitor-presence.js";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
const never = { connected: false, lastInteractionAt: null, departedAt: null };

describe("A visitor", () => {
  test.each([
    ["before any visit is away since never", never, 0, false, null],
    ["with a connection is there", { ...never, connected: true }, 0, true, null],
    [
      "with a connection is there, whatever was before",
      { connected: true, lastInteractionAt: at(0), departedAt: at(5) },
      900,
      true,
      null,
    ],
    ["who did something is there for a minute", { ...never, lastInteractionAt: at(0) }, 59, true, null],
    [
      "is away after that minute since the doing, not since its end",
      { ...never, lastInteractionAt: at(0) },
      60,
      false,
      at(0),
    ],
    [
      "who left after the last doing is away at once",
      { ...never, lastInteractionAt: at(0), departedAt: at(3) },
      4,
      false,
      at(3),
    ],
    [
      "who left and did something later is there again",
      { ...never, lastInteractionAt: at(9), departedAt: at(3) },
      10,
      true,
      null,
    ],
    [
      "is away since the later of leaving and doing",
      { ...never, lastInteractionAt: at(9), departedAt: at(3) },
      99,
      false,
      at(9),
    ],
    ["who only ever connected is away since the connection closed", { ...never, departedAt: at(3) }, 4, false, at(3)],
  ])("%s", (_, visitor, seconds, online, left) => {
    expect(isOnline(visitor, at(seconds))).toBe(online);
    expect(leftAt(visitor, at(seconds))).toEqual(left);
  });

  test("is identified by an address of a channel that sends once they are away", () => {
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
])("A guest sees %s as %s", (email, masked) => {
  expect(maskEmail(email)).toBe(masked);
});
