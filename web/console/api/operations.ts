import { document, type NoVariables } from "./document.js";
import {
  agentParts,
  channelParts,
  countParts,
  deliveryParts,
  forwardingParts,
  messageParts,
  preferenceParts,
  rowParts,
  visitorParts,
} from "./fragments.js";
import type * as Types from "./operations.generated.js";

/** What the console asks the API for. Types of results and variables are made from this file and schema.graphql by `npm run codegen`. */

const frameText = /* GraphQL */ `
  query Frame {
    viewer { __typename ... on Agent { ...AgentParts } }
    website { company locale maxAttachments maxAttachmentBytes maxMessageLength }
    agents { ...AgentParts }
    channels { ...ChannelParts }
  }
`;
export const frame = document<Types.FrameQuery, NoVariables>(frameText, agentParts, channelParts);

const conversationListText = /* GraphQL */ `
  query ConversationList($filter: ConversationFilter, $order: ConversationOrder, $after: String) {
    conversations(filter: $filter, order: $order, after: $after, first: 25) {
      nodes { ...RowParts }
      pageInfo { endCursor hasNextPage }
    }
  }
`;
export const conversationList = document<Types.ConversationListQuery, Types.ConversationListQueryVariables>(
  conversationListText,
  rowParts,
  forwardingParts,
);

const conversationRowText = /* GraphQL */ `
  query ConversationRow($id: ID!) { conversation(id: $id) { ...RowParts } }
`;
export const conversationRow = document<Types.ConversationRowQuery, Types.ConversationRowQueryVariables>(
  conversationRowText,
  rowParts,
  forwardingParts,
);

const conversationText = /* GraphQL */ `
  query ConversationPage($id: ID!) {
    conversation(id: $id) {
      ...RowParts
      startedAt closedAt replyWindowEndsAt readByAgentsUpTo
      visitor { ...VisitorParts }
    }
  }
`;
export const conversation = document<Types.ConversationPageQuery, Types.ConversationPageQueryVariables>(
  conversationText,
  rowParts,
  forwardingParts,
  visitorParts,
);

const newestMessagesText = /* GraphQL */ `
  query ConsoleNewestMessages($id: ID!) {
    conversation(id: $id) {
      id
      messages(last: 50) { nodes { ...MessageParts } pageInfo { startCursor hasPreviousPage } }
    }
  }
`;
export const newestMessages = document<Types.ConsoleNewestMessagesQuery, Types.ConsoleNewestMessagesQueryVariables>(
  newestMessagesText,
  messageParts,
);

const messagesBeforeText = /* GraphQL */ `
  query ConsoleMessagesBefore($id: ID!, $before: String!) {
    conversation(id: $id) {
      id
      messages(last: 50, before: $before) { nodes { ...MessageParts } pageInfo { startCursor hasPreviousPage } }
    }
  }
`;
export const messagesBefore = document<Types.ConsoleMessagesBeforeQuery, Types.ConsoleMessagesBeforeQueryVariables>(
  messagesBeforeText,
  messageParts,
);

const messagesAfterText = /* GraphQL */ `
  query ConsoleMessagesAfter($id: ID!, $after: String!) {
    conversation(id: $id) { id messages(first: 100, after: $after) { nodes { ...MessageParts } pageInfo { hasNextPage } } }
  }
`;
export const messagesAfter = document<Types.ConsoleMessagesAfterQuery, Types.ConsoleMessagesAfterQueryVariables>(
  messagesAfterText,
  messageParts,
);

const sendMessageText = /* GraphQL */ `
  mutation ConsoleSendMessage($input: SendMessageInput!) {
    sendMessage(input: $input) { ...MessageParts clientMessageId conversation { ...RowParts } }
  }
`;
export const sendMessage = document<Types.ConsoleSendMessageMutation, Types.ConsoleSendMessageMutationVariables>(
  sendMessageText,
  messageParts,
  rowParts,
  forwardingParts,
);

