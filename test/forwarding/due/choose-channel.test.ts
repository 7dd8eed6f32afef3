import { describe, expect, test } from "@jest/globals";
import { chooseChannel, chooseReplyAddress } from "../../../src/forwarding/due/choose-channel.js";

const ana = { address: "ana@example.com", shown: "ana@example.com" };
const letter = { address: { street: "Quay 1" }, shown: "Quay 1" };

test("the first WHEN_AWAY channel in the order of CHANNELS for which the visitor has an address", () => {
  const addresses = { letter, email: ana };
  expect(chooseChannel(["email", "letter"], addresses)).toEqual({ channel: "email", ...ana });
  expect(chooseChannel(["letter", "email"], addresses)).toEqual({ channel: "letter", ...letter });
  expect(chooseChannel(["email", "letter"], { letter })).toEqual({ channel: "letter", ...letter });
});

test("no address is visible as none, one of an IMMEDIATE channel included", () => {
  expect(chooseChannel(["email"], {})).toBeNull();
  expect(chooseChannel(["email"], { messenger: ana })).toBeNull();
  expect(chooseChannel([], { email: ana })).toBeNull();
});

test("a channel that is called like a member of every object is none", () => {
  expect(chooseChannel(["constructor", "email"], { email: ana })).toMatchObject({ channel: "email" });
});

describe("a conversation's replies go on", () => {
  const kim = { address: "4711", shown: "Kim on Messenger" };
  const both = { messenger: kim, email: ana };
  test.each([
    ["from the website: by email", "web", "nothing", 0, both, "email"],
    ["from the website, without any address: by no channel", "web", "nothing", 1, { messenger: kim }, null],
    ["from Messenger: there, while nothing waits", "messenger", "nothing", 0, both, "messenger"],
    ["there, while a reply is on its way", "messenger", "direct", 0, both, "messenger"],
    ["there, while a reply is on its way and an earlier one was refused", "messenger", "direct", 1, both, "messenger"],
    ["by email, once Messenger has refused one", "messenger", "nothing", 1, both, "email"],
    ["by email, while that is being sent", "messenger", "forwarding", 1, both, "email"],
    ["by no channel, once refused without another address", "messenger", "nothing", 1, { messenger: kim }, null],
    ["by email, when there is no address on Messenger any more", "messenger", "nothing", 0, { email: ana }, "email"],
  ] as const)("%s", (_, channel, open, pendingReplies, addresses, expected) => {
    const way = chooseReplyAddress({ channel, whenAwayChannels: ["email"], addresses, pendingReplies, open });
    expect(way?.channel ?? null).toBe(expected);
  });
});
