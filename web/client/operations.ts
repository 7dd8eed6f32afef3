import type * as Types from "./operations.generated.js";

/**
 * The text of an operation, with the types of its result and variables. They are made from this file and schema.graphql by
 * `npm run codegen`.
 */
export interface Operation<Data, Variables> {
  readonly text: string;
  /** Never set: carries the types. */
  readonly types?: (variables: Variables) => Data;
}

const visitorParts = /* GraphQL */ `
  fragment VisitorParts on Visitor { id name email identified optedOut }
`;
const contactFormParts = /* GraphQL */ `
  fragment ContactFormParts on ContactForm { current agentsOnline }
`;
const websiteParts = /* GraphQL */ `
  fragment WebsiteParts on Website {
    company greeting accent locale repliesByEmail maxMessageLength maxAttachments maxAttachmentBytes
    here { id name }
  }
`;
const conversationParts = /* GraphQL */ `
  fragment ConversationParts on Conversation {
    id status optedOut startedAt lastActivityAt unreadReplies
    assignee { id name online }
    lastMessage { id text sentAt author { __typename name } attachments { name } }
  }
`;
const messageParts = /* GraphQL */ `
  fragment MessageParts on Message {
    id cursor clientMessageId text sentAt read editedAt unsentAt forwardedTo forwardedAt
    via { id }
    author { __typename name }
    attachments { id name contentType sizeBytes url }
  }
`;

const startSessionText = /* GraphQL */ `
  mutation StartSession($input: StartSessionInput!) {
    startSession(input: $input) { token kind visitor { ...VisitorParts } conversation { id } }
  }
`;
const signOutText = /* GraphQL */ `
  mutation SignOut { signOut }
`;
const overviewText = /* GraphQL */ `
  query Overview($open: ID) {
    website { ...WebsiteParts }
    contactForm { ...ContactFormParts }
    viewer { __typename ... on Visitor { ...VisitorParts whenAway(conversationId: $open) } }
    conversations { nodes { ...ConversationParts } pageInfo { endCursor hasNextPage } }
  }
`;
const outlookText = /* GraphQL */ `
  query Outlook($open: ID) {
    website { ...WebsiteParts }
    viewer { __typename ... on Visitor { whenAway(conversationId: $open) } }
  }
`;
const moreConversationsText = /* GraphQL */ `
  query MoreConversations($after: String!) {
    conversations(after: $after) { nodes { ...ConversationParts } pageInfo { endCursor hasNextPage } }
  }
`;
const newestMessagesText = /* GraphQL */ `
  query NewestMessages($id: ID!) {
    conversation(id: $id) {
      ...ConversationParts
      messages(last: 50) { nodes { ...MessageParts } pageInfo { startCursor hasPreviousPage } }
    }
  }
`;
const messagesAfterText = /* GraphQL */ `
  query MessagesAfter($id: ID!, $after: String!) {
    conversation(id: $id) { messages(first: 100, after: $after) { nodes { ...MessageParts } pageInfo { hasNextPage } } }
  }
`;
const messagesBeforeText = /* GraphQL */ `
  query MessagesBefore($id: ID!, $before: String!) {
    conversation(id: $id) { messages(last: 50, before: $before) { nodes { ...MessageParts } pageInfo { hasPreviousPage } } }
  }
`;
const sendMessageText = /* GraphQL */ `
  mutation SendMessage($input: SendMessageInput!) {
    sendMessage(input: $input) { ...MessageParts conversation { ...ConversationParts } }
  }
`;
const markReadText = /* GraphQL */ `
  mutation MarkRead($input: MarkReadInput!) { markRead(input: $input) { ...ConversationParts } }
`;
const setTypingText = /* GraphQL */ `
  mutation SetTyping($conversationId: ID!) { setTyping(conversationId: $conversationId) }
`;
const recordActivityText = /* GraphQL */ `
  mutation RecordActivity($page: String) { recordActivity(page: $page) { id } }
`;
const leaveWebsiteText = /* GraphQL */ `
  mutation LeaveWebsite { leaveWebsite { id } }
`;
const submitContactFormText = /* GraphQL */ `
  mutation SubmitContactForm($input: SubmitContactFormInput!) { submitContactForm(input: $input) { ...VisitorParts } }
`;
const setEmailOptOutText = /* GraphQL */ `
  mutation SetEmailOptOut($conversationId: ID, $optedOut: Boolean!) {
    setEmailOptOut(conversationId: $conversationId, optedOut: $optedOut) { ...VisitorParts }
  }
`;
const messageAddedText = /* GraphQL */ `
  subscription MessageAdded { messageAdded { ...MessageParts conversation { ...ConversationParts } } }
`;
const messageUpdatedText = /* GraphQL */ `
  subscription MessageUpdated { messageUpdated { ...MessageParts conversation { id } } }
`;
const conversationUpdatedText = /* GraphQL */ `
  subscription ConversationUpdated { conversationUpdated { ...ConversationParts visitor { ...VisitorParts } } }
`;
const typingText = /* GraphQL */ `
  subscription Typing { typing { endsAt author { name } conversation { id } } }
`;
const contactFormUpdatedText = /* GraphQL */ `
  subscription ContactFormUpdated { contactFormUpdated { ...ContactFormParts } }
`;

