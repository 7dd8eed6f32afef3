import { describe, expect, test } from "@jest/globals";
import { buildSchema, execute, type GraphQLFormattedError, parse } from "graphql";
import { badUserInput, deliveryNotPossible, forbidden } from "../../src/errors.js";
import { createErrorFormatter } from "../../src/graphql/format-error.js";

const schema = buildSchema(`
  enum Mode { NOTHING ALL }
  input Nested { count: Int! mode: Mode }
  input Input { text: String! nested: Nested list: [Int!] }
  type Query { run(input: Input, id: ID): Int plain(id: ID!): Int! }
`);

interface Logged {
  readonly message: string;
  readonly fields: unknown;
}

async function errorsOf(
  query: string,
  variableValues: Record<string, unknown>,
  run: () => unknown,
): Promise<{ errors: GraphQLFormattedError[]; logged: Logged[] }> {
  const logged: Logged[] = [];
  const keep = (message: string, fields?: unknown) => void logged.push({ message, fields });
  const format = createErrorFormatter({ debug: keep, info: keep, warn: keep, error: keep });
  const rootValue = { run, plain: run };
  const { errors } = await execute({ schema, document: parse(query), variableValues, rootValue });
  return { errors: (errors ?? []).map(format), logged };
}

const runInput = "query ($input: Input) { run(input: $input) }";

describe("errors", () => {
  test("an error for the caller passes with its code, details and place, and is not logged", async () => {
    const { errors, logged } = await errorsOf("{ run }", {}, () => {
      throw deliveryNotPossible("NO_ADDRESS", "Nobody to write to.");
    });
    expect(errors).toEqual([
      {
        message: "Nobody to write to.",
        path: ["run"],
        locations: [{ line: 1, column: 3 }],
        extensions: { code: "DELIVERY_NOT_POSSIBLE", reason: "NO_ADDRESS" },
      },
    ]);
    expect(logged).toEqual([]);
  });

  test("anything else says nothing of its cause, which is logged", async () => {
    const { errors, logged } = await errorsOf("{ run }", {}, () => {
      throw new Error('relation "secrets" does not exist');
    });
    expect(errors).toEqual([
      {
        message: "Internal server error.",
        path: ["run"],
        locations: [{ line: 1, column: 3 }],
        extensions: { code: "INTERNAL_SERVER_ERROR" },
      },
    ]);
    expect(JSON.stringify(logged)).toContain("secrets");
  });

  test("a value that the schema cannot show is our fault, not the caller's", async () => {
    const { errors } = await errorsOf("{ run }", {}, () => "not a number");
    expect(errors[0]?.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR" });
    expect(errors[0]?.message).not.toContain("not a number");
  });

  test.each([
    { input: { text: "hello", nested: { count: "tell-nobody" } }, field: "input.nested.count" },
    { input: { text: "hello", nested: { count: 1, mode: "tell-nobody" } }, field: "input.nested.mode" },
    { input: { text: 'at "input.list"; ', list: ["tell-nobody"] }, field: "input.list[0]" },
    { input: { text: { "tell-nobody": 1 } }, field: "input.text" },
    { input: { nested: { count: 1 } }, field: "input.text" },
    { input: { text: "hello", unknown: "tell-nobody" }, field: "input.unknown" },
    { input: "tell-nobody", field: "input" },
  ])("a wrong variable names its field and never repeats its value: $field", async ({ input, field }) => {
    const { errors, logged } = await errorsOf(runInput, { input }, () => 1);
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: "BAD_USER_INPUT", field }]);
    expect(JSON.stringify(errors)).not.toContain("tell-nobody");
    expect(logged).toEqual([]);
  });

  test("a variable that is missing is named", async () => {
    const { errors } = await errorsOf("query ($id: ID!) { plain(id: $id) }", {}, () => 1);
    expect(errors[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "id" });
  });

  test("an argument whose variable was left out is named", async () => {
    const { errors } = await errorsOf("query ($given: ID) { plain(id: $given) }", {}, () => 1);
    expect(errors[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "id" });
  });

  test("a resolver's own error is not taken for a wrong argument", async () => {
    const { errors } = await errorsOf("{ run }", {}, () => {
      throw new Error('Argument "secret" has invalid value 42.');
    });
    expect(errors[0]?.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR" });
    expect(JSON.stringify(errors)).not.toContain("42");
  });

  test.each([forbidden("Not you."), badUserInput("input.email", "No address.")])(
    "an error outside any field passes too: $message",
    async (error) => {
      const format = createErrorFormatter({ debug() {}, info() {}, warn() {}, error() {} });
      expect(format(error)).toEqual({ message: error.message, extensions: error.extensions });
    },
  );
});
