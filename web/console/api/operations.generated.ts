/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** What shows that an email address is the visitor's own. */
export type AddressProofKind =
  /** An agent entered or confirmed it. */
  | 'AGENT'
  /** An answer came from it, and its sender was verified. */
  | 'ANSWER'
  /** The website signed it. */
  | 'IDENTITY'
  /** The link in an email that was sent to it was followed, and the conversation read or continued. */
  | 'LINK';

export type AddressProofState =
  /** It is the visitor's own. */
  | 'PROVEN'
  /** The visitor has only typed it: it may be somebody else's. */
  | 'UNPROVEN';

export type AgentRole =
  /** Can also manage agents, preferences and channels, and erase visitors. */
  | 'ADMIN'
  /** Answers visitors. */
  | 'AGENT';

export type AssignConversationInput = {
  /** Null or left out: nobody. */
  readonly agentId?: string | null | undefined;
  readonly conversationId: string;
};

/** What an agent chose. */
export type Availability =
  /** Works without counting as online. */
  | 'INVISIBLE'
  /** Does not count as online. */
  | 'OFFLINE'
  /** Counts as online while connected. */
  | 'ONLINE';

/** Why a delivery was no longer wanted. */
export type CancelReason =
  /** Staff blocked the visitor. */
  | 'BLOCKED'
  /** The visitor was erased. */
  | 'ERASED'
  /** An agent held the replies back. */
  | 'HELD'
  /** The visitor asked for no more email. */
  | 'OPTED_OUT'
  /** The visitor read the replies in the chat. */
  | 'READ'
  /** The visitor got another address, or lost theirs. */
  | 'READDRESSED'
  /** Nothing is sent to the address any more. */
  | 'SUPPRESSED'
  /** The forwarding mode became NOTHING. */
  | 'SWITCHED_OFF';

export type ChangePasswordInput = {
  readonly current: string;
  /** 8 to 200 characters. */
  readonly next: string;
};

/** When replies are sent through a channel. */
export type ChannelPolicy =
  /** Replies are sent to the visitor's account as soon as they are written. */
  | 'IMMEDIATE'
  /** The visitor reads replies on the website. */
  | 'LIVE'
  /** Replies are sent once the visitor is away. */
  | 'WHEN_AWAY';

/** Whether a channel can send. */
export type ChannelStatus =
  /** Its settings are missing, or it is not installed. */
  | 'NOT_CONFIGURED'
  /** Cannot send for now, for example because its credentials were refused. Its deliveries stay queued. */
  | 'PAUSED'
  /** Can send. */
  | 'READY';

/** Whether visitors are asked for their email address. */
export type ContactFormRule =
  /** The form is not shown. */
  | 'OFF'
  /** The form is shown, but visitors may write without it. */
  | 'OPTIONAL'
  /** Visitors who are not identified must submit the form before they begin or reopen a conversation. */
  | 'REQUIRED';

export type ConversationFilter = {
  readonly assigneeId?: string | null | undefined;
  /** The id of the channel that the visitor writes from. */
  readonly channel?: string | null | undefined;
  /** What becomes of the replies is one of these. Agents and admins only. */
  readonly forwarding?: ReadonlyArray<ForwardingState> | null | undefined;
  /** The conversation is open, and the visitor wrote last; false: the others. Agents and admins only. */
  readonly needsReply?: boolean | null | undefined;
  /** Words, or beginnings of words, in the visitor's name, email address or messages; all must match. Guests cannot search by email address. */
  readonly search?: string | null | undefined;
  readonly status?: ConversationStatus | null | undefined;
  /** Nobody is responsible for it; false: somebody is. Agents and admins only. */
  readonly unassigned?: boolean | null | undefined;
};

export type ConversationOrder =
  /** Those whose replies will be forwarded, the earliest first; then the others, newest activity first. Agents and admins only. */
  | 'DUE'
  /** Newest activity first. */
  | 'LAST_ACTIVITY';

export type ConversationStatus =
  | 'CLOSED'
  | 'OPEN';

export type CreateAgentInput = {
  readonly email: string;
  /** Shown to visitors beside the agent's replies. */
  readonly name: string;
  /** 8 to 200 characters. */
  readonly password: string;
  readonly role: AgentRole;
};

/** Why a delivery failed. */
export type DeliveryFailureCode =
  /** The address does not exist, or cannot receive messages. */
  | 'ADDRESS_INVALID'
  /** Staff had blocked the visitor. */
  | 'BLOCKED'
  /** The channel refused the content. */
  | 'CONTENT_REJECTED'
  /** The channel refused Afterchat's credentials. */
  | 'CREDENTIALS_INVALID'
  /** The recipient does not want messages. */
  | 'OPTED_OUT'
  /** Too many messages were sent in a short time. */
  | 'RATE_LIMITED'
  /** The channel did not answer in time. */
  | 'TIMED_OUT'
  /** The channel could not be reached, or was out of order. */
  | 'UNAVAILABLE'
  /** Anything else. */
  | 'UNKNOWN'
  /** The platform accepts replies only for a limited time after the visitor's last message, and that time has passed. */
  | 'WINDOW_CLOSED';

export type DeliveryFilter = {
  /** Any part of the address, in any letter case; looked for in the newest 50,000. */
  readonly address?: string | null | undefined;
  /** A channel's id. */
  readonly channel?: string | null | undefined;
  readonly conversationId?: string | null | undefined;
  /** As `Delivery.late`. */
  readonly late?: boolean | null | undefined;
  readonly status?: DeliveryStatus | null | undefined;
  readonly statuses?: ReadonlyArray<DeliveryStatus> | null | undefined;
  readonly triggers?: ReadonlyArray<ForwardingTrigger> | null | undefined;
};

