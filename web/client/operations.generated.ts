/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Whether visitors are asked for their email address. */
export type ContactFormRule =
  /** The form is not shown. */
  | 'OFF'
  /** The form is shown, but visitors may write without it. */
  | 'OPTIONAL'
  /** Visitors who are not identified must submit the form before they begin or reopen a conversation. */
  | 'REQUIRED';

export type ConversationStatus =
  | 'CLOSED'
  | 'OPEN';

export interface IdentityInput {
  /** A JWT, signed with HS256 and the IDENTITY_SECRET. `sub` is the website's id of the visitor, `exp` at most an hour ahead; `email` and `name` are optional. */
  readonly token: string;
}

export interface MarkReadInput {
  readonly conversationId: string;
  /** The newest message that was read. */
  readonly messageId: string;
}

export interface SendMessageInput {
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
}

/** How a session began. */
export type SessionKind =
  /** By the link in an email, for one conversation only: email addresses are masked, and identities and the contact form are refused. */
  | 'GUEST'
  /** The website's signed identity joined this visitor with an earlier one. */
  | 'JOINED'
  /** For the visitor of the given token, or of the given identity. */
  | 'KEPT'
  /** For a new visitor. */
  | 'NEW';

export interface StartSessionInput {
  /** Who the visitor is, signed by the website. Refused in guest sessions. */
  readonly identity?: IdentityInput | null | undefined;
  /** A BCP 47 language tag. */
  readonly locale?: string | null | undefined;
  /** The page that the visitor is on: an http(s) URL, or a path. */
  readonly page?: string | null | undefined;
  /** The code from the link in a forwarded email. If it is invalid, it is ignored. */
  readonly resume?: string | null | undefined;
  /** An IANA time zone name. */
  readonly timeZone?: string | null | undefined;
  /** The token of an earlier session, kept by the browser. If it is invalid, a new session begins. */
  readonly token?: string | null | undefined;
}

export interface SubmitContactFormInput {
  readonly email: string;
  /** Left out, null or empty: unchanged. */
  readonly name?: string | null | undefined;
}

/** What a visitor may be promised about answers that come after they have left the website. */
export type WhenAway =
  /** They wait in the chat: the forwarding mode is NOTHING, or email is not configured or paused. */
  | 'CHAT_ONLY'
  /** They are emailed to `Visitor.email`. */
  | 'EMAIL'
  /** They would be emailed if an address were known. */
  | 'NO_ADDRESS'
  /** The visitor asked for no more email. */
  | 'OPTED_OUT'
  /** Nothing is sent to the address any more, after bounces or a complaint. */
  | 'UNREACHABLE';

export type VisitorPartsFragment = { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly optedOut: boolean };

export type ContactFormPartsFragment = { readonly current: ContactFormRule, readonly agentsOnline: boolean };

export type WebsitePartsFragment = { readonly company: string, readonly greeting: string | null, readonly accent: string | null, readonly locale: string | null, readonly repliesByEmail: boolean, readonly maxMessageLength: number, readonly maxAttachments: number, readonly maxAttachmentBytes: number, readonly here: ReadonlyArray<{ readonly id: string, readonly name: string }> };

export type ConversationPartsFragment = { readonly id: string, readonly status: ConversationStatus, readonly optedOut: boolean, readonly startedAt: string, readonly lastActivityAt: string, readonly unreadReplies: number, readonly assignee: { readonly id: string, readonly name: string, readonly online: boolean } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly author:
      | { readonly __typename: 'Agent', readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly attachments: ReadonlyArray<{ readonly name: string }> } | null };

export type MessagePartsFragment = { readonly id: string, readonly cursor: string, readonly clientMessageId: string | null, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly via: { readonly id: string }, readonly author:
    | { readonly __typename: 'Agent', readonly name: string }
    | { readonly __typename: 'Bot', readonly name: string }
    | { readonly __typename: 'Visitor', readonly name: string | null }
  , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }> };

export type StartSessionMutationVariables = Exact<{
  input: StartSessionInput;
}>;


export interface StartSessionMutation { readonly startSession: { readonly token: string, readonly kind: SessionKind, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly optedOut: boolean }, readonly conversation: { readonly id: string } | null } }

export type SignOutMutationVariables = Exact<{ [key: string]: never; }>;


export interface SignOutMutation { readonly signOut: boolean }

