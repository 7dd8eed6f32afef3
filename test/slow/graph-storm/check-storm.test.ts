import { describe, expect, test } from "@jest/globals";
import { checkStorm, type StormDelivery, type StormOutcome } from "./check-storm.js";

const delivery = (mark: string, status: string, position: number, conversationId = "one"): StormDelivery => ({
  mark,
  status,
  position,
  conversationId,
});

const good: StormOutcome = {
  written: ["reply-0", "reply-1", "reply-2"],
  taken: ["reply-0", "reply-2"],
  deliveries: [
    delivery("reply-0", "SENT", 2),
    delivery("reply-1", "UNCERTAIN", 3),
    delivery("reply-2", "DELIVERED", 4),
  ],
  phantoms: 0,
  maxUncertain: 1,
};
const [first, second, third] = good.deliveries as [StormDelivery, StormDelivery, StormDelivery];

describe("The report of the storm", () => {
  test("finds no violation if everything arrived once and what was lost is UNCERTAIN", () => {
    expect(checkStorm(good)).toEqual([]);
  });

  test.each<[string, Partial<StormOutcome>, string]>([
    ["a reply that arrived twice", { taken: ["reply-0", "reply-0", "reply-2"] }, "reply-0 arrived 2 times"],
    ["a reply that never arrived", { taken: ["reply-0"] }, "reply-2 is DELIVERED and never arrived"],
    [
      "a reply that was never written",
      { taken: ["reply-0", "reply-2", "reply-9"] },
      "reply-9 arrived, but was never written",
    ],
    [
      "a reply that is still queued",
      { deliveries: [first, second, { ...third, status: "QUEUED" }] },
      "reply-2 ended QUEUED",
    ],
    ["a reply without a delivery", { deliveries: [first, third], maxUncertain: 0 }, "reply-1 has no delivery"],
    ["a reply with two deliveries", { deliveries: [...good.deliveries, first] }, "a reply has two deliveries"],
    ["more uncertain deliveries than allowed", { maxUncertain: 0 }, "1 are UNCERTAIN, at most 0 allowed"],
    [
      "an uncertain delivery with an echo",
      { taken: ["reply-0", "reply-1", "reply-2"] },
      "reply-1 is UNCERTAIN although its echo arrived",
    ],
    [
      "a message of unknown origin",
      { phantoms: 1 },
      "1 messages in the conversations were not written by the script or a visitor",
    ],
    ["replies out of order", { taken: ["reply-2", "reply-0"] }, "reply-0 arrived after a later reply"],
  ])("finds %s", (_, difference, violation) => {
    expect(checkStorm({ ...good, ...difference })).toEqual([violation]);
  });
});