/** What a delivery carries. */
export type DeliveryKind =
  /** One reply, on an IMMEDIATE channel. */
  | 'DIRECT'
  /** The whole conversation. */
  | 'FULL_TRANSCRIPT'
  /** That there is a reply, and the link to it: all that is sent to an unproven address if the preference says so. */
  | 'NOTICE'
  /** Unread replies, after some earlier messages. */
  | 'UNREAD_REPLIES';

export type DeliveryStatus =
  /** Returned after it was sent. */
  | 'BOUNCED'
  /** No longer wanted: the replies were read, forwarding was turned off or held, or the visitor opted out, was erased or blocked, or has another address. */
  | 'CANCELLED'
  /** Confirmed by the channel. */
  | 'DELIVERED'
  /** Given up: rejected permanently, or retried for too long. */
  | 'FAILED'
  /** Waiting to be sent or retried. */
  | 'QUEUED'
  /** Being handed to the channel. */
  | 'SENDING'
  /** Accepted by the channel. */
  | 'SENT'
  /** May have been sent. Not retried automatically, since the visitor might receive it twice. */
  | 'UNCERTAIN';

/** How the visitor's email address became known. Whether it is theirs is said by `addressProof`. */
export type EmailSource =
  /** Entered by an agent. */
  | 'AGENT'
  /** Written in the chat. */
  | 'CHAT'
  /** Entered in the contact form. */
  | 'FORM'
  /** Signed by the website. */
  | 'IDENTITY';

/** What is sent to visitors who have left. */
export type ForwardingMode =
  /** Email full conversation transcripts to visitors. */
  | 'FULL_TRANSCRIPT'
  /** Do not send anything. */
  | 'NOTHING'
  /** Email unread replies to visitors (recommended, and the default). */
  | 'UNREAD_REPLIES';

export type ForwardingState =
  /** Nothing is sent to the address any more, after bounces or a complaint. */
  | 'ADDRESS_SUPPRESSED'
  /** The visitor has only typed the address, and too much was sent to such addresses. Replies will be sent at `dueAt`, as soon as the address is proven, or with `forwardNow`. */
  | 'ADDRESS_UNPROVEN'
  /** Staff have blocked the visitor: nothing is sent to them. */
  | 'BLOCKED'
  /** The channel is not configured, or paused. */
  | 'CHANNEL_UNAVAILABLE'
  /** The forwarding mode is NOTHING. */
  | 'DISABLED'
  /** The last delivery was given up. */
  | 'FAILED'
  /** An agent holds the replies back. */
  | 'HELD'
  /** There is no reply that the visitor has not seen. */
  | 'NOTHING_PENDING'
  /** The visitor is not identified. */
  | 'NO_ADDRESS'
  /** The visitor asked for no more email. */
  | 'OPTED_OUT'
  /** A delivery is QUEUED or SENDING. */
  | 'SENDING'
  /** The last delivery may or may not have arrived. An agent decides whether to retry it. */
  | 'UNCERTAIN'
  /** Replies will be sent at `dueAt`, unless they are read first. */
  | 'WAITING';

/** Why replies became due. */
export type ForwardingTrigger =
  /** No agent is online. */
  | 'AGENTS_OFFLINE'
  /** The conversation's channel is IMMEDIATE. */
  | 'IMMEDIATE'
  /** The visitor was inactive. */
  | 'INACTIVITY'
  /** An agent called `forwardNow`. */
  | 'REQUESTED'
  /** The visitor left the website. */
  | 'VISITOR_LEFT';

export type InboundEmailFilter = {
  readonly conversationId?: string | null | undefined;
  readonly reason?: InboundReason | null | undefined;
  readonly status?: InboundStatus | null | undefined;
};

/** Why an email was dropped. */
export type InboundReason =
  /** An automatic reply. */
  | 'AUTO_REPLY'
  /** Staff have blocked its visitor. */
  | 'BLOCKED'
  /** More than 20 emails arrived for the conversation within an hour, which suggests a mail loop. */
  | 'BREAKER'
  /** Its visitor was erased; its content is not kept. */
  | 'ERASED'
  /** Sent by a mailing list, or in bulk. */
  | 'LIST_MAIL'
  /** Belongs to no conversation. */
  | 'NOT_OURS'
  /** Sent by Afterchat itself, or in the company's name. */
  | 'OWN_MAIL'
  /** The same message had been received before. */
  | 'REPEATED'
  /** A delivery report that says nothing new. */
  | 'REPORT'
  /** Damaged, or built to exhaust the parser. */
  | 'UNREADABLE'
  /** Its author unsent it; its content is not kept. */
  | 'UNSENT';

export type InboundStatus =
  /** Ignored; see `reason`. */
  | 'DROPPED'
  /** Could not be processed after several attempts. It is kept and can be retried. */
  | 'FAILED'
  /** Stored; not processed yet. */
  | 'RECEIVED'
  /** Processed: it became a message, or updated a delivery. */
  | 'UNDERSTOOD';

export type MarkReadInput = {
  readonly conversationId: string;
  /** The newest message that was read. */
  readonly messageId: string;
};

export type SendMessageInput = {
  /** Sends the message under this bot's name instead of the agent's. Agents and admins only. */
  readonly asBot?: string | null | undefined;
  /** Ids of files that the author uploaded to `/attachments`. Each can be sent once. */
  readonly attachmentIds?: ReadonlyArray<string> | null | undefined;
  /** Chosen by the client, unique per author. Sending the same one again returns the first message. */
  readonly clientMessageId?: string | null | undefined;
  /** Required from agents. A visitor may leave it out: the message goes to their newest open conversation, or begins a new one. */
  readonly conversationId?: string | null | undefined;
  /** Also forwards pending replies, this one included, at once. If they cannot be forwarded now, the message is sent all the same, and `Conversation.forwarding` says why. Agents and admins only. */
  readonly forwardNow?: boolean | null | undefined;
  /** 1 to 10,000 characters. May be empty if there are attachments. */
  readonly text: string;
};

