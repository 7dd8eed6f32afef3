import { expect, test } from "@jest/globals";
import { chooseChannel } from "../../src/forwarding/choose-channel.js";

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