export type OverviewQueryVariables = Exact<{
  open?: string | null | undefined;
}>;


export interface OverviewQuery { readonly website: { readonly company: string, readonly greeting: string | null, readonly accent: string | null, readonly locale: string | null, readonly repliesByEmail: boolean, readonly maxMessageLength: number, readonly maxAttachments: number, readonly maxAttachmentBytes: number, readonly here: ReadonlyArray<{ readonly id: string, readonly name: string }> }, readonly contactForm: { readonly current: ContactFormRule, readonly agentsOnline: boolean }, readonly viewer:
    | { readonly __typename: 'Agent' }
    | { readonly __typename: 'Visitor', readonly whenAway: WhenAway, readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly optedOut: boolean }
   | null, readonly conversations: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: ConversationStatus, readonly optedOut: boolean, readonly startedAt: string, readonly lastActivityAt: string, readonly unreadReplies: number, readonly assignee: { readonly id: string, readonly name: string, readonly online: boolean } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly author:
          | { readonly __typename: 'Agent', readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly name: string }> } | null }>, readonly pageInfo: { readonly endCursor: string | null, readonly hasNextPage: boolean } } }

export type OutlookQueryVariables = Exact<{
  open?: string | null | undefined;
}>;


export interface OutlookQuery { readonly website: { readonly company: string, readonly greeting: string | null, readonly accent: string | null, readonly locale: string | null, readonly repliesByEmail: boolean, readonly maxMessageLength: number, readonly maxAttachments: number, readonly maxAttachmentBytes: number, readonly here: ReadonlyArray<{ readonly id: string, readonly name: string }> }, readonly viewer:
    | { readonly __typename: 'Agent' }
    | { readonly __typename: 'Visitor', readonly whenAway: WhenAway }
   | null }

export type MoreConversationsQueryVariables = Exact<{
  after: string;
}>;


export interface MoreConversationsQuery { readonly conversations: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: ConversationStatus, readonly optedOut: boolean, readonly startedAt: string, readonly lastActivityAt: string, readonly unreadReplies: number, readonly assignee: { readonly id: string, readonly name: string, readonly online: boolean } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly author:
          | { readonly __typename: 'Agent', readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly name: string }> } | null }>, readonly pageInfo: { readonly endCursor: string | null, readonly hasNextPage: boolean } } }

export type NewestMessagesQueryVariables = Exact<{
  id: string;
}>;


export interface NewestMessagesQuery { readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly optedOut: boolean, readonly startedAt: string, readonly lastActivityAt: string, readonly unreadReplies: number, readonly messages: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly clientMessageId: string | null, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly via: { readonly id: string }, readonly author:
          | { readonly __typename: 'Agent', readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }> }>, readonly pageInfo: { readonly startCursor: string | null, readonly hasPreviousPage: boolean } }, readonly assignee: { readonly id: string, readonly name: string, readonly online: boolean } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly author:
        | { readonly __typename: 'Agent', readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly name: string }> } | null } | null }

export type MessagesAfterQueryVariables = Exact<{
  id: string;
  after: string;
}>;


export interface MessagesAfterQuery { readonly conversation: { readonly messages: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly clientMessageId: string | null, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly via: { readonly id: string }, readonly author:
          | { readonly __typename: 'Agent', readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }> }>, readonly pageInfo: { readonly hasNextPage: boolean } } } | null }

export type MessagesBeforeQueryVariables = Exact<{
  id: string;
  before: string;
}>;


export interface MessagesBeforeQuery { readonly conversation: { readonly messages: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly clientMessageId: string | null, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly via: { readonly id: string }, readonly author:
          | { readonly __typename: 'Agent', readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }> }>, readonly pageInfo: { readonly hasPreviousPage: boolean } } } | null }

export type SendMessageMutationVariables = Exact<{
  input: SendMessageInput;
}>;


export interface SendMessageMutation { readonly sendMessage: { readonly id: string, readonly cursor: string, readonly clientMessageId: string | null, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly optedOut: boolean, readonly startedAt: string, readonly lastActivityAt: string, readonly unreadReplies: number, readonly assignee: { readonly id: string, readonly name: string, readonly online: boolean } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly author:
          | { readonly __typename: 'Agent', readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly name: string }> } | null }, readonly via: { readonly id: string }, readonly author:
      | { readonly __typename: 'Agent', readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }> } }