/** Why a sender is not trusted to be the visitor. */
export type SenderDoubt =
  /** The address is the visitor's, but nothing proves that the email was sent from there. */
  | 'NOT_AUTHENTICATED'
  /** The email states no sender. */
  | 'NO_SENDER'
  /** The address is not the visitor's. */
  | 'OTHER_SENDER';

export type SuppressionReason =
  /** The recipient reported an email as spam. */
  | 'COMPLAINT'
  /** The address does not exist, or is closed. */
  | 'HARD_BOUNCE'
  /** Five emails in a row bounced or were rejected. */
  | 'SOFT_BOUNCES';

/** What is sent to an address that the visitor has only typed, until it is proven. What the visitor wrote is sent there only once an agent has answered, with either value. */
export type UnprovenAddress =
  /** The replies (the default). */
  | 'FULL'
  /** Only that there is a reply, and the link to it. */
  | 'NOTICE';

export type UpdateAgentInput = {
  readonly agentId: string;
  readonly name?: string | null | undefined;
  /** 8 to 200 characters. A new password ends the agent's sessions. */
  readonly password?: string | null | undefined;
  readonly role?: AgentRole | null | undefined;
};

export type UpdateContactFormInput = {
  readonly whenOffline?: ContactFormRule | null | undefined;
  readonly whenOnline?: ContactFormRule | null | undefined;
};

export type UpdateForwardingPreferenceInput = {
  /** 0 to 50. */
  readonly contextMessages?: number | null | undefined;
  /** 60 to 604,800. */
  readonly inactivityDelaySeconds?: number | null | undefined;
  readonly mode?: ForwardingMode | null | undefined;
  /** 0 to 600. */
  readonly settleSeconds?: number | null | undefined;
  /** 0 to 100. */
  readonly shortConversationMessages?: number | null | undefined;
  readonly unprovenAddress?: UnprovenAddress | null | undefined;
  /** 0 to 86,400. */
  readonly visitorLeftDelaySeconds?: number | null | undefined;
};

export type UpdateVisitorInput = {
  /** Addresses on the given channels; those on other channels stay. Give the email address either here or as `email`. */
  readonly addresses?: ReadonlyArray<VisitorAddressInput> | null | undefined;
  /** Null removes it. */
  readonly email?: string | null | undefined;
  /** Null removes it. */
  readonly name?: string | null | undefined;
  readonly visitorId: string;
};

export type UpdateWebsiteInput = {
  /** A colour such as #0b5cad. Null removes it. */
  readonly accent?: string | null | undefined;
  /** At most 300 characters. Null removes it. */
  readonly greeting?: string | null | undefined;
};

export type VisitorAddressInput = {
  /** As the channel stores it: a string for email, an object for other channels. Null removes the address. */
  readonly address?: unknown;
  readonly channel: string;
};

export type AgentPartsFragment = { readonly id: string, readonly name: string, readonly email: string | null, readonly role: AgentRole | null, readonly online: boolean, readonly availability: Availability | null, readonly removedAt: string | null };

export type ForwardingPartsFragment = { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null };

export type RowPartsFragment = { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
      | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } };

export type MessagePartsFragment = { readonly id: string, readonly cursor: string, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly via: { readonly id: string, readonly name: string }, readonly author:
    | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
    | { readonly __typename: 'Bot', readonly name: string }
    | { readonly __typename: 'Visitor', readonly name: string | null }
  , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }>, readonly sender: { readonly verified: boolean, readonly address: string, readonly doubt: SenderDoubt | null, readonly explanation: string | null } | null, readonly original: { readonly url: string, readonly contentType: string, readonly sizeBytes: number } | null };

export type VisitorPartsFragment = { readonly id: string, readonly name: string | null, readonly email: string | null, readonly emailSource: EmailSource | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly lastActivityAt: string | null, readonly page: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly optedOut: boolean, readonly blockedAt: string | null, readonly network: string | null, readonly addressProof: { readonly state: AddressProofState, readonly by: AddressProofKind | null, readonly provenAt: string | null } | null, readonly addresses: ReadonlyArray<{ readonly address: string, readonly channel: { readonly id: string, readonly name: string } }> | null, readonly blockedBy: { readonly id: string, readonly name: string } | null };

export type DeliveryPartsFragment = { readonly id: string, readonly status: DeliveryStatus, readonly kind: DeliveryKind, readonly trigger: ForwardingTrigger, readonly address: string, readonly attempts: number, readonly createdAt: string, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly sentAt: string | null, readonly deliveredAt: string | null, readonly late: boolean, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly channel: { readonly id: string, readonly name: string }, readonly messages: ReadonlyArray<{ readonly id: string }> };

export type CountPartsFragment = { readonly open: number, readonly mine: number, readonly unassigned: number, readonly needsReply: number, readonly waiting: number, readonly held: number, readonly stuck: number, readonly openDeliveries: number, readonly deliveryProblems: number };

export type ChannelPartsFragment = { readonly id: string, readonly name: string, readonly policy: ChannelPolicy, readonly pausedAt: string | null, readonly throttledUntil: string | null, readonly lastReceivedAt: string | null, readonly health: { readonly status: ChannelStatus, readonly detail: string | null, readonly checkedAt: string | null } | null, readonly queue: { readonly length: number, readonly oldestDueAt: string | null } | null, readonly lastFailure: { readonly at: string, readonly code: DeliveryFailureCode, readonly detail: string | null } | null };

