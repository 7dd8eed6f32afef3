import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSchema, getNamedType, isCompositeType, isObjectType } from "graphql";
import type { Data, GraphqlClient } from "../../support/app/graphql-client.js";
import { codeOf } from "../../support/app/test-app.js";
import { TestCallers } from "./callers.js";
import { type Caller, callers, expectedOutcome, permissions, sentences } from "./expected-permissions.js";
import { at, objectPaths } from "./object-paths.js";
import { type Use, unknownId, uses } from "./operations.js";

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
const roots = ["Query", "Mutation", "Subscription"];

let testCallers: TestCallers;
beforeAll(async () => {
  testCallers = await TestCallers.setup();
});
afterAll(() => testCallers?.context.teardown());

/** The error code, or null. Queries and mutations go over HTTP, subscriptions over a WebSocket. */
async function use(client: GraphqlClient, operation: string, variables: Data): Promise<string | null> {
  return (await answerTo(client, operation, variables)).code;
}

/** The error, or nothing. That a caller is FORBIDDEN says the declaration of the operation, before anything is looked at. */
async function answerTo(
  client: GraphqlClient,
  operation: string,
  variables: Data,
): Promise<{ code: string | null; message?: string }> {
  const { text } = uses[operation] as Use;
  if (operation.startsWith("Subscription.")) {
    const code = testCallers.context.app.trySubscribing(client, text, variables).catch((error: Error) => {
      // A socket whose token is not valid is closed before anything can be asked.
      if (error.message.includes("4403")) return "UNAUTHENTICATED";
      throw error;
    });
    return { code: await code };
  }
  const { errors } = await client.ask(text, variables);
  return { code: codeOf(errors), ...(errors?.[0] && { message: errors[0].message }) };
}

describe("the permissions table", () => {
  test("lists exactly the operations and fields of schema.graphql", () => {
    const fields = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !type.name.startsWith("__"))
      .map((type) => [type.name, isObjectType(type) ? Object.keys(type.getFields()).sort() : []]);
    const table = Object.entries(permissions).map(([type, marks]) => [type, Object.keys(marks).sort()]);
    expect(Object.fromEntries(table)).toEqual(Object.fromEntries(fields));
    const operations = roots.flatMap((root) => Object.keys(permissions[root] ?? {}).map((field) => `${root}.${field}`));
    expect(Object.keys(uses).sort()).toEqual(operations.sort());
  });

  test("agrees with the descriptions in schema.graphql", () => {
    const known = Object.values(sentences).filter((sentence) => sentence !== null);
    for (const [typeName, marks] of Object.entries(permissions)) {
      const type = schema.getType(typeName);
      for (const [field, mark] of Object.entries(marks)) {
        const description = (isObjectType(type) && type.getFields()[field]?.description) || "";
        const written = known.find((sentence) => description === sentence || description.endsWith(` ${sentence}`));
        expect(`${typeName}.${field}: ${written ?? null}`).toBe(`${typeName}.${field}: ${sentences[mark]}`);
      }
    }
  });
});

interface Check {
  readonly operation: string;
  readonly caller: Caller;
  readonly outcome: string;
}

const checks: Check[] = roots.flatMap((root) =>
  Object.entries(permissions[root] ?? {}).flatMap(([field, marks]) =>
    callers.map((caller) => ({
      operation: `${root}.${field}`,
      caller,
      outcome: expectedOutcome(marks, caller),
    })),
  ),
);

describe("every operation", () => {
  test.each(checks)("$operation called by $caller is $outcome", async ({ operation, caller, outcome }) => {
    const { variables, as } = uses[operation] as Use;
    const client = await (as?.(testCallers, caller) ?? testCallers.client(caller));
    const { code, message } = await answerTo(client, operation, (await variables?.(testCallers, caller)) ?? {});
    expect(code ?? "allowed").toBe(outcome);
    if (outcome === "FORBIDDEN" && message !== undefined) expect(message).toBe(`You may not use ${operation}.`);
  });
});

/** Operations that take a conversation's id, with the other arguments that they require. */
const conversationOperations: Record<string, (id: string) => Data> = {
  "Mutation.sendMessage": (conversationId) => ({ input: { conversationId, text: "Hello" } }),
  "Mutation.setEmailOptOut": (id) => ({ id }),
  "Mutation.markRead": (conversationId) => ({ input: { conversationId, messageId: testCallers.visitor.messageId } }),
  "Mutation.setTyping": (id) => ({ id }),
  "Mutation.assignConversation": (conversationId) => ({ input: { conversationId } }),
  "Mutation.closeConversation": (id) => ({ id }),
  "Mutation.reopenConversation": (id) => ({ id }),
  "Mutation.forwardNow": (id) => ({ id }),
  "Mutation.holdForwarding": (id) => ({ id }),
  "Mutation.releaseForwarding": (id) => ({ id }),
  "Mutation.revokeResumeCodes": (id) => ({ id }),
  "Subscription.messageAdded": (id) => ({ id }),
  "Subscription.messageUpdated": (id) => ({ id }),
  "Subscription.conversationUpdated": (id) => ({ id }),
  "Subscription.typing": (id) => ({ id }),
  "Subscription.deliveryUpdated": (id) => ({ id }),
};
const visitorOperations = Object.keys(conversationOperations).filter((operation) => {
  const [root = "", field = ""] = operation.split(".");
  return permissions[root]?.[field]?.includes("V");
});

