import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  assertInterfaceType,
  execute,
  getNamedType,
  getOperationAST,
  isLeafType,
  isObjectType,
  type OperationDefinitionNode,
  parse,
  validate,
} from "graphql";
import { OperationContext } from "../../src/context.js";
import { CompiledQueries } from "../../src/graphql/compiled-queries.js";
import { buildApiSchema } from "../../src/schema.js";
import { authenticate } from "../../src/sessions/authenticate.js";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { type StartedConversation, TestContext } from "../support/app/test-context.js";
import { permissions } from "./permissions/expected-permissions.js";

const schema = buildApiSchema();
let context: TestContext;
let agent: GraphqlClient;
let ana: StartedConversation;
beforeAll(async () => {
  context = await TestContext.setup({}, { agent: "offline" });
  const staff = await context.createAgent();
  agent = staff.client;
  ana = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
  await context.sendMessage(agent, ana.conversationId, "It is.");
  await context.forward(ana.conversationId);
  await context.sendMessage(ana.client, ana.conversationId, "Thank you!");
  const bo = await context.startConversation("Do you repair scooters?");
  await context.sendMessage(agent, bo.conversationId, "We do.", { asBot: "Robin" });
  const assign = "mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }";
  await agent.do(assign, { input: { conversationId: ana.conversationId, agentId: staff.id } });
  const closed = await context.startConversation("Never mind");
  await agent.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
    id: closed.conversationId,
  });
});
afterAll(() => context?.teardown());

/** More executions than it takes until a query is compiled. */
const executions = 25;

const inbox = `query Inbox($status: ConversationStatus, $first: Int = 2) {
  conversations(filter: { status: $status }, first: $first) {
    nodes { id lastActivityAt unreadByAgents visitor { id name email } lastMessage { id text sentAt } } } }`;
const everything = `{ conversations {
  __typename
  edges { cursor node { ...all } }
  nodes { ...all messages(last: 2) { nodes { ...message } edges { cursor node { id } } pageInfo { ...page } } }
  pageInfo { ...page } } }
  fragment page on PageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  fragment all on Conversation { id status startedAt closedAt lastActivityAt unreadReplies unreadByAgents optedOut
    readByVisitorUpTo readByAgentsUpTo channel { id name } assignee { ...agent } visitor { ...visitor } lastMessage { ...message }
    forwarding { __typename } }
  fragment agent on Agent { id agent: name email role availability online }
  fragment visitor on Visitor { id name email emailSource locale timeZone page identified online optedOut }
  fragment message on Message { id text sentAt cursor read via { id } forwardedTo clientMessageId attachments { id name }
    conversation { id closedAt } deliveries { id status attempts address } sender { address } original { __typename }
    author { __typename ... on Visitor { ...visitor } ... on Agent { ...agent } ... on Bot { bot: name } } }`;
const conditions = `query ($yes: Boolean!, $no: Boolean!) { conversations {
  nodes { id ...brief @include(if: $yes) lastMessage { ...text } } } }
  fragment brief on Conversation { unreadByAgents lastMessage { ...text @include(if: $no) id } }
  fragment text on Message { text }`;
const merged = `{ conversations(first: 1) { nodes { visitor { id } ...named visitor { emailAgain: email } } more: nodes { id } }
  others: conversations(first: 1, filter: { status: CLOSED }) { nodes { id status } } }
  fragment named on Conversation { visitor { name } }`;

const authorFragments = `
  fragment written on Author { __typename name ... on Agent { online } ... on Visitor { id ...named } }
  fragment named on Author { name }`;

/** Queries with the same response from graphql-js and from compiled code. */
const queries: readonly (readonly [string, string, Data])[] = [
  ["an inbox", inbox, { status: "OPEN" }],
  ["an enum that is null", inbox, { status: null }],
  ["variables that are left out", inbox, {}],
  ["a variable in place of a default", inbox, { first: 1 }],
  ["every field of a list", everything, {}],
  ["repeated and aliased fields", merged, {}],
  ["only __typename", "{ __typename }", {}],
  ["a union", "{ viewer { __typename ... on Agent { id role } ... on Visitor { id online } } }", {}],
  ["an interface", `{ conversations { nodes { lastMessage { author { ...written } } } } } ${authorFragments}`, {}],
  ["a missing conversation", '{ conversation(id: "nobody") { id visitor { name } } }', {}],
  ["lists that are not stored rows", "{ channels { id name health { status } } contactForm { current } }", {}],
  ["deliveries", "{ deliveries { nodes { id status late failure { code } messages { text } createdAt } } }", {}],
];

