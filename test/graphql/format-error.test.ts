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
  const record = (message: string, fields?: unknown) => void logged.push({ message, fields });
  const format = createErrorFormatter({ debug: record, info: record, warn: record, error: record });
  const rootValue = { run, plain: run };
  const { errors } = await execute({ schema, document: parse(query), variableValues, rootValue });
  return { errors: (errors ?? []).map(format), logged };
}

const runInput = "query ($input: Input) { run(input: $input) }";

describe("errors", () => {
  test("an error for the caller is returned with its code, details and path, and is not logged", async () => {
    const { errors, logged } = await errorsOf("{ run }", {}, () => {
      throw deliveryNotPossible("NO_ADDRESS", "There is no address.");
    });
    expect(errors).toEqual([
      {
        message: "There is no address.",
        path: ["run"],
        locations: [{ line: 1, column: 3 }],
        extensions: { code: "DELIVERY_NOT_POSSIBLE", reason: "NO_ADDRESS" },
      },
    ]);
    expect(logged).toEqual([]);
  });

  test("any other error does not reveal its cause, which is logged", async () => {
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

  test("a value that the schema cannot serialize is an internal error", async () => {
    const { errors } = await errorsOf("{ run }", {}, () => "not a number");
    expect(errors[0]?.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR" });
    expect(errors[0]?.message).not.toContain("not a number");
  });

  test.each([
    { input: { text: "hello", nested: { count: "confidential" } }, field: "input.nested.count" },
    { input: { text: "hello", nested: { count: 1, mode: "confidential" } }, field: "input.nested.mode" },
    { input: { text: 'at "input.list"; ', list: ["confidential"] }, field: "input.list[0]" },
    { input: { text: { confidential: 1 } }, field: "input.text" },
    { input: { nested: { count: 1 } }, field: "input.text" },
    { input: { text: "hello", unknown: "confidential" }, field: "input.unknown" },
    { input: "confidential", field: "input" },
  ])("an invalid variable is reported with its field, never with its value: $field", async ({ input, field }) => {
    const { errors, logged } = await errorsOf(runInput, { input }, () => 1);
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: "BAD_USER_INPUT", field }]);
    expect(JSON.stringify(errors)).not.toContain("confidential");
    expect(logged).toEqual([]);
  });

  test("a missing variable is reported by name", async () => {
    const { errors } = await errorsOf("query ($id: ID!) { plain(id: $id) }", {}, () => 1);
    expect(errors[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "id" });
  });

  test("an argument with an omitted variable is reported by name", async () => {
    const { errors } = await errorsOf("query ($given: ID) { plain(id: $given) }", {}, () => 1);
    expect(errors[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "id" });
  });

  test("an error thrown by a resolver is not treated as an invalid argument", async () => {
    const { errors } = await errorsOf("{ run }", {}, () => {
      throw new Error('Argument "secret" has invalid value 42.');
    });
    expect(errors[0]?.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR" });
    expect(JSON.stringify(errors)).not.toContain("42");
  });

  test.each([forbidden("Not you."), badUserInput("input.email", "No address.")])(
    "an error without a path is returned, too: $message",
    async (error) => {
      const format = createErrorFormatter({ debug() {}, info() {}, warn() {}, error() {} });
      expect(format(error)).toEqual({ message: error.message, extensions: error.extensions });
    },
  );
});