export type PreferencePartsFragment = { readonly mode: ForwardingMode, readonly visitorLeftDelaySeconds: number, readonly inactivityDelaySeconds: number, readonly settleSeconds: number, readonly contextMessages: number, readonly shortConversationMessages: number, readonly unprovenAddress: UnprovenAddress, readonly updatedAt: string, readonly updatedBy: { readonly id: string, readonly name: string } | null };

export type FrameQueryVariables = Exact<{ [key: string]: never; }>;


export type FrameQuery = { readonly viewer:
    | { readonly __typename: 'Agent', readonly id: string, readonly name: string, readonly email: string | null, readonly role: AgentRole | null, readonly online: boolean, readonly availability: Availability | null, readonly removedAt: string | null }
    | { readonly __typename: 'Visitor' }
   | null, readonly website: { readonly company: string, readonly locale: string | null, readonly maxAttachments: number, readonly maxAttachmentBytes: number, readonly maxMessageLength: number }, readonly agents: ReadonlyArray<{ readonly id: string, readonly name: string, readonly email: string | null, readonly role: AgentRole | null, readonly online: boolean, readonly availability: Availability | null, readonly removedAt: string | null }>, readonly channels: ReadonlyArray<{ readonly id: string, readonly name: string, readonly policy: ChannelPolicy, readonly pausedAt: string | null, readonly throttledUntil: string | null, readonly lastReceivedAt: string | null, readonly health: { readonly status: ChannelStatus, readonly detail: string | null, readonly checkedAt: string | null } | null, readonly queue: { readonly length: number, readonly oldestDueAt: string | null } | null, readonly lastFailure: { readonly at: string, readonly code: DeliveryFailureCode, readonly detail: string | null } | null }> };

export type ConversationListQueryVariables = Exact<{
  filter?: ConversationFilter | null | undefined;
  order?: ConversationOrder | null | undefined;
  after?: string | null | undefined;
}>;


export type ConversationListQuery = { readonly conversations: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
          | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } }>, readonly pageInfo: { readonly endCursor: string | null, readonly hasNextPage: boolean } } };

export type ConversationRowQueryVariables = Exact<{
  id: string;
}>;


export type ConversationRowQuery = { readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
        | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } | null };

export type ConversationPageQueryVariables = Exact<{
  id: string;
}>;


export type ConversationPageQuery = { readonly conversation: { readonly startedAt: string, readonly closedAt: string | null, readonly replyWindowEndsAt: string | null, readonly readByAgentsUpTo: string | null, readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null, readonly emailSource: EmailSource | null, readonly lastActivityAt: string | null, readonly network: string | null, readonly addressProof: { readonly state: AddressProofState, readonly by: AddressProofKind | null, readonly provenAt: string | null } | null, readonly addresses: ReadonlyArray<{ readonly address: string, readonly channel: { readonly id: string, readonly name: string } }> | null, readonly blockedBy: { readonly id: string, readonly name: string } | null }, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
        | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } | null };

export type ConsoleNewestMessagesQueryVariables = Exact<{
  id: string;
}>;


export type ConsoleNewestMessagesQuery = { readonly conversation: { readonly id: string, readonly messages: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly via: { readonly id: string, readonly name: string }, readonly author:
          | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }>, readonly sender: { readonly verified: boolean, readonly address: string, readonly doubt: SenderDoubt | null, readonly explanation: string | null } | null, readonly original: { readonly url: string, readonly contentType: string, readonly sizeBytes: number } | null }>, readonly pageInfo: { readonly startCursor: string | null, readonly hasPreviousPage: boolean } } } | null };

export type ConsoleMessagesBeforeQueryVariables = Exact<{
  id: string;
  before: string;
}>;


export type ConsoleMessagesBeforeQuery = { readonly conversation: { readonly id: string, readonly messages: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly via: { readonly id: string, readonly name: string }, readonly author:
          | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }>, readonly sender: { readonly verified: boolean, readonly address: string, readonly doubt: SenderDoubt | null, readonly explanation: string | null } | null, readonly original: { readonly url: string, readonly contentType: string, readonly sizeBytes: number } | null }>, readonly pageInfo: { readonly startCursor: string | null, readonly hasPreviousPage: boolean } } } | null };

export type ConsoleMessagesAfterQueryVariables = Exact<{
  id: string;
  after: string;
}>;


export type ConsoleMessagesAfterQuery = { readonly conversation: { readonly id: string, readonly messages: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly via: { readonly id: string, readonly name: string }, readonly author:
          | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }>, readonly sender: { readonly verified: boolean, readonly address: string, readonly doubt: SenderDoubt | null, readonly explanation: string | null } | null, readonly original: { readonly url: string, readonly contentType: string, readonly sizeBytes: number } | null }>, readonly pageInfo: { readonly hasNextPage: boolean } } } | null };

export type ConsoleSendMessageMutationVariables = Exact<{
  input: SendMessageInput;
}>;


export type ConsoleSendMessageMutation = { readonly sendMessage: { readonly clientMessageId: string | null, readonly id: string, readonly cursor: string, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
          | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } }, readonly via: { readonly id: string, readonly name: string }, readonly author:
      | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }>, readonly sender: { readonly verified: boolean, readonly address: string, readonly doubt: SenderDoubt | null, readonly explanation: string | null } | null, readonly original: { readonly url: string, readonly contentType: string, readonly sizeBytes: number } | null } };

export type ConsoleMarkReadMutationVariables = Exact<{
  input: MarkReadInput;
}>;


export type ConsoleMarkReadMutation = { readonly markRead: { readonly id: string, readonly unreadByAgents: number, readonly readByAgentsUpTo: string | null } };

export type ConsoleSetTypingMutationVariables = Exact<{
  conversationId: string;
}>;


export type ConsoleSetTypingMutation = { readonly setTyping: boolean };

export type ForwardNowMutationVariables = Exact<{
  id: string;
}>;