describe("ids", () => {
  test.each(Object.keys(conversationOperations))(
    "%s answers NOT_FOUND for an unknown conversation",
    async (operation) => {
      const [root = "", field = ""] = operation.split(".");
      const marks = permissions[root]?.[field] ?? "*";
      const client = testCallers.client(expectedOutcome(marks, "admin") === "allowed" ? "admin" : "visitor");
      for (const id of [unknownId, "nonsense", ""]) {
        expect(await use(client, operation, conversationOperations[operation]?.(id) ?? {})).toBe("NOT_FOUND");
      }
    },
  );

  test.each(visitorOperations)("%s answers NOT_FOUND for another visitor's conversation", async (operation) => {
    const { visitor, stranger, closedConversationId } = testCallers;
    const foreign: [Caller, string][] = [
      ["visitor", stranger.conversationId],
      ["stranger", visitor.conversationId],
      ["guest", stranger.conversationId],
      // The visitor's own, but not the one that the guest's link is for.
      ["guest", closedConversationId],
    ];
    for (const [caller, id] of foreign) {
      expect(await use(testCallers.client(caller), operation, conversationOperations[operation]?.(id) ?? {})).toBe(
        "NOT_FOUND",
      );
    }
  });

  test.each([
    [
      "Mutation.markRead",
      () => ({ input: { conversationId: testCallers.visitor.conversationId, messageId: unknownId } }),
    ],
    [
      "Mutation.markRead",
      () => ({ input: { conversationId: testCallers.visitor.conversationId, messageId: "nonsense" } }),
    ],
    [
      "Mutation.markRead",
      () => ({
        input: { conversationId: testCallers.visitor.conversationId, messageId: testCallers.stranger.messageId },
      }),
    ],
    [
      "Mutation.assignConversation",
      () => ({ input: { conversationId: testCallers.visitor.conversationId, agentId: unknownId } }),
    ],
    [
      "Mutation.assignConversation",
      () => ({ input: { conversationId: testCallers.visitor.conversationId, agentId: "Ben" } }),
    ],
    ["Mutation.updateVisitor", () => ({ input: { visitorId: unknownId, name: "Ana" } })],
    ["Mutation.updateVisitor", () => ({ input: { visitorId: "nonsense", name: "Ana" } })],
    ["Mutation.blockVisitor", () => ({ id: unknownId })],
    ["Mutation.blockVisitor", () => ({ id: "nonsense" })],
    ["Mutation.unblockVisitor", () => ({ id: unknownId })],
    ["Mutation.unblockVisitor", () => ({ id: "nonsense" })],
    ["Mutation.retryDelivery", () => ({ id: unknownId })],
    ["Mutation.retryDelivery", () => ({ id: "nonsense" })],
    ["Mutation.settleDelivery", () => ({ id: unknownId })],
    ["Mutation.settleDelivery", () => ({ id: "nonsense" })],
    ["Mutation.retryInboundEmail", () => ({ id: unknownId })],
    ["Mutation.retryInboundEmail", () => ({ id: "nonsense" })],
    ["Mutation.updateAgent", () => ({ input: { agentId: unknownId, name: "Cleo" } })],
    ["Mutation.updateAgent", () => ({ input: { agentId: "nonsense", role: "AGENT" } })],
    ["Mutation.removeAgent", () => ({ id: unknownId })],
    ["Mutation.removeAgent", () => ({ id: "nonsense" })],
    ["Mutation.liftSuppression", () => ({ address: "nobody@example.com" })],
    ["Mutation.liftSuppression", () => ({ address: "no address\0" })],
    ["Mutation.eraseVisitor", () => ({ id: unknownId })],
    ["Mutation.eraseVisitor", () => ({ id: "nonsense" })],
  ] as [string, () => Data][])(
    "%s answers NOT_FOUND for an unknown or inaccessible id",
    async (operation, variables) => {
      expect(await use(testCallers.client("admin"), operation, variables())).toBe("NOT_FOUND");
    },
  );

  test("a query for an unknown or foreign conversation is null, and its id in a filter finds nothing", async () => {
    const { visitor, stranger, closedConversationId } = testCallers;
    const requests: [Caller, string][] = [
      ["admin", unknownId],
      ["agent", "nonsense"],
      ["visitor", stranger.conversationId],
      ["stranger", visitor.conversationId],
      ["guest", closedConversationId],
    ];
    for (const [caller, id] of requests) {
      const found = await testCallers.client(caller).do("query ($id: ID!) { conversation(id: $id) { id } }", { id });
      expect(found).toEqual({ conversation: null });
    }
    for (const id of [unknownId, "nonsense"]) {
      const found = await testCallers.client("admin").do(
        `query ($id: ID!) { deliveries(filter: { conversationId: $id }) { nodes { id } }
          conversations(filter: { assigneeId: $id }) { nodes { id } } }`,
        { id },
      );
      expect(found).toEqual({ deliveries: { nodes: [] }, conversations: { nodes: [] } });
    }
  });

  test("a query for an unknown message, or one of a conversation that the caller may not see, is null", async () => {
    const { visitor, stranger, context, closedConversationId } = testCallers;
    const text = "query ($id: ID!) { conversation(id: $id) { lastMessage { id } } }";
    const closed = (await context.agent.client.do(text, { id: closedConversationId })).conversation.lastMessage.id;
    const requests: [Caller, string][] = [
      ["admin", unknownId],
      ["agent", "nonsense"],
      ["visitor", stranger.messageId],
      ["stranger", visitor.messageId],
      ["guest", closed],
    ];
    for (const [caller, id] of requests) {
      const found = await testCallers.client(caller).do("query ($id: ID!) { message(id: $id) { id } }", { id });
      expect(found).toEqual({ message: null });
    }
  });

  test("conversations lists a visitor's own conversations, and only the link's conversation for a guest", async () => {
    const { visitor, stranger, closedConversationId } = testCallers;
    const idsOf = async (caller: Caller): Promise<string[]> => {
      const { conversations } = await testCallers.client(caller).do("{ conversations(first: 100) { nodes { id } } }");
      return conversations.nodes.map((node: Data) => node.id).sort();
    };
    expect(await idsOf("visitor")).toEqual([visitor.conversationId, closedConversationId].sort());
    expect(await idsOf("stranger")).toEqual([stranger.conversationId]);
    expect(await idsOf("guest")).toEqual([visitor.conversationId]);
    expect(await idsOf("agent")).toEqual(expect.arrayContaining([visitor.conversationId, stranger.conversationId]));
  });
});

