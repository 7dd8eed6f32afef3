import { randomUUID } from "node:crypto";
import type { Data, GraphqlClient } from "../../support/app/graphql-client.js";
import type { TestCallers } from "./callers.js";
import { type Caller, isFormer } from "./expected-permissions.js";

/** A call of an operation that succeeds for everyone who is allowed to make it. */
export interface Use {
  readonly text: string;
  readonly variables?: (testCallers: TestCallers, caller: Caller) => Data | Promise<Data>;
  /** The client to use instead, for operations that end their own session. */
  readonly as?: (testCallers: TestCallers, caller: Caller) => Promise<GraphqlClient>;
}

const input = (value: Data): Data => ({ input: value });
const own = (testCallers: TestCallers, caller: Caller) => ({ id: testCallers.own(caller).conversationId });

/** An id that does not exist. */
export const unknownId = "0190a000-0000-7000-8000-000000000000";

/** A conversation that staff can change without affecting other tests; an unknown id for callers that are refused anyway. */
async function disposable({ context }: TestCallers, caller: Caller): Promise<Data> {
  if (caller !== "agent" && caller !== "admin") return { id: unknownId };
  return { id: (await context.startConversation("Hello", { email: "disposable@example.com" })).conversationId };
}

/** A visitor whom staff can block; an unknown id for callers that are refused anyway. */
async function disposableVisitor({ context }: TestCallers, caller: Caller): Promise<Data> {
  if (caller !== "agent" && caller !== "admin") return { id: unknownId };
  return { id: (await context.startConversation()).visitorId };
}

async function disposablePending(testCallers: TestCallers, caller: Caller): Promise<Data> {
  const variables = await disposable(testCallers, caller);
  if (variables.id !== unknownId)
    await testCallers.context.sendMessage(testCallers.agent.client, variables.id, "A reply");
  return variables;
}

const unclear = { name: "make-uncertain", text: "UPDATE deliveries SET status = 'UNCERTAIN' WHERE id = $1" };

/** A delivery that staff can try again. */
async function disposableFailed(testCallers: TestCallers, caller: Caller): Promise<Data> {
  if (caller !== "agent" && caller !== "admin") return { id: testCallers.failedDeliveryId };
  const { mail } = testCallers.context;
  const { id } = await disposablePending(testCallers, caller);
  mail.behave(() => ({ code: 550, message: "Not today" }));
  const deliveryId = await testCallers.context.forward(id);
  mail.behave(() => null);
  return { id: deliveryId };
}

async function disposableSession(testCallers: TestCallers, caller: Caller): Promise<GraphqlClient> {
  const { context } = testCallers;
  if (caller === "agent") return context.app.client.signIn(testCallers.agent.email, testCallers.agent.password);
  if (caller === "admin") return context.app.client.signIn(context.agent.email, context.agent.password);
  if (caller === "nobody" || isFormer(caller)) return testCallers.client(caller);
  return context.app.startVisitor();
}

const onVisitor = (field: string): string => `mutation ($id: ID!) { ${field}(visitorId: $id) { id } }`;
const onConversation = (field: string): string => `mutation ($id: ID!) { ${field}(conversationId: $id) { id } }`;