export type ForwardNowMutation = { readonly forwardNow: { readonly id: string, readonly status: DeliveryStatus, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
          | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } } };

export type HoldForwardingMutationVariables = Exact<{
  id: string;
}>;


export type HoldForwardingMutation = { readonly holdForwarding: { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
        | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } };

export type ReleaseForwardingMutationVariables = Exact<{
  id: string;
}>;


export type ReleaseForwardingMutation = { readonly releaseForwarding: { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
        | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } };

export type RetryDeliveryMutationVariables = Exact<{
  id: string;
}>;


export type RetryDeliveryMutation = { readonly retryDelivery: { readonly id: string, readonly status: DeliveryStatus, readonly kind: DeliveryKind, readonly trigger: ForwardingTrigger, readonly address: string, readonly attempts: number, readonly createdAt: string, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly sentAt: string | null, readonly deliveredAt: string | null, readonly late: boolean, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
          | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } }, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly channel: { readonly id: string, readonly name: string }, readonly messages: ReadonlyArray<{ readonly id: string }> } };

export type UpdateVisitorMutationVariables = Exact<{
  input: UpdateVisitorInput;
}>;


export type UpdateVisitorMutation = { readonly updateVisitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly emailSource: EmailSource | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly lastActivityAt: string | null, readonly page: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly optedOut: boolean, readonly blockedAt: string | null, readonly network: string | null, readonly addressProof: { readonly state: AddressProofState, readonly by: AddressProofKind | null, readonly provenAt: string | null } | null, readonly addresses: ReadonlyArray<{ readonly address: string, readonly channel: { readonly id: string, readonly name: string } }> | null, readonly blockedBy: { readonly id: string, readonly name: string } | null } };

export type UnblockVisitorMutationVariables = Exact<{
  id: string;
}>;


export type UnblockVisitorMutation = { readonly unblockVisitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly emailSource: EmailSource | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly lastActivityAt: string | null, readonly page: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly optedOut: boolean, readonly blockedAt: string | null, readonly network: string | null, readonly addressProof: { readonly state: AddressProofState, readonly by: AddressProofKind | null, readonly provenAt: string | null } | null, readonly addresses: ReadonlyArray<{ readonly address: string, readonly channel: { readonly id: string, readonly name: string } }> | null, readonly blockedBy: { readonly id: string, readonly name: string } | null } };

export type AssignConversationMutationVariables = Exact<{
  input: AssignConversationInput;
}>;


export type AssignConversationMutation = { readonly assignConversation: { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
        | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } };

export type CloseConversationMutationVariables = Exact<{
  id: string;
}>;


export type CloseConversationMutation = { readonly closeConversation: { readonly closedAt: string | null, readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
        | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } };

export type ReopenConversationMutationVariables = Exact<{
  id: string;
}>;


export type ReopenConversationMutation = { readonly reopenConversation: { readonly closedAt: string | null, readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
        | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } };

export type SetAvailabilityMutationVariables = Exact<{
  availability: Availability;
}>;


export type SetAvailabilityMutation = { readonly setAvailability: { readonly id: string, readonly name: string, readonly email: string | null, readonly role: AgentRole | null, readonly online: boolean, readonly availability: Availability | null, readonly removedAt: string | null } };

export type ConsoleConversationUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleConversationUpdatedSubscription = { readonly conversationUpdated: { readonly closedAt: string | null, readonly readByAgentsUpTo: string | null, readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
        | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } } };

export type ConsoleMessageAddedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleMessageAddedSubscription = { readonly messageAdded: { readonly id: string, readonly cursor: string, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly conversation: { readonly id: string }, readonly via: { readonly id: string, readonly name: string }, readonly author:
      | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }>, readonly sender: { readonly verified: boolean, readonly address: string, readonly doubt: SenderDoubt | null, readonly explanation: string | null } | null, readonly original: { readonly url: string, readonly contentType: string, readonly sizeBytes: number } | null } };

export type ConsoleMessageUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleMessageUpdatedSubscription = { readonly messageUpdated: { readonly id: string, readonly cursor: string, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly conversation: { readonly id: string }, readonly via: { readonly id: string, readonly name: string }, readonly author:
      | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }>, readonly sender: { readonly verified: boolean, readonly address: string, readonly doubt: SenderDoubt | null, readonly explanation: string | null } | null, readonly original: { readonly url: string, readonly contentType: string, readonly sizeBytes: number } | null } };

export type ConsoleTypingSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleTypingSubscription = { readonly typing: { readonly endsAt: string, readonly author:
      | { readonly __typename: 'Agent', readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly conversation: { readonly id: string } } };

export type ConsoleDeliveryUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleDeliveryUpdatedSubscription = { readonly deliveryUpdated: { readonly id: string, readonly status: DeliveryStatus, readonly kind: DeliveryKind, readonly trigger: ForwardingTrigger, readonly address: string, readonly attempts: number, readonly createdAt: string, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly sentAt: string | null, readonly deliveredAt: string | null, readonly late: boolean, readonly conversation: { readonly id: string }, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly channel: { readonly id: string, readonly name: string }, readonly messages: ReadonlyArray<{ readonly id: string }> } };

export type SettleDeliveryMutationVariables = Exact<{
  id: string;
  arrived: boolean;
}>;


export type SettleDeliveryMutation = { readonly settleDelivery: { readonly id: string, readonly status: DeliveryStatus, readonly kind: DeliveryKind, readonly trigger: ForwardingTrigger, readonly address: string, readonly attempts: number, readonly createdAt: string, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly sentAt: string | null, readonly deliveredAt: string | null, readonly late: boolean, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly lastActivityAt: string, readonly unreadByAgents: number, readonly unreadReplies: number, readonly optedOut: boolean, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly assignee: { readonly id: string, readonly name: string } | null, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly page: string | null, readonly optedOut: boolean, readonly blockedAt: string | null }, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly unsentAt: string | null, readonly read: boolean, readonly forwardedTo: string | null, readonly author:
          | { readonly __typename: 'Agent', readonly id: string, readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string }> } | null, readonly forwarding: { readonly state: ForwardingState, readonly asOf: string, readonly dueAt: string | null, readonly trigger: ForwardingTrigger | null, readonly pendingReplies: number, readonly contextMessages: number, readonly settling: boolean, readonly kind: DeliveryKind | null, readonly address: string | null, readonly heldAt: string | null, readonly heldBy: { readonly id: string, readonly name: string } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy } | null, readonly refusal: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly triggers: ReadonlyArray<{ readonly trigger: ForwardingTrigger, readonly dueAt: string | null, readonly since: string | null, readonly delaySeconds: number }>, readonly suppression: { readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string } } | null, readonly delivery: { readonly id: string, readonly status: DeliveryStatus, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly trigger: ForwardingTrigger, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null } | null } }, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly channel: { readonly id: string, readonly name: string }, readonly messages: ReadonlyArray<{ readonly id: string }> } };