/** Queries that only graphql-js executes. */
const notCompiled: readonly (readonly [string, string, Data])[] = [
  ["conditions", conditions, { yes: true, no: false }],
  ["introspection", '{ __type(name: "Visitor") { fields { name } } }', {}],
  ["an alias that cannot be a property of an object literal", "{ __proto__: conversations { nodes { id } } }", {}],
  ["variables of a wrong type", inbox, { first: "two" }],
  ["a mutation", 'mutation { setTyping(conversationId: "x", typing: true) }', {}],
  ["an error in a list", `{ conversations(first: 101) { nodes { id } } }`, {}],
];

describe("a query that is executed often", () => {
  test.each(queries)("has the same response from compiled code: %s", async (_, text, variables) => {
    const { document, operation } = read(text);
    expect(validate(schema, document)).toEqual([]);
    const expected = await execute({ schema, document, variableValues: variables, contextValue: await asAgent() });
    expect(expected.errors).toBeUndefined();
    const compiled = new CompiledQueries(schema);
    let data: unknown = null;
    for (let time = 0; time < executions; time += 1) {
      data = await compiled.answer({ document, operation, variables, context: await asAgent() });
    }
    expect(JSON.stringify(data)).toBe(JSON.stringify(expected.data));
  });

  test.each(notCompiled)("is left to graphql-js: %s", async (_, text, variables) => {
    const { document, operation } = read(text);
    const compiled = new CompiledQueries(schema);
    for (let time = 0; time < executions; time += 1) {
      expect(await compiled.answer({ document, operation, variables, context: await asAgent() })).toBeNull();
    }
  });

  test("returns the same errors each time, and data again when it is valid", async () => {
    const forbidden = "{ conversations { nodes { id forwarding { state } lastMessage { deliveries { id } } } } }";
    const wrong: [string, Data, GraphqlClient][] = [
      [forbidden, {}, ana.client],
      [inbox, { first: 101 }, agent],
      [inbox, { first: "two" }, agent],
      [inbox, { status: "SOMETIMES" }, agent],
      [inbox, {}, context.app.client],
    ];
    for (const [query, variables, client] of wrong) {
      const first = await client.ask(query, variables);
      expect(first.errors).toBeDefined();
      for (let time = 0; time < executions; time += 1) expect(await client.ask(query, variables)).toEqual(first);
    }
    const { conversations } = await agent.do(inbox, { status: "OPEN" });
    expect(conversations.nodes).toHaveLength(2);
  });
});

/** Every position in a list at which a type occurs. */
const positions: readonly (readonly [string, (selection: string) => string])[] = [
  ["Conversation", (selection) => selection],
  ["Visitor", (selection) => `visitor { ${selection} }`],
  ["Agent", (selection) => `assignee { ${selection} }`],
  ["Message", (selection) => `lastMessage { ${selection} }`],
  ["Visitor", (selection) => `lastMessage { author { ... on Visitor { ${selection} } } }`],
  ["Author", (selection) => `lastMessage { author { ${selection} } }`],
  ["Conversation", (selection) => `lastMessage { conversation { ${selection} } }`],
];

describe("a list that reads only requested columns", () => {
  test.each(positions)("returns every single field of %s correctly: position %#", async (type, at) => {
    for (const selection of fieldsOf(type)) {
      const { conversations } = await agent.do(`{ conversations { nodes { id ${at(selection)} } } }`);
      for (const listed of conversations.nodes) {
        const query = `query ($id: ID!) { conversation(id: $id) { id ${at(selection)} } }`;
        const { conversation } = await agent.do(query, { id: listed.id });
        expect([selection, listed]).toEqual([selection, conversation]);
      }
    }
  });
});

/** Those that an agent may read. */
function fieldsOf(type: string): string[] {
  const found = schema.getType(type);
  const fields = Object.values((isObjectType(found) ? found : assertInterfaceType(found)).getFields());
  const forStaff = fields.filter(({ name }) => permissions[type]?.[name] !== "V");
  return forStaff.map((field) => (isLeafType(getNamedType(field.type)) ? field.name : `${field.name} { __typename }`));
}

function read(text: string): { document: ReturnType<typeof parse>; operation: OperationDefinitionNode } {
  const document = parse(text);
  return { document, operation: getOperationAST(document) as OperationDefinitionNode };
}

async function asAgent(): Promise<OperationContext> {
  const { services } = context.app;
  return new OperationContext(services, await authenticate(services, agent.token, ""), "");
}
