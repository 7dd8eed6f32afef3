import { expect, test } from "@jest/globals";
import { z } from "zod";
import { parseAddress } from "../../../src/forwarding/addresses/parse-address.js";
import type { Services } from "../../../src/services.js";
import { fakePlugin } from "../../support/services/fake-channel.js";

const account = z.object({ id: z.string({ error: "must be a text" }), page: z.string({ error: "must be a text" }) });
const plugin = fakePlugin("pigeon", { address: account });
const services = { channels: { get: () => ({ plugin, connection: null }) } } as unknown as Services;
const parse = (value: unknown) => () => parseAddress(services, "pigeon", "input.address", value);

test("an address of several parts is refused by the path of what is wrong, with everything that is", () => {
  expect(parse({ page: 4 })).toThrow(
    expect.objectContaining({
      message: "id must be a text; page must be a text",
      extensions: { code: "BAD_USER_INPUT", field: "input.address.id" },
    }),
  );
});

test.each([
  ["NUL", "\u0000", /must not contain NUL/],
  ["half of a character", "\ud83d", /lone surrogates/],
  ["more than an index holds", "x".repeat(600), /at most 600 characters/],
])("what the database could not store is refused: %s", (_, id, message) => {
  expect(parse({ id, page: "p" })).toThrow(message);
});

test.each(["\\u0000", "\\", "🚲", "\\\\ud83d"])("what only looks like it is taken: %s", (id) => {
  expect(parse({ id, page: "p", more: 1 })()).toEqual({ id, page: "p" });
});