export type CountsQueryVariables = Exact<{ [key: string]: never; }>;


export type CountsQuery = { readonly counts: { readonly open: number, readonly mine: number, readonly unassigned: number, readonly needsReply: number, readonly waiting: number, readonly held: number, readonly stuck: number, readonly openDeliveries: number, readonly deliveryProblems: number } };

export type ConsoleCountsUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleCountsUpdatedSubscription = { readonly countsUpdated: { readonly open: number, readonly mine: number, readonly unassigned: number, readonly needsReply: number, readonly waiting: number, readonly held: number, readonly stuck: number, readonly openDeliveries: number, readonly deliveryProblems: number } };

export type ConsoleAgentUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleAgentUpdatedSubscription = { readonly agentUpdated: { readonly id: string, readonly name: string, readonly email: string | null, readonly role: AgentRole | null, readonly online: boolean, readonly availability: Availability | null, readonly removedAt: string | null } };

export type ConsoleChannelUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleChannelUpdatedSubscription = { readonly channelUpdated: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy, readonly pausedAt: string | null, readonly throttledUntil: string | null, readonly lastReceivedAt: string | null, readonly health: { readonly status: ChannelStatus, readonly detail: string | null, readonly checkedAt: string | null } | null, readonly queue: { readonly length: number, readonly oldestDueAt: string | null } | null, readonly lastFailure: { readonly at: string, readonly code: DeliveryFailureCode, readonly detail: string | null } | null } };

export type ConsolePreferenceUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsolePreferenceUpdatedSubscription = { readonly forwardingPreferenceUpdated: { readonly mode: ForwardingMode, readonly visitorLeftDelaySeconds: number, readonly inactivityDelaySeconds: number, readonly settleSeconds: number, readonly contextMessages: number, readonly shortConversationMessages: number, readonly unprovenAddress: UnprovenAddress, readonly updatedAt: string, readonly updatedBy: { readonly id: string, readonly name: string } | null } };

export type ConsoleInboundEmailUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ConsoleInboundEmailUpdatedSubscription = { readonly inboundEmailUpdated: { readonly id: string, readonly status: InboundStatus } };

export type ChannelListQueryVariables = Exact<{ [key: string]: never; }>;


export type ChannelListQuery = { readonly channels: ReadonlyArray<{ readonly id: string, readonly name: string, readonly policy: ChannelPolicy, readonly pausedAt: string | null, readonly throttledUntil: string | null, readonly lastReceivedAt: string | null, readonly health: { readonly status: ChannelStatus, readonly detail: string | null, readonly checkedAt: string | null } | null, readonly queue: { readonly length: number, readonly oldestDueAt: string | null } | null, readonly lastFailure: { readonly at: string, readonly code: DeliveryFailureCode, readonly detail: string | null } | null }>, readonly website: { readonly visitorsOnline: number | null } };

export type ChannelSettingsQueryVariables = Exact<{ [key: string]: never; }>;


export type ChannelSettingsQuery = { readonly channels: ReadonlyArray<{ readonly id: string, readonly settings: ReadonlyArray<{ readonly name: string, readonly set: boolean, readonly required: boolean }> | null }>, readonly website: { readonly seenOn: ReadonlyArray<{ readonly origin: string, readonly at: string }> | null } };

export type CheckChannelMutationVariables = Exact<{
  id: string;
}>;


export type CheckChannelMutation = { readonly checkChannel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy, readonly pausedAt: string | null, readonly throttledUntil: string | null, readonly lastReceivedAt: string | null, readonly health: { readonly status: ChannelStatus, readonly detail: string | null, readonly checkedAt: string | null } | null, readonly queue: { readonly length: number, readonly oldestDueAt: string | null } | null, readonly lastFailure: { readonly at: string, readonly code: DeliveryFailureCode, readonly detail: string | null } | null } };

export type ResumeChannelMutationVariables = Exact<{
  id: string;
}>;


export type ResumeChannelMutation = { readonly resumeChannel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy, readonly pausedAt: string | null, readonly throttledUntil: string | null, readonly lastReceivedAt: string | null, readonly health: { readonly status: ChannelStatus, readonly detail: string | null, readonly checkedAt: string | null } | null, readonly queue: { readonly length: number, readonly oldestDueAt: string | null } | null, readonly lastFailure: { readonly at: string, readonly code: DeliveryFailureCode, readonly detail: string | null } | null } };

export type ContactFormRulesQueryVariables = Exact<{ [key: string]: never; }>;