const markReadText = /* GraphQL */ `
  mutation ConsoleMarkRead($input: MarkReadInput!) { markRead(input: $input) { id unreadByAgents readByAgentsUpTo } }
`;
export const markRead = document<Types.ConsoleMarkReadMutation, Types.ConsoleMarkReadMutationVariables>(markReadText);

const setTypingText = /* GraphQL */ `
  mutation ConsoleSetTyping($conversationId: ID!) { setTyping(conversationId: $conversationId) }
`;
export const setTyping = document<Types.ConsoleSetTypingMutation, Types.ConsoleSetTypingMutationVariables>(
  setTypingText,
);

const forwardNowText = /* GraphQL */ `
  mutation ForwardNow($id: ID!) { forwardNow(conversationId: $id) { id status conversation { ...RowParts } } }
`;
export const forwardNow = document<Types.ForwardNowMutation, Types.ForwardNowMutationVariables>(
  forwardNowText,
  rowParts,
  forwardingParts,
);

const holdForwardingText = /* GraphQL */ `
  mutation HoldForwarding($id: ID!) { holdForwarding(conversationId: $id) { ...RowParts } }
`;
export const holdForwarding = document<Types.HoldForwardingMutation, Types.HoldForwardingMutationVariables>(
  holdForwardingText,
  rowParts,
  forwardingParts,
);

const releaseForwardingText = /* GraphQL */ `
  mutation ReleaseForwarding($id: ID!) { releaseForwarding(conversationId: $id) { ...RowParts } }
`;
export const releaseForwarding = document<Types.ReleaseForwardingMutation, Types.ReleaseForwardingMutationVariables>(
  releaseForwardingText,
  rowParts,
  forwardingParts,
);

const retryDeliveryText = /* GraphQL */ `
  mutation RetryDelivery($id: ID!) {
    retryDelivery(deliveryId: $id) { ...DeliveryParts conversation { ...RowParts } }
  }
`;
export const retryDelivery = document<Types.RetryDeliveryMutation, Types.RetryDeliveryMutationVariables>(
  retryDeliveryText,
  deliveryParts,
  rowParts,
  forwardingParts,
);

const updateVisitorText = /* GraphQL */ `
  mutation UpdateVisitor($input: UpdateVisitorInput!) { updateVisitor(input: $input) { ...VisitorParts } }
`;
export const updateVisitor = document<Types.UpdateVisitorMutation, Types.UpdateVisitorMutationVariables>(
  updateVisitorText,
  visitorParts,
);

const unblockVisitorText = /* GraphQL */ `
  mutation UnblockVisitor($id: ID!) { unblockVisitor(visitorId: $id) { ...VisitorParts } }
`;
export const unblockVisitor = document<Types.UnblockVisitorMutation, Types.UnblockVisitorMutationVariables>(
  unblockVisitorText,
  visitorParts,
);

const assignConversationText = /* GraphQL */ `
  mutation AssignConversation($input: AssignConversationInput!) { assignConversation(input: $input) { ...RowParts } }
`;
export const assignConversation = document<Types.AssignConversationMutation, Types.AssignConversationMutationVariables>(
  assignConversationText,
  rowParts,
  forwardingParts,
);

const closeConversationText = /* GraphQL */ `
  mutation CloseConversation($id: ID!) { closeConversation(conversationId: $id) { ...RowParts closedAt } }
`;
export const closeConversation = document<Types.CloseConversationMutation, Types.CloseConversationMutationVariables>(
  closeConversationText,
  rowParts,
  forwardingParts,
);

const reopenConversationText = /* GraphQL */ `
  mutation ReopenConversation($id: ID!) { reopenConversation(conversationId: $id) { ...RowParts closedAt } }
`;
export const reopenConversation = document<Types.ReopenConversationMutation, Types.ReopenConversationMutationVariables>(
  reopenConversationText,
  rowParts,
  forwardingParts,
);