function operation<Data, Variables>(...parts: readonly string[]): Operation<Data, Variables> {
  return { text: parts.join("") };
}

export const startSession = operation<Types.StartSessionMutation, Types.StartSessionMutationVariables>(
  startSessionText,
  visitorParts,
);
export const signOut = operation<Types.SignOutMutation, Types.SignOutMutationVariables>(signOutText);
export const overview = operation<Types.OverviewQuery, Types.OverviewQueryVariables>(
  overviewText,
  visitorParts,
  websiteParts,
  contactFormParts,
  conversationParts,
);
export const outlook = operation<Types.OutlookQuery, Types.OutlookQueryVariables>(outlookText, websiteParts);
export const moreConversations = operation<Types.MoreConversationsQuery, Types.MoreConversationsQueryVariables>(
  moreConversationsText,
  conversationParts,
);
export const newestMessages = operation<Types.NewestMessagesQuery, Types.NewestMessagesQueryVariables>(
  newestMessagesText,
  conversationParts,
  messageParts,
);
export const messagesAfter = operation<Types.MessagesAfterQuery, Types.MessagesAfterQueryVariables>(
  messagesAfterText,
  messageParts,
);
export const messagesBefore = operation<Types.MessagesBeforeQuery, Types.MessagesBeforeQueryVariables>(
  messagesBeforeText,
  messageParts,
);
export const sendMessage = operation<Types.SendMessageMutation, Types.SendMessageMutationVariables>(
  sendMessageText,
  messageParts,
  conversationParts,
);
export const markRead = operation<Types.MarkReadMutation, Types.MarkReadMutationVariables>(
  markReadText,
  conversationParts,
);
export const setTyping = operation<Types.SetTypingMutation, Types.SetTypingMutationVariables>(setTypingText);
export const recordActivity = operation<Types.RecordActivityMutation, Types.RecordActivityMutationVariables>(
  recordActivityText,
);
export const leaveWebsite = operation<Types.LeaveWebsiteMutation, Types.LeaveWebsiteMutationVariables>(
  leaveWebsiteText,
);
export const submitContactForm = operation<Types.SubmitContactFormMutation, Types.SubmitContactFormMutationVariables>(
  submitContactFormText,
  visitorParts,
);
export const setEmailOptOut = operation<Types.SetEmailOptOutMutation, Types.SetEmailOptOutMutationVariables>(
  setEmailOptOutText,
  visitorParts,
);
export const messageAdded = operation<Types.MessageAddedSubscription, Types.MessageAddedSubscriptionVariables>(
  messageAddedText,
  messageParts,
  conversationParts,
);
export const messageUpdated = operation<Types.MessageUpdatedSubscription, Types.MessageUpdatedSubscriptionVariables>(
  messageUpdatedText,
  messageParts,
);
export const conversationUpdated = operation<
  Types.ConversationUpdatedSubscription,
  Types.ConversationUpdatedSubscriptionVariables
>(conversationUpdatedText, conversationParts, visitorParts);
export const typing = operation<Types.TypingSubscription, Types.TypingSubscriptionVariables>(typingText);
export const contactFormUpdated = operation<
  Types.ContactFormUpdatedSubscription,
  Types.ContactFormUpdatedSubscriptionVariables
>(contactFormUpdatedText, contactFormParts);