export type ContactFormRulesQuery = { readonly contactForm: { readonly whenOnline: ContactFormRule, readonly whenOffline: ContactFormRule, readonly current: ContactFormRule, readonly agentsOnline: boolean } };

export type UpdateContactFormRulesMutationVariables = Exact<{
  input: UpdateContactFormInput;
}>;


export type UpdateContactFormRulesMutation = { readonly updateContactForm: { readonly whenOnline: ContactFormRule, readonly whenOffline: ContactFormRule, readonly current: ContactFormRule, readonly agentsOnline: boolean } };

export type DeliveryRowPartsFragment = { readonly id: string, readonly status: DeliveryStatus, readonly kind: DeliveryKind, readonly trigger: ForwardingTrigger, readonly address: string, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly sentAt: string | null, readonly deliveredAt: string | null, readonly endedAt: string | null, readonly cancelReason: CancelReason | null, readonly late: boolean, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly requestedBy: { readonly id: string, readonly name: string } | null, readonly messages: ReadonlyArray<{ readonly id: string, readonly text: string }>, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly visitor: { readonly id: string, readonly name: string | null, readonly timeZone: string | null } } };

export type DeliveryListQueryVariables = Exact<{
  filter?: DeliveryFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type DeliveryListQuery = { readonly deliveries: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: DeliveryStatus, readonly kind: DeliveryKind, readonly trigger: ForwardingTrigger, readonly address: string, readonly attempts: number, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly sentAt: string | null, readonly deliveredAt: string | null, readonly endedAt: string | null, readonly cancelReason: CancelReason | null, readonly late: boolean, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly channel: { readonly id: string, readonly name: string, readonly policy: ChannelPolicy }, readonly requestedBy: { readonly id: string, readonly name: string } | null, readonly messages: ReadonlyArray<{ readonly id: string, readonly text: string }>, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly visitor: { readonly id: string, readonly name: string | null, readonly timeZone: string | null } } }>, readonly pageInfo: { readonly endCursor: string | null, readonly hasNextPage: boolean } } };

export type DeliveryEmailQueryVariables = Exact<{
  conversationId: string;
}>;


export type DeliveryEmailQuery = { readonly deliveries: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly email: { readonly from: string, readonly subject: string, readonly html: string, readonly text: string } | null }> } };

export type EmailPreviewQueryVariables = Exact<{
  conversationId?: string | null | undefined;
  preference?: UpdateForwardingPreferenceInput | null | undefined;
}>;


export type EmailPreviewQuery = { readonly emailPreview: { readonly from: string, readonly subject: string, readonly html: string, readonly text: string } };

export type InboundPartsFragment = { readonly id: string, readonly status: InboundStatus, readonly reason: InboundReason | null, readonly detail: string | null, readonly from: string | null, readonly to: ReadonlyArray<string>, readonly subject: string | null, readonly receivedAt: string, readonly original: { readonly url: string, readonly sizeBytes: number } | null, readonly message: { readonly id: string, readonly sender: { readonly verified: boolean, readonly explanation: string | null } | null } | null, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly visitor: { readonly id: string, readonly name: string | null, readonly timeZone: string | null } } | null };

export type InboundListQueryVariables = Exact<{
  filter?: InboundEmailFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type InboundListQuery = { readonly inboundEmails: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: InboundStatus, readonly reason: InboundReason | null, readonly detail: string | null, readonly from: string | null, readonly to: ReadonlyArray<string>, readonly subject: string | null, readonly receivedAt: string, readonly original: { readonly url: string, readonly sizeBytes: number } | null, readonly message: { readonly id: string, readonly sender: { readonly verified: boolean, readonly explanation: string | null } | null } | null, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly visitor: { readonly id: string, readonly name: string | null, readonly timeZone: string | null } } | null }>, readonly pageInfo: { readonly endCursor: string | null, readonly hasNextPage: boolean } } };

export type RetryInboundMutationVariables = Exact<{
  id: string;
}>;


export type RetryInboundMutation = { readonly retryInboundEmail: { readonly id: string, readonly status: InboundStatus, readonly reason: InboundReason | null, readonly detail: string | null, readonly from: string | null, readonly to: ReadonlyArray<string>, readonly subject: string | null, readonly receivedAt: string, readonly original: { readonly url: string, readonly sizeBytes: number } | null, readonly message: { readonly id: string, readonly sender: { readonly verified: boolean, readonly explanation: string | null } | null } | null, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly visitor: { readonly id: string, readonly name: string | null, readonly timeZone: string | null } } | null } };

export type PreferencesQueryVariables = Exact<{ [key: string]: never; }>;


export type PreferencesQuery = { readonly forwardingPreference: { readonly mode: ForwardingMode, readonly visitorLeftDelaySeconds: number, readonly inactivityDelaySeconds: number, readonly settleSeconds: number, readonly contextMessages: number, readonly shortConversationMessages: number, readonly unprovenAddress: UnprovenAddress, readonly updatedAt: string, readonly updatedBy: { readonly id: string, readonly name: string } | null } };

export type DryRunQueryVariables = Exact<{
  preference: UpdateForwardingPreferenceInput;
}>;


export type DryRunQuery = { readonly forwardingDryRun: { readonly waiting: number, readonly dueAtOnce: number, readonly noLongerSent: number } };

export type UpdatePreferenceMutationVariables = Exact<{
  input: UpdateForwardingPreferenceInput;
}>;


export type UpdatePreferenceMutation = { readonly updateForwardingPreference: { readonly mode: ForwardingMode, readonly visitorLeftDelaySeconds: number, readonly inactivityDelaySeconds: number, readonly settleSeconds: number, readonly contextMessages: number, readonly shortConversationMessages: number, readonly unprovenAddress: UnprovenAddress, readonly updatedAt: string, readonly updatedBy: { readonly id: string, readonly name: string } | null } };