export type MarkReadMutationVariables = Exact<{
  input: MarkReadInput;
}>;


export interface MarkReadMutation { readonly markRead: { readonly id: string, readonly status: ConversationStatus, readonly optedOut: boolean, readonly startedAt: string, readonly lastActivityAt: string, readonly unreadReplies: number, readonly assignee: { readonly id: string, readonly name: string, readonly online: boolean } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly author:
        | { readonly __typename: 'Agent', readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly name: string }> } | null } }

export type SetTypingMutationVariables = Exact<{
  conversationId: string;
}>;


export interface SetTypingMutation { readonly setTyping: boolean }

export type RecordActivityMutationVariables = Exact<{
  page?: string | null | undefined;
}>;


export interface RecordActivityMutation { readonly recordActivity: { readonly id: string } }

export type LeaveWebsiteMutationVariables = Exact<{ [key: string]: never; }>;


export interface LeaveWebsiteMutation { readonly leaveWebsite: { readonly id: string } }

export type SubmitContactFormMutationVariables = Exact<{
  input: SubmitContactFormInput;
}>;


export interface SubmitContactFormMutation { readonly submitContactForm: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly optedOut: boolean } }

export type SetEmailOptOutMutationVariables = Exact<{
  conversationId?: string | null | undefined;
  optedOut: boolean;
}>;


export interface SetEmailOptOutMutation { readonly setEmailOptOut: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly optedOut: boolean } }

export type MessageAddedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export interface MessageAddedSubscription { readonly messageAdded: { readonly id: string, readonly cursor: string, readonly clientMessageId: string | null, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly conversation: { readonly id: string, readonly status: ConversationStatus, readonly optedOut: boolean, readonly startedAt: string, readonly lastActivityAt: string, readonly unreadReplies: number, readonly assignee: { readonly id: string, readonly name: string, readonly online: boolean } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly author:
          | { readonly __typename: 'Agent', readonly name: string }
          | { readonly __typename: 'Bot', readonly name: string }
          | { readonly __typename: 'Visitor', readonly name: string | null }
        , readonly attachments: ReadonlyArray<{ readonly name: string }> } | null }, readonly via: { readonly id: string }, readonly author:
      | { readonly __typename: 'Agent', readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }> } }

export type MessageUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export interface MessageUpdatedSubscription { readonly messageUpdated: { readonly id: string, readonly cursor: string, readonly clientMessageId: string | null, readonly text: string, readonly sentAt: string, readonly read: boolean, readonly editedAt: string | null, readonly unsentAt: string | null, readonly forwardedTo: string | null, readonly forwardedAt: string | null, readonly conversation: { readonly id: string }, readonly via: { readonly id: string }, readonly author:
      | { readonly __typename: 'Agent', readonly name: string }
      | { readonly __typename: 'Bot', readonly name: string }
      | { readonly __typename: 'Visitor', readonly name: string | null }
    , readonly attachments: ReadonlyArray<{ readonly id: string, readonly name: string, readonly contentType: string, readonly sizeBytes: number, readonly url: string }> } }

export type ConversationUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export interface ConversationUpdatedSubscription { readonly conversationUpdated: { readonly id: string, readonly status: ConversationStatus, readonly optedOut: boolean, readonly startedAt: string, readonly lastActivityAt: string, readonly unreadReplies: number, readonly visitor: { readonly id: string, readonly name: string | null, readonly email: string | null, readonly identified: boolean, readonly optedOut: boolean }, readonly assignee: { readonly id: string, readonly name: string, readonly online: boolean } | null, readonly lastMessage: { readonly id: string, readonly text: string, readonly sentAt: string, readonly author:
        | { readonly __typename: 'Agent', readonly name: string }
        | { readonly __typename: 'Bot', readonly name: string }
        | { readonly __typename: 'Visitor', readonly name: string | null }
      , readonly attachments: ReadonlyArray<{ readonly name: string }> } | null } }

export type TypingSubscriptionVariables = Exact<{ [key: string]: never; }>;


export interface TypingSubscription { readonly typing: { readonly endsAt: string, readonly author:
      | { readonly name: string }
      | { readonly name: string }
      | { readonly name: string | null }
    , readonly conversation: { readonly id: string } } }

export type ContactFormUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export interface ContactFormUpdatedSubscription { readonly contactFormUpdated: { readonly current: ContactFormRule, readonly agentsOnline: boolean } }