export const uses: Readonly<Record<string, Use>> = {
  "Query.viewer": { text: "{ viewer { __typename } }" },
  "Query.conversation": { text: "query ($id: ID!) { conversation(id: $id) { id } }", variables: own },
  "Query.conversations": { text: "{ conversations { nodes { id } } }" },
  "Query.message": {
    text: "query ($id: ID!) { message(id: $id) { id } }",
    variables: (testCallers, caller) => ({ id: testCallers.own(caller).messageId }),
  },
  "Query.forwardingPreference": { text: "{ forwardingPreference { mode } }" },
  "Query.contactForm": { text: "{ contactForm { current } }" },
  "Query.website": { text: "{ website { company } }" },
  "Query.channels": { text: "{ channels { id } }" },
  "Query.deliveries": { text: "{ deliveries { nodes { id } } }" },
  "Query.agents": { text: "{ agents { id } }" },
  "Query.inboundEmails": { text: "{ inboundEmails { nodes { id } } }" },
  "Query.counts": { text: "{ counts { open } }" },
  "Query.emailPreview": { text: "{ emailPreview { subject } }" },
  "Query.forwardingDryRun": { text: "{ forwardingDryRun(preference: {}) { waiting } }" },
  "Query.setUp": { text: "{ setUp { id } }" },
  "Query.blockedNetworks": { text: "{ blockedNetworks { range } }" },
  "Query.suppressedAddresses": { text: "{ suppressedAddresses { nodes { address } } }" },
  "Mutation.startSession": { text: "mutation { startSession(input: {}) { kind } }" },
  "Mutation.submitContactForm": {
    text: "mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }",
    variables: (_, caller) => input({ email: caller === "stranger" ? "ben@example.com" : "ana@example.com" }),
  },
  "Mutation.recordActivity": { text: 'mutation { recordActivity(page: "/bikes") { page } }' },
  "Mutation.leaveWebsite": { text: "mutation { leaveWebsite { id } }" },
  "Mutation.setEmailOptOut": {
    text: "mutation ($id: ID!) { setEmailOptOut(optedOut: false, conversationId: $id) { id } }",
    variables: own,
  },
  "Mutation.sendMessage": {
    text: "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }",
    variables: (testCallers, caller) =>
      input({ conversationId: testCallers.own(caller).conversationId, text: "Hello again" }),
  },
  "Mutation.markRead": {
    text: "mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }",
    variables: (testCallers, caller) => {
      const { conversationId, messageId } = testCallers.own(caller);
      return input({ conversationId, messageId });
    },
  },
  "Mutation.setTyping": { text: "mutation ($id: ID!) { setTyping(conversationId: $id) }", variables: own },
  "Mutation.signOut": { text: "mutation { signOut }", as: disposableSession },
  "Mutation.signIn": {
    text: "mutation ($input: SignInInput!) { signIn(input: $input) { expiresAt } }",
    variables: ({ agent: { email, password } }) => input({ email, password }),
  },
  "Mutation.changePassword": {
    text: "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { expiresAt } }",
    variables: () => input({ current: "a colleague's password", next: "another password" }),
    as: async (testCallers, caller) => {
      if (caller !== "agent" && caller !== "admin") return testCallers.client(caller);
      return (await testCallers.context.createAgent(caller === "admin" ? "ADMIN" : "AGENT")).client;
    },
  },
  "Mutation.setAvailability": { text: "mutation { setAvailability(availability: ONLINE) { id } }" },
  "Mutation.updateVisitor": {
    text: "mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }",
    variables: ({ visitor }) => input({ visitorId: visitor.visitorId, name: "Ana" }),
  },
  "Mutation.blockVisitor": { text: onVisitor("blockVisitor"), variables: disposableVisitor },
  "Mutation.unblockVisitor": { text: onVisitor("unblockVisitor"), variables: disposableVisitor },
  "Mutation.blockNetwork": {
    text: 'mutation { blockNetwork(input: { range: "198.51.100.0/24", note: "Spam" }) { range } }',
  },
  "Mutation.unblockNetwork": { text: 'mutation { unblockNetwork(range: "203.0.113.0/24") }' },
  "Mutation.resumeChannel": { text: 'mutation { resumeChannel(channel: "email") { id } }' },
  "Mutation.sendEmailPreview": { text: "mutation { sendEmailPreview }" },
  "Mutation.checkChannel": { text: 'mutation { checkChannel(channel: "email") { id } }' },
  "Mutation.assignConversation": {
    text: "mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }",
    variables: ({ visitor, agent }) => input({ conversationId: visitor.conversationId, agentId: agent.id }),
  },
  "Mutation.closeConversation": { text: onConversation("closeConversation"), variables: disposable },
  "Mutation.reopenConversation": { text: onConversation("reopenConversation"), variables: disposable },
  "Mutation.forwardNow": { text: onConversation("forwardNow"), variables: disposablePending },
  "Mutation.holdForwarding": { text: onConversation("holdForwarding"), variables: disposablePending },
  "Mutation.releaseForwarding": { text: onConversation("releaseForwarding"), variables: disposablePending },
  "Mutation.revokeResumeCodes": { text: onConversation("revokeResumeCodes"), variables: disposable },
  "Mutation.retryDelivery": {
    text: "mutation ($id: ID!) { retryDelivery(deliveryId: $id) { id } }",
    variables: disposableFailed,
  },
  "Mutation.settleDelivery": {
    text: "mutation ($id: ID!) { settleDelivery(deliveryId: $id, arrived: true) { id } }",
    variables: async (testCallers, caller) => {
      const variables = await disposableFailed(testCallers, caller);
      if (variables.id !== testCallers.failedDeliveryId)
        await testCallers.context.app.services.database.query(unclear, [variables.id]);
      return variables;
    },
  },
  "Mutation.updateForwardingPreference": {
    text: "mutation { updateForwardingPreference(input: { settleSeconds: 30 }) { settleSeconds } }",
  },
  "Mutation.updateContactForm": { text: "mutation { updateContactForm(input: { whenOffline: OFF }) { current } }" },
  "Mutation.updateWebsite": { text: 'mutation { updateWebsite(input: { greeting: "Hello" }) { greeting } }' },
  "Mutation.createAgent": {
    text: "mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }",
    variables: () =>
      input({ email: `${randomUUID()}@example.com`, name: "Cleo", password: "a new password", role: "AGENT" }),
  },
  "Mutation.updateAgent": {
    text: "mutation ($input: UpdateAgentInput!) { updateAgent(input: $input) { id } }",
    variables: ({ agent }) => input({ agentId: agent.id, name: "Colleague" }),
  },
  "Mutation.removeAgent": {
    text: "mutation ($id: ID!) { removeAgent(agentId: $id) { id } }",
    variables: async (testCallers, caller) => ({
      id: caller === "admin" ? (await testCallers.context.createAgent()).id : testCallers.agent.id,
    }),
  },
  "Mutation.eraseVisitor": {
    text: "mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }",
    variables: async (testCallers, caller) => ({
      id:
        caller === "admin" ? (await testCallers.context.startConversation()).visitorId : testCallers.visitor.visitorId,
    }),
  },
  "Mutation.retryInboundEmail": {
    text: "mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { id } }",
    variables: ({ inboundEmailId }) => ({ id: inboundEmailId }),
  },
  "Mutation.liftSuppression": {
    text: 'mutation ($address: String!) { liftSuppression(channel: "email", address: $address) { address } }',
    variables: async ({ context }, caller) => ({
      address: caller === "admin" ? await context.suppress("lifted@example.com") : "suppressed@example.com",
    }),
  },
  "Subscription.messageAdded": subscription("messageAdded"),
  "Subscription.messageUpdated": subscription("messageUpdated"),
  "Subscription.conversationUpdated": subscription("conversationUpdated"),
  "Subscription.typing": subscription("typing", "conversation { id }"),
  "Subscription.deliveryUpdated": subscription("deliveryUpdated"),
  "Subscription.contactFormUpdated": { text: "subscription { contactFormUpdated { current } }" },
  "Subscription.agentUpdated": { text: "subscription { agentUpdated { id } }" },
  "Subscription.channelUpdated": { text: "subscription { channelUpdated { id } }" },
  "Subscription.forwardingPreferenceUpdated": { text: "subscription { forwardingPreferenceUpdated { mode } }" },
  "Subscription.countsUpdated": { text: "subscription { countsUpdated { open } }" },
  "Subscription.inboundEmailUpdated": { text: "subscription { inboundEmailUpdated { id } }" },
};

function subscription(field: string, selection = "id"): Use {
  return { text: `subscription ($id: ID) { ${field}(conversationId: $id) { ${selection} } }`, variables: own };
}
