import { expect, test } from "@jest/globals";
import { z } from "zod";
import { parseAddress } from "../../../src/forwarding/addresses/parse-address.js";
import type { Services } from "../../../src/services.js";
import { fakePlugin } from "../../support/services/fake-channel.js";

const account = z.object({
  id: z.string({ error: "must be a string" }),
  page: z.string({ error: "must be a string" }),
});
const plugin = fakePlugin("pigeon", { address: account });
const services = { channels: { get: () => ({ plugin, connection: null }) } } as unknown as Services;
const parse = (value: unknown) => () => parseAddress(services, "pigeon", "input.address", value);

test("an error in an address with several parts names the path of the first problem, and lists all problems", () => {
  expect(parse({ page: 4 })).toThrow(
    expect.objectContaining({
      message: "id must be a string; page must be a string",
      extensions: { code: "BAD_USER_INPUT", field: "input.address.id" },
    }),
  );
});

test.each([
  ["NUL", "\u0000", /must not contain NUL/],
  ["a lone surrogate", "\ud83d", /lone surrogates/],
  ["more than fits into an index", "x".repeat(600), /at most 600 characters/],
])("an address that the database cannot store is refused: %s", (_, id, message) => {
  expect(parse({ id, page: "p" })).toThrow(message);
});

test.each(["\\u0000", "\\", "🚲", "\\\\ud83d"])("an address that only looks like it is accepted: %s", (id) => {
  expect(parse({ id, page: "p", more: 1 })()).toEqual({ id, page: "p" });
});