export type SendPreviewMutationVariables = Exact<{
  preference?: UpdateForwardingPreferenceInput | null | undefined;
}>;


export type SendPreviewMutation = { readonly sendEmailPreview: boolean };

export type SetUpQueryVariables = Exact<{ [key: string]: never; }>;


export type SetUpQuery = { readonly setUp: ReadonlyArray<{ readonly id: string, readonly done: boolean, readonly detail: string | null }> };

export type SuppressedListQueryVariables = Exact<{
  search?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type SuppressedListQuery = { readonly suppressedAddresses: { readonly nodes: ReadonlyArray<{ readonly address: string, readonly reason: SuppressionReason, readonly since: string, readonly detail: string | null, readonly channel: { readonly id: string, readonly name: string } }>, readonly pageInfo: { readonly endCursor: string | null, readonly hasNextPage: boolean } } };

export type LiftSuppressionMutationVariables = Exact<{
  channel: string;
  address: string;
}>;


export type LiftSuppressionMutation = { readonly liftSuppression: { readonly address: string, readonly reason: SuppressionReason, readonly channel: { readonly id: string } } };

export type TeamQueryVariables = Exact<{ [key: string]: never; }>;


export type TeamQuery = { readonly agents: ReadonlyArray<{ readonly id: string, readonly name: string, readonly email: string | null, readonly role: AgentRole | null, readonly online: boolean, readonly availability: Availability | null, readonly removedAt: string | null }> };

export type CreateAgentMutationVariables = Exact<{
  input: CreateAgentInput;
}>;


export type CreateAgentMutation = { readonly createAgent: { readonly id: string, readonly name: string, readonly email: string | null, readonly role: AgentRole | null, readonly online: boolean, readonly availability: Availability | null, readonly removedAt: string | null } };

export type UpdateAgentMutationVariables = Exact<{
  input: UpdateAgentInput;
}>;


export type UpdateAgentMutation = { readonly updateAgent: { readonly id: string, readonly name: string, readonly email: string | null, readonly role: AgentRole | null, readonly online: boolean, readonly availability: Availability | null, readonly removedAt: string | null } };

export type RemoveAgentMutationVariables = Exact<{
  id: string;
}>;


export type RemoveAgentMutation = { readonly removeAgent: { readonly id: string } };

export type ChangePasswordMutationVariables = Exact<{
  input: ChangePasswordInput;
}>;


export type ChangePasswordMutation = { readonly changePassword: { readonly token: string, readonly deviceToken: string } };

export type VisitorsPastQueryVariables = Exact<{
  conversationId: string;
}>;


export type VisitorsPastQuery = { readonly conversation: { readonly id: string, readonly visitor: { readonly id: string, readonly conversations: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: ConversationStatus, readonly startedAt: string, readonly lastActivityAt: string, readonly lastMessage: { readonly id: string, readonly text: string } | null }>, readonly pageInfo: { readonly hasNextPage: boolean } } } } | null, readonly deliveries: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: DeliveryStatus, readonly kind: DeliveryKind, readonly trigger: ForwardingTrigger, readonly address: string, readonly attempts: number, readonly createdAt: string, readonly dueAt: string, readonly nextAttemptAt: string | null, readonly sentAt: string | null, readonly deliveredAt: string | null, readonly late: boolean, readonly failure: { readonly code: DeliveryFailureCode, readonly detail: string | null } | null, readonly channel: { readonly id: string, readonly name: string }, readonly messages: ReadonlyArray<{ readonly id: string }> }>, readonly pageInfo: { readonly hasNextPage: boolean } } };

export type EraseVisitorMutationVariables = Exact<{
  id: string;
}>;


export type EraseVisitorMutation = { readonly eraseVisitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly emailSource: EmailSource | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly lastActivityAt: string | null, readonly page: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly optedOut: boolean, readonly blockedAt: string | null, readonly network: string | null, readonly addressProof: { readonly state: AddressProofState, readonly by: AddressProofKind | null, readonly provenAt: string | null } | null, readonly addresses: ReadonlyArray<{ readonly address: string, readonly channel: { readonly id: string, readonly name: string } }> | null, readonly blockedBy: { readonly id: string, readonly name: string } | null } };

export type BlockVisitorMutationVariables = Exact<{
  id: string;
}>;


export type BlockVisitorMutation = { readonly blockVisitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly emailSource: EmailSource | null, readonly identified: boolean, readonly online: boolean, readonly leftAt: string | null, readonly lastActivityAt: string | null, readonly page: string | null, readonly timeZone: string | null, readonly locale: string | null, readonly optedOut: boolean, readonly blockedAt: string | null, readonly network: string | null, readonly addressProof: { readonly state: AddressProofState, readonly by: AddressProofKind | null, readonly provenAt: string | null } | null, readonly addresses: ReadonlyArray<{ readonly address: string, readonly channel: { readonly id: string, readonly name: string } }> | null, readonly blockedBy: { readonly id: string, readonly name: string } | null } };

export type RevokeResumeCodesMutationVariables = Exact<{
  id: string;
}>;


export type RevokeResumeCodesMutation = { readonly revokeResumeCodes: { readonly id: string } };

export type WebsiteSettingsQueryVariables = Exact<{ [key: string]: never; }>;


export type WebsiteSettingsQuery = { readonly website: { readonly company: string, readonly greeting: string | null, readonly accent: string | null, readonly repliesByEmail: boolean, readonly seenOn: ReadonlyArray<{ readonly origin: string, readonly at: string }> | null } };

export type UpdateWebsiteMutationVariables = Exact<{
  input: UpdateWebsiteInput;
}>;


export type UpdateWebsiteMutation = { readonly updateWebsite: { readonly greeting: string | null, readonly accent: string | null } };
