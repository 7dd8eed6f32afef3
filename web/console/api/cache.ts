import { cacheExchange } from "@urql/exchange-graphcache";

/** A part of what it belongs to, without an id of its own. */
const isPart = () => null;

const withoutId = [
  "AddressProof",
  "AgentSession",
  "BlockedNetwork",
  "Bot",
  "ChannelFailure",
  "ChannelHealth",
  "ChannelQueue",
  "ChannelSetting",
  "ContactForm",
  "ConversationConnection",
  "Counts",
  "DeliveryConnection",
  "DeliveryFailure",
  "EmailPreview",
  "EmailSender",
  "Forwarding",
  "ForwardingDryRun",
  "ForwardingPreference",
  "InboundEmailConnection",
  "MessageConnection",
  "Original",
  "PageInfo",
  "SuppressedAddress",
  "SuppressedAddressConnection",
  "TriggerOutlook",
  "Typing",
  "VisitorAddress",
  "Website",
  "WebsiteSighting",
] as const;

/** Who acts, for what is shown until the server has answered. */
export interface Actor {
  readonly id: string;
  readonly name: string;
}

/**
 * Keeps each conversation, visitor, agent, delivery and channel once, by its id, so that an event changes it wherever it is shown. What
 * an agent does is shown at once, and taken back if the server refuses.
 */
export function createCache(actor: () => Actor | null, now: () => Date) {
  const forwarding = (conversationId: unknown, change: Readonly<Record<string, unknown>>) => ({
    __typename: "Conversation" as const,
    id: String(conversationId),
    forwarding: { __typename: "Forwarding", ...change },
  });
  return cacheExchange({
    keys: Object.fromEntries(withoutId.map((type) => [type, isPart])),
    resolvers: {
      Query: {
        conversation: (_parent, { id }) => ({ __typename: "Conversation", id: String(id) }),
      },
    },
    optimistic: {
      holdForwarding: ({ conversationId }) => {
        const agent = actor();
        return forwarding(conversationId, {
          state: "HELD",
          heldAt: now().toISOString(),
          heldBy: agent === null ? null : { __typename: "Agent", ...agent },
          dueAt: null,
          trigger: null,
        });
      },
      assignConversation: ({ input }, cache) => {
        const { conversationId, agentId = null } = input as { conversationId: string; agentId?: string | null };
        const name = agentId === null ? null : cache.resolve({ __typename: "Agent", id: agentId }, "name");
        return {
          __typename: "Conversation",
          id: conversationId,
          assignee: agentId === null ? null : { __typename: "Agent", id: agentId, name: String(name ?? "") },
        };
      },
      closeConversation: ({ conversationId }) => ({
        __typename: "Conversation",
        id: String(conversationId),
        status: "CLOSED",
      }),
      reopenConversation: ({ conversationId }) => ({
        __typename: "Conversation",
        id: String(conversationId),
        status: "OPEN",
      }),
      setAvailability: ({ availability }) => {
        const agent = actor();
        return agent === null ? null : { __typename: "Agent", id: agent.id, availability: String(availability) };
      },
    },
  });
}
