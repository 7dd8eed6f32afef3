import { performance } from "node:perf_hooks";
import { describe, expect, test } from "@jest/globals";
import { type GraphQLError, getIntrospectionQuery, getOperationAST, graphqlSync } from "graphql";
import { Documents } from "../../src/graphql/documents.js";
import { costOf, refuseCost } from "../../src/graphql/query-limits.js";
import { buildApiSchema } from "../../src/schema.js";
import { AgentRole } from "../../src/viewer.js";

const schema = buildApiSchema();

function errorsOf(text: string): string[] {
  const checked = new Documents({ schema, introspection: true }).check(text);
  return "document" in checked ? [] : checked.map(({ message }: GraphQLError) => message);
}

/** `inner` within `levels` levels of message and conversation. */
function nested(levels: number, inner: string): string {
  return levels === 0 ? inner : `lastMessage { conversation { ${nested(levels - 1, inner)} } }`;
}

/** How many fields and rows an answer has. */
function countValues(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + 1 + countValues(inner), 0);
}

describe("the limits of operations", () => {
  test("an inbox with full pages of messages is allowed", () => {
    expect(
      errorsOf(`{ conversations(first: 100) { nodes { id visitor { name } assignee { name } channel { name }
        messages(last: 100) { edges { cursor node { author { ... on Visitor { name } ... on Agent { id } } } } pageInfo { endCursor } } } } }`),
    ).toEqual([]);
  });

  test("introspection is allowed, and costs no less than its answer has values", () => {
    const everything = {
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
    };
    const text = getIntrospectionQuery({ ...everything, inputValueDeprecation: true, oneOf: true });
    expect(errorsOf(text)).toEqual([]);
    expect(costIn(text)).toBeLessThan(25_000);
    expect(costIn(text)).toBeGreaterThan(countValues(graphqlSync({ schema, source: text }).data));
  });

  test("introspection is refused when it is multiplied by aliases", () => {
    const types = Array.from({ length: 40 }, (_, index) => `a${index}: types { fields { ${"name ".repeat(10)} } }`);
    expect(errorsOf(`{ __schema { ${types.join(" ")} } }`)[0]).toContain("Ask for smaller pages or fewer fields.");
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
    const list = Array.from(
      { length: 21 },
      (_, index) => `a${index}: conversations(first: 100) { nodes { messages(last: 9) { nodes { id } } } }`,
    );
    expect(errorsOf(`{ ${list.join(" ")} }`)).toHaveLength(1);
    expect(errorsOf(`{ ${list.slice(1).join(" ")} }`)).toEqual([]);
  });

  test("fragments count wherever they are spread, and recursive fragments are refused", () => {
    const chain = Array.from(
      { length: 80 },
      (_, index) =>
        `fragment F${index} on Conversation { id ${index < 79 ? `...F${index + 1} ...F${index + 1}` : ""} }`,
    );
    const startedAt = performance.now();
    expect(errorsOf(`{ conversation(id: 1) { ...F0 } } ${chain.join(" ")}`)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(
      errorsOf("{ conversation(id: 1) { ...A } } fragment A on Conversation { lastMessage { conversation { ...A } } }"),
    ).toEqual(['Cannot spread fragment "A" within itself.']);
  });

  test("a text of more than 1,000 tokens is not parsed", () => {
    expect(errorsOf(`{ ${"viewer ".repeat(1_001)} }`)).toEqual([
      "Syntax Error: Document contains more that 1000 tokens. Parsing aborted.",
    ]);
  });

  test("a text of more than 100,000 characters is not read, and one that is nested hundreds of levels deep is refused", () => {
    expect(errorsOf(`{ viewer { __typename } } ${"#\n".repeat(50_000)}`)[0]).toContain("100000 are allowed");
    expect(errorsOf(`{ viewer { __typename } } ${"#\n".repeat(1_001)}`)[0]).toContain("more than 1000 comments");
    expect(errorsOf(`${"{ a ".repeat(330)}${"}".repeat(330)}`)).toHaveLength(1);
    expect(errorsOf(`{ conversation(id: 1) { ${nested(150, "id")} } }`)[0]).toMatch(/levels deep|too deeply/);
  });
});

function costIn(text: string): number {
  const checked = new Documents({ schema, introspection: true }).check(text);
  if (!("document" in checked)) throw new Error(checked[0]?.message);
  return costOf(getOperationAST(checked.document));
}

describe("the cost of operations", () => {
  test.each([
    { text: "{ viewer { __typename } }", cost: 2 },
    { text: "{ agents { id name } }", cost: 30 },
    { text: "{ conversations(first: 10) { nodes { id } } }", cost: 30 },
    { text: "{ conversations { nodes { id } } }", cost: 75 },
    // Reading nothing is reading, too.
    { text: "{ conversations(first: 0) { nodes { id } } }", cost: 3 },
    { text: "query ($n: Int) { conversations(first: $n) { nodes { id } } }", cost: 300 },
    { text: "query ($n: Int = 5) { conversations(first: $n) { nodes { id } } }", cost: 300 },
    // A size that is null does not hide the other one.
    { text: "{ conversation(id: 1) { messages(first: null, last: 50) { nodes { a: text b: text } } } }", cost: 201 },
    { text: "{ conversations(first: 10) { nodes { messages(last: 10) { nodes { id } } } } }", cost: 320 },
    { text: "{ a: viewer { __typename } b: viewer { __typename } }", cost: 4 },
    { text: "{ viewer { ... on Visitor { ...n ...n } } } fragment n on Visitor { name email }", cost: 3 },
    { text: '{ conversations(first: 0, filter: { search: "a" }) { nodes { id } } }', cost: 5_003 },
    { text: "query ($f: ConversationFilter) { conversations(first: 0, filter: $f) { nodes { id } } }", cost: 5_003 },
    { text: "{ conversations(first: 0, filter: { status: OPEN }) { nodes { id } } }", cost: 3 },
    { text: 'mutation { sendMessage(input: { text: "a" }) { id text } }', cost: 3 },
    { text: "subscription { messageAdded { conversation { messages(last: 100) { nodes { text } } } } }", cost: 302 },
    { text: "{ __schema { types { name } } }", cost: 102 },
    { text: "{ __schema { types { a: name b: fields { name } } } }", cost: 502 },
    { text: '{ __type(name: "Query") { fields { args { name } } } }', cost: 166 },
  ])("is $cost for $text", ({ text, cost }) => {
    expect(costIn(text)).toBe(cost);
  });

  test("more than 100,000 is refused with the cost and the limit", () => {
    const aliased = (count: number) => {
      const texts = Array.from({ length: count }, (_, index) => `a${index}: text`).join(" ");
      return `{ conversations(first: 10) { nodes { messages(last: 100) { nodes { ${texts} } } } } }`;
    };
    expect(costIn(aliased(97))).toBe(99_020);
    const [fault] = new Documents({ schema, introspection: true }).check(aliased(120)) as readonly GraphQLError[];
    expect(fault?.message).toBe(
      "This operation costs 122020, counting each field in each row: 100000 is allowed. Ask for smaller pages or fewer fields.",
    );
    expect(fault?.extensions).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED", cost: 122_020, limit: 100_000 });
  });

  test("only agents may spend more than 25,000", () => {
    const checked = new Documents({ schema, introspection: true }).check(
      "{ conversations(first: 100) { nodes { messages(last: 100) { nodes { id } } } } }",
    );
    if (!("document" in checked)) throw new Error("It must be valid.");
    const operation = getOperationAST(checked.document);
    expect(costOf(operation)).toBe(30_200);
    const session = { sessionId: "a session" };
    expect(refuseCost(operation, { ...session, kind: "agent", agentId: "ben", role: AgentRole.AGENT })).toBeNull();
    expect(refuseCost(operation, { ...session, kind: "visitor", visitorId: "ana", guestOf: null })?.message).toContain(
      "25000",
    );
    expect(refuseCost(operation, null)?.message).toContain("25000");
  });
});

describe("the cache of documents", () => {
  test("is bounded in bytes, and keeps no large document", () => {
    const documents = new Documents({ schema, introspection: true });
    const small = "{ viewer { __typename } }";
    expect(documents.check(small)).toBe(documents.check(small));
    const kept = documents.cachedBytes;
    for (let index = 0; index < 50; index += 1) documents.check(`${small} # ${index} ${"x".repeat(90_000)}`);
    expect(documents.cachedBytes).toBe(kept);
    for (let index = 0; index < 200; index += 1) documents.check(`${small} # ${index} ${"x".repeat(8_000)}`);
    expect(documents.cachedBytes).toBeLessThanOrEqual(20_000_000);
  });
});
