import { describe, expect, test } from "@jest/globals";
import { chooseChannel, chooseReplyAddress } from "../../../src/forwarding/due/choose-channel.js";

const ana = { address: "ana@example.com", shown: "ana@example.com" };
const postal = { address: { street: "Quay 1" }, shown: "Quay 1" };

test("chooses the first WHEN_AWAY channel in the order of CHANNELS for which the visitor has an address", () => {
  const addresses = { postal, email: ana };
  expect(chooseChannel(["email", "postal"], addresses)).toEqual({ channel: "email", ...ana });
  expect(chooseChannel(["postal", "email"], addresses)).toEqual({ channel: "postal", ...postal });
  expect(chooseChannel(["email", "postal"], { postal })).toEqual({ channel: "postal", ...postal });
});

test("chooses no channel without an address, or with one of an IMMEDIATE channel only", () => {
  expect(chooseChannel(["email"], {})).toBeNull();
  expect(chooseChannel(["email"], { messenger: ana })).toBeNull();
  expect(chooseChannel([], { email: ana })).toBeNull();
});

test("ignores a channel whose name is a property of every object", () => {
  expect(chooseChannel(["constructor", "email"], { email: ana })).toMatchObject({ channel: "email" });
});

describe("A conversation's replies are sent", () => {
  const kim = { address: "4711", shown: "Kim on Messenger" };
  const both = { messenger: kim, email: ana };
  test.each([
    ["from the website: by email", "web", "nothing", 0, both, "email"],
    ["from the website, without any address: by no channel", "web", "nothing", 1, { messenger: kim }, null],
    ["from Messenger: there, while nothing waits", "messenger", "nothing", 0, both, "messenger"],
    ["there, while a reply is being sent", "messenger", "direct", 0, both, "messenger"],
    ["there, while a reply is being sent and an earlier one was refused", "messenger", "direct", 1, both, "messenger"],
    ["by email, once Messenger has refused one", "messenger", "nothing", 1, both, "email"],
    ["by email, while that is being sent", "messenger", "forwarding", 1, both, "email"],
    ["by no channel, once refused without another address", "messenger", "nothing", 1, { messenger: kim }, null],
    ["by email, when there is no longer an address on Messenger", "messenger", "nothing", 0, { email: ana }, "email"],
  ] as const)("%s", (_, channel, open, pendingReplies, addresses, expected) => {
    const chosen = chooseReplyAddress({ channel, whenAwayChannels: ["email"], addresses, pendingReplies, open });
    expect(chosen?.channel ?? null).toBe(expected);
  });
});
