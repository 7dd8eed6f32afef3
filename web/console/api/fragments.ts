/** Parts of operations that several pages ask for. */

export const agentParts = /* GraphQL */ `
  fragment AgentParts on Agent { id name email role online availability removedAt }
`;
export const forwardingParts = /* GraphQL */ `
  fragment ForwardingParts on Forwarding {
    state asOf dueAt trigger pendingReplies contextMessages settling kind address heldAt
    heldBy { id name }
    channel { id name policy }
    refusal { code detail }
    triggers { trigger dueAt since delaySeconds }
    suppression { address channel { id } reason since detail }
    delivery {
      id status attempts dueAt nextAttemptAt trigger
      failure { code detail }
    }
  }
`;
export const rowParts = /* GraphQL */ `
  fragment RowParts on Conversation {
    id status lastActivityAt unreadByAgents unreadReplies optedOut
    channel { id name policy }
    assignee { id name }
    visitor { id name email identified online leftAt timeZone locale page optedOut blockedAt }
    lastMessage {
      id text sentAt unsentAt read forwardedTo
      author { __typename name ... on Agent { id } }
      attachments { id name }
    }
    forwarding { ...ForwardingParts }
  }
`;
export const messageParts = /* GraphQL */ `
  fragment MessageParts on Message {
    id cursor text sentAt read editedAt unsentAt forwardedTo forwardedAt
    via { id name }
    author { __typename name ... on Agent { id } }
    attachments { id name contentType sizeBytes url }
    sender { verified address doubt explanation }
    original { url contentType sizeBytes }
  }
`;
export const visitorParts = /* GraphQL */ `
  fragment VisitorParts on Visitor {
    id name email emailSource identified online leftAt lastActivityAt page timeZone locale optedOut
    addressProof { state by provenAt }
    addresses { address channel { id name } }
    blockedAt blockedBy { id name } network
  }
`;
export const deliveryParts = /* GraphQL */ `
  fragment DeliveryParts on Delivery {
    id status kind trigger address attempts createdAt dueAt nextAttemptAt sentAt deliveredAt late
    failure { code detail }
    channel { id name }
    messages { id }
  }
`;
export const countParts = /* GraphQL */ `
  fragment CountParts on Counts {
    open mine unassigned needsReply waiting held stuck openDeliveries deliveryProblems
  }
`;
export const channelParts = /* GraphQL */ `
  fragment ChannelParts on Channel {
    id name policy pausedAt throttledUntil lastReceivedAt
    health { status detail checkedAt }
    queue { length oldestDueAt }
    lastFailure { at code detail }
  }
`;
export const preferenceParts = /* GraphQL */ `
  fragment PreferenceParts on ForwardingPreference {
    mode visitorLeftDelaySeconds inactivityDelaySeconds settleSeconds contextMessages shortConversationMessages
    unprovenAddress updatedAt updatedBy { id name }
  }
`;
