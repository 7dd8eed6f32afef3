import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { chooseChannel } from "../../../src/forwarding/due/choose-channel.js";
import { decideWhenAway, type WhenAwayFacts } from "../../../src/forwarding/due/decide-when-away.js";
import { type DueFacts, findBlockingState } from "../../../src/forwarding/due/due.js";
import { ForwardingMode } from "../../../src/forwarding/forwarding-preference.entity.js";

const address = { address: "ana@example.com", shown: "ana@example.com" };

/** A visitor with an email address, and email that works. */
function facts(change: Partial<WhenAwayFacts> = {}): WhenAwayFacts {
  return {
    mode: ForwardingMode.UNREAD_REPLIES,
    whenAwayChannels: ["email"],
    readyChannels: new Set(["email"]),
    addresses: { email: address },
    suppressedChannels: [],
    optedOut: false,
    unreachable: false,
    ...change,
  };
}

describe("A visitor is promised", () => {
  test.each<[string, string, Partial<WhenAwayFacts>]>([
    ["EMAIL", "with an address", {}],
    ["EMAIL", "also with full transcripts", { mode: ForwardingMode.FULL_TRANSCRIPT }],
    ["NO_ADDRESS", "without an address", { addresses: {} }],
    ["NO_ADDRESS", "with an address on a channel that does not forward", { addresses: { messenger: address } }],
    ["OPTED_OUT", "after opting out", { optedOut: true }],
    ["UNREACHABLE", "when nothing is sent to the address any more", { suppressedChannels: ["email"] }],
    ["EMAIL", "when nothing is sent to another address", { suppressedChannels: ["messenger"] }],
    ["CHAT_ONLY", "when nothing is forwarded", { mode: ForwardingMode.NOTHING }],
    ["CHAT_ONLY", "while email is not set up, or paused", { readyChannels: new Set<string>() }],
    ["CHAT_ONLY", "when email is not installed", { whenAwayChannels: [], addresses: {} }],
    ["CHAT_ONLY", "when blocked or erased", { unreachable: true }],
    [
      "CHAT_ONLY",
      "when another channel comes first, which shows the answer by itself",
      {
        whenAwayChannels: ["sms", "email"],
        readyChannels: new Set(["sms", "email"]),
        addresses: { sms: address, email: address },
      },
    ],
  ])("%s %s", (expected, _when, change) => {
    expect(decideWhenAway(facts(change))).toBe(expected);
  });

  test("an email only if nothing blocks it in the decision that sends it", () => {
    const channels = fc.subarray(["email", "sms"]);
    const some: fc.Arbitrary<WhenAwayFacts> = fc.record({
      mode: fc.constantFrom(...Object.values(ForwardingMode)),
      whenAwayChannels: channels,
      readyChannels: channels.map((ready) => new Set(ready)),
      addresses: channels.map((known) => Object.fromEntries(known.map((channel) => [channel, address]))),
      suppressedChannels: channels,
      optedOut: fc.boolean(),
      unreachable: fc.boolean(),
    });
    fc.assert(
      fc.property(some, (given) => {
        const chosen = chooseChannel(given.whenAwayChannels, given.addresses);
        const pending: DueFacts = {
          preference: {
            mode: given.mode,
            visitorLeftDelaySeconds: 300,
            inactivityDelaySeconds: 1800,
            settleSeconds: 30,
          },
          pending: { firstAt: new Date(0), lastAt: new Date(0), lastPosition: 2 },
          attemptedPosition: 0,
          visitorReadPosition: 0,
          visitor: {
            connected: false,
            lastInteractionAt: null,
            departedAt: new Date(0),
            optedOut: given.optedOut,
            blocked: given.unreachable,
          },
          agents: { offlineFrom: null },
          unprovenUntil: null,
          address: chosen && {
            suppressed: given.suppressedChannels.includes(chosen.channel),
            channelReady: given.readyChannels.has(chosen.channel),
          },
          held: false,
          openDelivery: false,
          lastOutcome: null,
        };
        const isSent = findBlockingState(pending) === null && chosen?.channel === "email";
        expect(decideWhenAway(given) === "EMAIL").toBe(isSent);
      }),
      { numRuns: 2_000 },
    );
  });
});
