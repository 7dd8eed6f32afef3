import { performance } from "node:perf_hooks";
import { describe, expect, test } from "@jest/globals";
import { type GraphQLError, getIntrospectionQuery } from "graphql";
import { Documents } from "../../src/graphql/documents.js";
import { buildApiSchema } from "../../src/schema.js";

const schema = buildApiSchema();

function errorsOf(text: string): string[] {
  const checked = new Documents({ schema, introspection: true }).check(text);
  return "document" in checked ? [] : checked.map(({ message }: GraphQLError) => message);
}

/** `inner` within `levels` levels of message and conversation. */
function nested(levels: number, inner: string): string {
  return levels === 0 ? inner : `lastMessage { conversation { ${nested(levels - 1, inner)} } }`;
}

describe("the limits of operations", () => {
  test("an inbox with full pages of messages is allowed", () => {
    expect(
      errorsOf(`{ conversations(first: 100) { nodes { id visitor { name } assignee { name } channel { name }
        messages(last: 100) { edges { cursor node { author { ... on Visitor { name } ... on Agent { id } } } } pageInfo { endCursor } } } } }`),
    ).toEqual([]);
  });

  test("introspection is allowed", () => {
    expect(errorsOf(getIntrospectionQuery())).toEqual([]);
  });

  test("12 levels are allowed, 13 are not", () => {
    expect(errorsOf(`{ conversation(id: 1) { ${nested(5, "id")} } }`)).toEqual([]);
    expect(errorsOf(`{ conversation(id: 1) { ${nested(5, "visitor { id }")} } }`)).toEqual([
      "This operation is 13 levels deep: 12 are allowed.",
    ]);
  });

  test("three levels of large pages are refused, also when their sizes are variables", () => {
    const inner = (size: string) =>
      `messages(first: ${size}) { nodes { conversation { messages(first: ${size}) { nodes { id } } } } }`;
    expect(errorsOf(`{ conversations(first: 100) { nodes { ${inner("100")} } } }`)[0]).toContain(
      "Ask for smaller pages.",
    );
    expect(errorsOf(`query ($size: Int) { conversations(first: $size) { nodes { ${inner("$size")} } } }`)).toHaveLength(
      1,
    );
    expect(errorsOf(`{ conversations(first: 10) { nodes { ${inner("10")} } } }`)).toEqual([]);
  });

  test("each alias of a list counts", () => {
    const list = Array.from({ length: 201 }, (_, index) => `a${index}: conversations(first: 100) { nodes { id } }`);
    expect(errorsOf(`{ ${list.join(" ")} }`)).toHaveLength(1);
    expect(errorsOf(`{ ${list.slice(1).join(" ")} }`)).toEqual([]);
  });

  test("fragments count wherever they are spread, and recursive fragments are refused", () => {
    const chain = Array.from(
      { length: 300 },
      (_, index) =>
        `fragment F${index} on Conversation { id ${index < 299 ? `...F${index + 1} ...F${index + 1}` : ""} }`,
    );
    const startedAt = performance.now();
    expect(errorsOf(`{ conversation(id: 1) { ...F0 } } ${chain.join(" ")}`)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(
      errorsOf("{ conversation(id: 1) { ...A } } fragment A on Conversation { lastMessage { conversation { ...A } } }"),
    ).toEqual(['Cannot spread fragment "A" within itself.']);
  });

  test("a text of more than 5,000 tokens is not parsed", () => {
    expect(errorsOf(`{ ${"viewer ".repeat(5_001)} }`)).toEqual([
      "Syntax Error: Document contains more that 5000 tokens. Parsing aborted.",
    ]);
  });
});
