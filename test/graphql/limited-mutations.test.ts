import { expect, test } from "@jest/globals";
import { type RateLimitName, rateLimits } from "../../src/limits/limit-table.js";
import { buildApiSchema } from "../../src/schema.js";
import { type Caller, expectedOutcome, permissions } from "./permissions/expected-permissions.js";

const strangers: readonly Caller[] = ["nobody", "visitor", "stranger", "guest"];

interface LimitedField {
  readonly name: string;
  readonly limits: readonly RateLimitName[];
}

/** The mutations that a visitor, a guest or nobody may call. Who may call them is tested in permissions.test.ts. */
const fields: readonly LimitedField[] = Object.values(buildApiSchema().getMutationType()?.getFields() ?? {})
  .filter(({ name }) =>
    strangers.some((caller) => expectedOutcome(permissions.Mutation?.[name] ?? "*", caller) === "allowed"),
  )
  .map(({ name, extensions }) => ({ name, limits: (extensions.limits ?? []) as readonly RateLimitName[] }));

test("There are mutations that strangers may call", () => {
  expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining(["startSession", "sendMessage", "signIn"]));
});

test.each(fields)("$name is limited by network; otherwise add @Limited beside @Authorized", ({ limits }) => {
  expect(limits.filter((limit) => rateLimits[limit].by === "network")).not.toEqual([]);
});

test.each(fields.filter(({ name }) => !["signIn", "startSession"].includes(name)))(
  "$name is limited by visitor, too: those of one office must not pay for each other",
  ({ limits }) => {
    expect(limits.filter((limit) => rateLimits[limit].by === "visitor")).not.toEqual([]);
  },
);