const reads = Object.entries(objectPaths).flatMap(([type, objectPath]) =>
  objectPath.callers.map((caller) => ({ type, caller })),
);

describe("every field", () => {
  test("belongs to a type that some caller can reach", () => {
    const types = Object.keys(permissions).filter((type) => !roots.includes(type));
    // Typing is only available by subscription, see below.
    expect([...Object.keys(objectPaths), "Typing"].sort()).toEqual(types.sort());
  });

  test.each(reads)("of $type is readable by $caller as the table says", async ({ type, caller }) => {
    const objectPath = objectPaths[type];
    const objectType = schema.getType(type);
    if (objectPath === undefined || !isObjectType(objectType)) throw new Error(`No path to ${type}`);
    for (const [name, field] of Object.entries(objectType.getFields())) {
      const selection = isCompositeType(getNamedType(field.type)) ? `${name} { __typename }` : name;
      const answer = await testCallers
        .client(caller)
        .ask(objectPath.text(selection), (await objectPath.variables?.(testCallers, caller)) ?? {});
      const outcome = expectedOutcome(permissions[type]?.[name] ?? "*", caller);
      expect(`${type}.${name}: ${codeOf(answer.errors) ?? "allowed"}`).toBe(`${type}.${name}: ${outcome}`);
      if (outcome === "allowed") expect(at(answer.data, objectPath.path)).toHaveProperty(name);
      else expect(answer.errors?.[0]?.path).toEqual([...objectPath.path, name]);
    }
  });

  test("fields for staff are FORBIDDEN to visitors in nested authors of subscriptions, too", async () => {
    const { context, visitor } = testCallers;
    const page = await visitor.client.connect();
    const typing = await context.app.subscribe(
      page,
      "subscription { typing { conversation { id } author { ... on Agent { id name online email role availability } } } }",
    );
    await testCallers
      .client("agent")
      .do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id: visitor.conversationId });
    const event = await typing.next();
    expect(event.data?.typing).toEqual({
      conversation: { id: visitor.conversationId },
      author: {
        id: testCallers.agent.id,
        name: expect.any(String),
        online: expect.any(Boolean),
        email: null,
        role: null,
        availability: null,
      },
    });
    expect(event.errors?.map(({ extensions, path }) => [extensions.code, path?.at(-1)])).toEqual([
      ["FORBIDDEN", "email"],
      ["FORBIDDEN", "role"],
      ["FORBIDDEN", "availability"],
    ]);
    await page.close();
  });
});