const setAvailabilityText = /* GraphQL */ `
  mutation SetAvailability($availability: Availability!) { setAvailability(availability: $availability) { ...AgentParts } }
`;
export const setAvailability = document<Types.SetAvailabilityMutation, Types.SetAvailabilityMutationVariables>(
  setAvailabilityText,
  agentParts,
);

const conversationUpdatedText = /* GraphQL */ `
  subscription ConsoleConversationUpdated { conversationUpdated { ...RowParts closedAt readByAgentsUpTo } }
`;
export const conversationUpdated = document<Types.ConsoleConversationUpdatedSubscription, NoVariables>(
  conversationUpdatedText,
  rowParts,
  forwardingParts,
);

const messageAddedText = /* GraphQL */ `
  subscription ConsoleMessageAdded { messageAdded { ...MessageParts conversation { id } } }
`;
export const messageAdded = document<Types.ConsoleMessageAddedSubscription, NoVariables>(
  messageAddedText,
  messageParts,
);

const messageUpdatedText = /* GraphQL */ `
  subscription ConsoleMessageUpdated { messageUpdated { ...MessageParts conversation { id } } }
`;
export const messageUpdated = document<Types.ConsoleMessageUpdatedSubscription, NoVariables>(
  messageUpdatedText,
  messageParts,
);

const typingText = /* GraphQL */ `
  subscription ConsoleTyping { typing { endsAt author { __typename name } conversation { id } } }
`;
export const typing = document<Types.ConsoleTypingSubscription, NoVariables>(typingText);

const deliveryUpdatedText = /* GraphQL */ `
  subscription ConsoleDeliveryUpdated { deliveryUpdated { ...DeliveryParts conversation { id } } }
`;
export const deliveryUpdated = document<Types.ConsoleDeliveryUpdatedSubscription, NoVariables>(
  deliveryUpdatedText,
  deliveryParts,
);

const settleDeliveryText = /* GraphQL */ `
  mutation SettleDelivery($id: ID!, $arrived: Boolean!) {
    settleDelivery(deliveryId: $id, arrived: $arrived) { ...DeliveryParts conversation { ...RowParts } }
  }
`;
export const settleDelivery = document<Types.SettleDeliveryMutation, Types.SettleDeliveryMutationVariables>(
  settleDeliveryText,
  deliveryParts,
  rowParts,
  forwardingParts,
);

const countsText = /* GraphQL */ `
  query Counts { counts { ...CountParts } }
`;
export const counts = document<Types.CountsQuery, NoVariables>(countsText, countParts);

const countsUpdatedText = /* GraphQL */ `
  subscription ConsoleCountsUpdated { countsUpdated { ...CountParts } }
`;
export const countsUpdated = document<Types.ConsoleCountsUpdatedSubscription, NoVariables>(
  countsUpdatedText,
  countParts,
);

const agentUpdatedText = /* GraphQL */ `
  subscription ConsoleAgentUpdated { agentUpdated { ...AgentParts } }
`;
export const agentUpdated = document<Types.ConsoleAgentUpdatedSubscription, NoVariables>(agentUpdatedText, agentParts);

const channelUpdatedText = /* GraphQL */ `
  subscription ConsoleChannelUpdated { channelUpdated { ...ChannelParts } }
`;
export const channelUpdated = document<Types.ConsoleChannelUpdatedSubscription, NoVariables>(
  channelUpdatedText,
  channelParts,
);

const preferenceUpdatedText = /* GraphQL */ `
  subscription ConsolePreferenceUpdated { forwardingPreferenceUpdated { ...PreferenceParts } }
`;
export const forwardingPreferenceUpdated = document<Types.ConsolePreferenceUpdatedSubscription, NoVariables>(
  preferenceUpdatedText,
  preferenceParts,
);

const inboundEmailUpdatedText = /* GraphQL */ `
  subscription ConsoleInboundEmailUpdated { inboundEmailUpdated { id status } }
`;
export const inboundEmailUpdated = document<Types.ConsoleInboundEmailUpdatedSubscription, NoVariables>(
  inboundEmailUpdatedText,
);
