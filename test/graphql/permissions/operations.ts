import { randomUUID } from "node:crypto";
import type { Data, GraphqlClient } from "../../support/app/graphql-client.js";
import type { PermittedPeople } from "./callers.js";
import type { Caller } from "./promised-permissions.js";

/** One use of an operation, such as must succeed for those who may use it. */
export interface Use {
  readonly text: string;
  readonly variables?: (people: PermittedPeople, caller: Caller) => Data | Promise<Data>;
  /** For operations that end the session they are used in. */
  readonly as?: (people: PermittedPeople, caller: Caller) => Promise<GraphqlClient>;
}

const input = (value: Data): Data => ({ input: value });
const own = (people: PermittedPeople, caller: Caller) => ({ id: people.own(caller).conversationId });

/** What nobody has. */
export const unknownId = "0190a000-0000-7000-8000-000000000000";

/** A conversation that staff may change without harm to other tests. Others learn nothing: they are refused before. */
async function spare({ context }: PermittedPeople, caller: Caller): Promise<Data> {
  if (caller !== "agent" && caller !== "admin") return { id: unknownId };
  return { id: (await context.startConversation("Hello", { email: "spare@example.com" })).conversationId };
}

async function sparePending(people: PermittedPeople, caller: Caller): Promise<Data> {
  const variables = await spare(people, caller);
  if (variables.id !== unknownId) await people.context.sendMessage(people.agent.client, variables.id, "A reply");
  return variables;
}

async function spareSession(people: PermittedPeople, caller: Caller): Promise<GraphqlClient> {
  const { context } = people;
  if (caller === "agent") return context.app.client.signIn(people.agent.email, people.agent.password);
  if (caller === "admin") return context.app.client.signIn(context.agent.email, context.agent.password);
  return caller === "nobody" ? context.app.client : context.app.startVisitor();
}

const onConversation = (field: string): string => `mutation ($id: ID!) { ${field}(conversationId: $id) { id } }`;

export const uses: Readonly<Record<string, Use>> = {
  "Query.viewer": { text: "{ viewer { __typename } }" },
  "Query.conversation": { text: "query ($id: ID!) { conversation(id: $id) { id } }", variables: own },
  "Query.conversations": { text: "{ conversations { nodes { id } } }" },
  "Query.forwardingPreference": { text: "{ forwardingPreference { mode } }" },
  "Query.contactForm": { text: "{ contactForm { current } }" },
  "Query.channels": { text: "{ channels { id } }" },
  "Query.deliveries": { text: "{ deliveries { nodes { id } } }" },
  "Query.agents": { text: "{ agents { id } }" },
  "Query.inboundEmails": { text: "{ inboundEmails { nodes { id } } }" },
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
    variables: (people, caller) => input({ conversationId: people.own(caller).conversationId, text: "Hello again" }),
  },
  "Mutation.markRead": {
    text: "mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }",
    variables: (people, caller) => {
      const { conversationId, messageId } = people.own(caller);
      return input({ conversationId, messageId });
    },
  },
  "Mutation.setTyping": { text: "mutation ($id: ID!) { setTyping(conversationId: $id) }", variables: own },
  "Mutation.signOut": { text: "mutation { signOut }", as: spareSession },
  "Mutation.signIn": {
    text: "mutation ($input: SignInInput!) { signIn(input: $input) { expiresAt } }",
    variables: ({ agent: { email, password } }) => input({ email, password }),
  },
  "Mutation.changePassword": {
    text: "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { expiresAt } }",
    variables: () => input({ current: "a colleague's password", next: "another password" }),
    as: async (people, caller) => {
      if (caller !== "agent" && caller !== "admin") return people.client(caller);
      return (await people.context.createAgent(caller === "admin" ? "ADMIN" : "AGENT")).client;
    },
  },
  "Mutation.setAvailability": { text: "mutation { setAvailability(availability: ONLINE) { id } }" },
  "Mutation.updateVisitor": {
    text: "mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }",
    variables: ({ visitor }) => input({ visitorId: visitor.visitorId, name: "Ana" }),
  },
  "Mutation.resumeChannel": { text: 'mutation { resumeChannel(channel: "email") { id } }' },
  "Mutation.assignConversation": {
    text: "mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }",
    variables: ({ visitor, agent }) => input({ conversationId: visitor.conversationId, agentId: agent.id }),
  },
  "Mutation.closeConversation": { text: onConversation("closeConversation"), variables: spare },
  "Mutation.reopenConversation": { text: onConversation("reopenConversation"), variables: spare },
  "Mutation.forwardNow": { text: onConversation("forwardNow"), variables: sparePending },
  "Mutation.holdForwarding": { text: onConversation("holdForwarding"), variables: sparePending },
  "Mutation.releaseForwarding": { text: onConversation("releaseForwarding"), variables: sparePending },
  "Mutation.revokeResumeCodes": { text: onConversation("revokeResumeCodes"), variables: spare },
  "Mutation.retryDelivery": {
    text: "mutation ($id: ID!) { retryDelivery(deliveryId: $id) { id } }",
    variables: async (people, caller) => {
      if (caller !== "agent" && caller !== "admin") return { id: people.failedDeliveryId };
      const { mail } = people.context;
      const { id } = await sparePending(people, caller);
      mail.behave(() => ({ code: 550, message: "Not today" }));
      const deliveryId = await people.context.forward(id);
      mail.behave(() => null);
      return { id: deliveryId };
    },
  },
  "Mutation.updateForwardingPreference": {
    text: "mutation { updateForwardingPreference(input: { settleSeconds: 30 }) { settleSeconds } }",
  },
  "Mutation.updateContactForm": { text: "mutation { updateContactForm(input: { whenOffline: OFF }) { current } }" },
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
    variables: async (people, caller) => ({
      id: caller === "admin" ? (await people.context.createAgent()).id : people.agent.id,
    }),
  },
  "Mutation.eraseVisitor": {
    text: "mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }",
    variables: async (people, caller) => ({
      id: caller === "admin" ? (await people.context.startConversation()).visitorId : people.visitor.visitorId,
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
};

function subscription(field: string, selection = "id"): Use {
  return { text: `subscription ($id: ID) { ${field}(conversationId: $id) { ${selection} } }`, variables: own };
}
