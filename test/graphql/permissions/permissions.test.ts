import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSchema, getNamedType, isCompositeType, isObjectType } from "graphql";
import type { Data, GraphqlClient } from "../../support/app/graphql-client.js";
import { codeOf } from "../../support/app/test-app.js";
import { PermittedPeople } from "./callers.js";
import { at, objectPaths } from "./object-paths.js";
import { type Use, unknownId, uses } from "./operations.js";
import { type Caller, callers, permissions, promised, sentences } from "./promised-permissions.js";

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
const roots = ["Query", "Mutation", "Subscription"];

let people: PermittedPeople;
beforeAll(async () => {
  people = await PermittedPeople.gather();
});
afterAll(() => people?.context.teardown());

/** The code of the refusal, or null. A query or mutation goes over HTTP; a subscription over a WebSocket. */
async function use(client: GraphqlClient, operation: string, variables: Data): Promise<string | null> {
  const { text } = uses[operation] as Use;
  if (operation.startsWith("Subscription.")) return people.context.app.trySubscribing(client, text, variables);
  return codeOf((await client.ask(text, variables)).errors);
}

describe("the permissions table", () => {
  test("holds every operation and every field of schema.graphql, and no other", () => {
    const fields = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !type.name.startsWith("__"))
      .map((type) => [type.name, isObjectType(type) ? Object.keys(type.getFields()).sort() : []]);
    const table = Object.entries(permissions).map(([type, marks]) => [type, Object.keys(marks).sort()]);
    expect(Object.fromEntries(table)).toEqual(Object.fromEntries(fields));
    const operations = roots.flatMap((root) => Object.keys(permissions[root] ?? {}).map((field) => `${root}.${field}`));
    expect(Object.keys(uses).sort()).toEqual(operations.sort());
  });

  test("says what the descriptions in schema.graphql say", () => {
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

interface Walk {
  readonly operation: string;
  readonly caller: Caller;
  readonly outcome: string;
}

const walks: Walk[] = roots.flatMap((root) =>
  Object.entries(permissions[root] ?? {}).flatMap(([field, marks]) =>
    callers.map((caller) => ({
      operation: `${root}.${field}`,
      caller,
      outcome: promised(marks, caller),
    })),
  ),
);

describe("every operation", () => {
  test.each(walks)("$operation asked by $caller is $outcome", async ({ operation, caller, outcome }) => {
    const { variables, as } = uses[operation] as Use;
    const client = await (as?.(people, caller) ?? people.client(caller));
    expect((await use(client, operation, (await variables?.(people, caller)) ?? {})) ?? "allowed").toBe(outcome);
  });
});

/** Operations that name a conversation, with what else they need; `id` is the conversation's. */
const aboutConversation: Record<string, (id: string) => Data> = {
  "Mutation.sendMessage": (conversationId) => ({ input: { conversationId, text: "Hello" } }),
  "Mutation.setEmailOptOut": (id) => ({ id }),
  "Mutation.markRead": (conversationId) => ({ input: { conversationId, messageId: people.visitor.messageId } }),
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
const forVisitorsToo = Object.keys(aboutConversation).filter((operation) => {
  const [root = "", field = ""] = operation.split(".");
  return permissions[root]?.[field]?.includes("V");
});

describe("ids", () => {
  test.each(Object.keys(aboutConversation))("%s answers NOT_FOUND for an unknown conversation", async (operation) => {
    const [root = "", field = ""] = operation.split(".");
    const marks = permissions[root]?.[field] ?? "*";
    const client = people.client(promised(marks, "admin") === "allowed" ? "admin" : "visitor");
    for (const id of [unknownId, "nonsense", ""]) {
      expect(await use(client, operation, aboutConversation[operation]?.(id) ?? {})).toBe("NOT_FOUND");
    }
  });

  test.each(forVisitorsToo)("%s answers NOT_FOUND for another visitor's conversation", async (operation) => {
    const { visitor, stranger, closedConversationId } = people;
    const foreign: [Caller, string][] = [
      ["visitor", stranger.conversationId],
      ["stranger", visitor.conversationId],
      ["guest", stranger.conversationId],
      // The visitor's own, but not the one that the link was for.
      ["guest", closedConversationId],
    ];
    for (const [caller, id] of foreign) {
      expect(await use(people.client(caller), operation, aboutConversation[operation]?.(id) ?? {})).toBe("NOT_FOUND");
    }
  });

  test.each([
    ["Mutation.markRead", () => ({ input: { conversationId: people.visitor.conversationId, messageId: unknownId } })],
    ["Mutation.markRead", () => ({ input: { conversationId: people.visitor.conversationId, messageId: "nonsense" } })],
    [
      "Mutation.markRead",
      () => ({ input: { conversationId: people.visitor.conversationId, messageId: people.stranger.messageId } }),
    ],
    [
      "Mutation.assignConversation",
      () => ({ input: { conversationId: people.visitor.conversationId, agentId: unknownId } }),
    ],
    [
      "Mutation.assignConversation",
      () => ({ input: { conversationId: people.visitor.conversationId, agentId: "Ben" } }),
    ],
    ["Mutation.updateVisitor", () => ({ input: { visitorId: unknownId, name: "Ana" } })],
    ["Mutation.updateVisitor", () => ({ input: { visitorId: "nonsense", name: "Ana" } })],
    ["Mutation.retryDelivery", () => ({ id: unknownId })],
    ["Mutation.retryDelivery", () => ({ id: "nonsense" })],
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
    "%s answers NOT_FOUND for an id that names nothing it may name",
    async (operation, variables) => {
      expect(await use(people.client("admin"), operation, variables())).toBe("NOT_FOUND");
    },
  );

  test("a query for an unknown or foreign conversation is null, and its id in a filter finds nothing", async () => {
    const { visitor, stranger, closedConversationId } = people;
    const asked: [Caller, string][] = [
      ["admin", unknownId],
      ["agent", "nonsense"],
      ["visitor", stranger.conversationId],
      ["stranger", visitor.conversationId],
      ["guest", closedConversationId],
    ];
    for (const [caller, id] of asked) {
      const found = await people.client(caller).do("query ($id: ID!) { conversation(id: $id) { id } }", { id });
      expect(found).toEqual({ conversation: null });
    }
    for (const id of [unknownId, "nonsense"]) {
      const found = await people.client("admin").do(
        `query ($id: ID!) { deliveries(filter: { conversationId: $id }) { nodes { id } }
          conversations(filter: { assigneeId: $id }) { nodes { id } } }`,
        { id },
      );
      expect(found).toEqual({ deliveries: { nodes: [] }, conversations: { nodes: [] } });
    }
  });

  test("a list holds a visitor's own conversations, and the guest's one", async () => {
    const { visitor, stranger, closedConversationId } = people;
    const idsOf = async (caller: Caller): Promise<string[]> => {
      const { conversations } = await people.client(caller).do("{ conversations(first: 100) { nodes { id } } }");
      return conversations.nodes.map((node: Data) => node.id).sort();
    };
    expect(await idsOf("visitor")).toEqual([visitor.conversationId, closedConversationId].sort());
    expect(await idsOf("stranger")).toEqual([stranger.conversationId]);
    expect(await idsOf("guest")).toEqual([visitor.conversationId]);
    expect(await idsOf("agent")).toEqual(expect.arrayContaining([visitor.conversationId, stranger.conversationId]));
  });
});

const readings = Object.entries(objectPaths).flatMap(([type, objectPath]) =>
  objectPath.callers.map((caller) => ({ type, caller })),
);

describe("every field", () => {
  test("stands in a type that some caller reaches", () => {
    const types = Object.keys(permissions).filter((type) => !roots.includes(type));
    // Typing comes by subscription only, below.
    expect([...Object.keys(objectPaths), "Typing"].sort()).toEqual(types.sort());
  });

  test.each(readings)("of $type is shown to $caller as the table says", async ({ type, caller }) => {
    const objectPath = objectPaths[type];
    const objectType = schema.getType(type);
    if (objectPath === undefined || !isObjectType(objectType)) throw new Error(`There is no way to ${type}`);
    for (const [name, field] of Object.entries(objectType.getFields())) {
      const selection = isCompositeType(getNamedType(field.type)) ? `${name} { __typename }` : name;
      const answer = await people
        .client(caller)
        .ask(objectPath.text(selection), (await objectPath.variables?.(people, caller)) ?? {});
      const outcome = promised(permissions[type]?.[name] ?? "*", caller);
      expect(`${type}.${name}: ${codeOf(answer.errors) ?? "allowed"}`).toBe(`${type}.${name}: ${outcome}`);
      if (outcome === "allowed") expect(at(answer.data, objectPath.path)).toHaveProperty(name);
      else expect(answer.errors?.[0]?.path).toEqual([...objectPath.path, name]);
    }
  });

  test("what is for staff is FORBIDDEN to visitors inside of what somebody else wrote or is doing, too", async () => {
    const { context, visitor } = people;
    const page = await visitor.client.connect();
    const typing = await context.app.subscribe(
      page,
      "subscription { typing { conversation { id } author { ... on Agent { id name online email role availability } } } }",
    );
    await people
      .client("agent")
      .do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id: visitor.conversationId });
    const heard = await typing.next();
    expect(heard.data?.typing).toEqual({
      conversation: { id: visitor.conversationId },
      author: {
        id: people.agent.id,
        name: expect.any(String),
        online: expect.any(Boolean),
        email: null,
        role: null,
        availability: null,
      },
    });
    expect(heard.errors?.map(({ extensions, path }) => [extensions.code, path?.at(-1)])).toEqual([
      ["FORBIDDEN", "email"],
      ["FORBIDDEN", "role"],
      ["FORBIDDEN", "availability"],
    ]);
    await page.close();
  });
});
