import type { Data } from "../../support/app/graphql-client.js";
import type { TestCallers } from "./callers.js";
import type { Caller } from "./expected-permissions.js";

/** How to reach an object of a type: an operation, and the object's path in its response. */
export interface ObjectPath {
  readonly text: (selection: string) => string;
  readonly path: readonly (string | number)[];
  readonly variables?: (testCallers: TestCallers, caller: Caller) => Data | Promise<Data>;
  readonly callers: readonly Caller[];
}

const visitors: readonly Caller[] = ["visitor", "stranger", "guest"];
const staff: readonly Caller[] = ["agent", "admin"];
const admins: readonly Caller[] = ["admin"];
const everyone: readonly Caller[] = [...visitors, ...staff];
const conversationMembers: readonly Caller[] = ["visitor", "guest", ...staff];

/** Through a conversation that the caller may see. `around` wraps the selection from there to the object. */
function inConversation(
  around: (selection: string) => string,
  path: readonly (string | number)[],
  callers = everyone,
): ObjectPath {
  return {
    text: (selection) => `query ($id: ID!) { conversation(id: $id) { ${around(selection)} } }`,
    path: ["conversation", ...path],
    variables: (testCallers, caller) => ({ id: testCallers.own(caller).conversationId }),
    callers,
  };
}

function atRoot(
  field: string,
  path: readonly (string | number)[],
  callers: readonly Caller[],
  around = same,
): ObjectPath {
  return {
    text: (selection) => `{ ${field} { ${around(selection)} } }`,
    path: [field.split("(")[0] ?? "", ...path],
    callers,
  };
}

const same = (selection: string): string => selection;
const within = (field: string) => (selection: string) => `${field} { ${selection} }`;

/** How to reach each object type, except Typing, which is only available by subscription. */
export const objectPaths: Readonly<Record<string, ObjectPath>> = {
  Conversation: inConversation(same, []),
  Message: inConversation(within("lastMessage"), ["lastMessage"]),
  Attachment: inConversation(
    (selection) => `messages(first: 1) { nodes { attachments { ${selection} } } }`,
    ["messages", "nodes", 0, "attachments", 0],
    conversationMembers,
  ),
  Bot: inConversation(
    (selection) => `messages(first: 2) { nodes { author { ... on Bot { ${selection} } } } }`,
    ["messages", "nodes", 1, "author"],
    conversationMembers,
  ),
  Visitor: inConversation(within("visitor"), ["visitor"]),
  Agent: inConversation(within("assignee"), ["assignee"], conversationMembers),
  Channel: inConversation(within("channel"), ["channel"]),
  ChannelQueue: atRoot("channels", [1, "queue"], staff, within("queue")),
  ChannelFailure: atRoot("channels", [1, "lastFailure"], staff, within("lastFailure")),
  ChannelSetting: atRoot("channels", [1, "settings", 0], admins, within("settings")),
  AddressProof: inConversation(
    (selection) => `visitor { addressProof { ${selection} } }`,
    ["visitor", "addressProof"],
    staff,
  ),
  VisitorAddress: inConversation(
    (selection) => `visitor { addresses { ${selection} } }`,
    ["visitor", "addresses", 0],
    staff,
  ),
  Forwarding: inConversation(within("forwarding"), ["forwarding"], staff),
  TriggerOutlook: inConversation(
    (selection) => `forwarding { triggers { ${selection} } }`,
    ["forwarding", "triggers", 0],
    staff,
  ),
  ChannelHealth: inConversation((selection) => `channel { health { ${selection} } }`, ["channel", "health"], staff),
  MessageConnection: inConversation(within("messages"), ["messages"]),
  MessageEdge: inConversation((selection) => `messages { edges { ${selection} } }`, ["messages", "edges", 0]),
  PageInfo: inConversation((selection) => `messages { pageInfo { ${selection} } }`, ["messages", "pageInfo"]),
  ConversationConnection: atRoot("conversations", [], everyone),
  ConversationEdge: atRoot("conversations", ["edges", 0], everyone, within("edges")),
  DeliveryConnection: atRoot("deliveries", [], staff),
  DeliveryEdge: atRoot("deliveries", ["edges", 0], staff, within("edges")),
  Delivery: atRoot("deliveries", ["nodes", 0], staff, within("nodes")),
  DeliveryFailure: atRoot(
    "deliveries(filter: { status: FAILED })",
    ["nodes", 0, "failure"],
    staff,
    (selection) => `nodes { failure { ${selection} } }`,
  ),
  EmailSender: inConversation(
    (selection) => `messages(first: 4) { nodes { sender { ${selection} } } }`,
    ["messages", "nodes", 3, "sender"],
    staff,
  ),
  InboundEmailConnection: atRoot("inboundEmails", [], admins),
  InboundEmailEdge: atRoot("inboundEmails", ["edges", 0], admins, within("edges")),
  InboundEmail: atRoot("inboundEmails", ["nodes", 0], admins, within("nodes")),
  Original: atRoot(
    "inboundEmails",
    ["nodes", 0, "original"],
    admins,
    (selection) => `nodes { original { ${selection} } }`,
  ),
  SuppressedAddressConnection: atRoot("suppressedAddresses", [], ["admin"]),
  SuppressedAddressEdge: atRoot("suppressedAddresses", ["edges", 0], ["admin"], within("edges")),
  SuppressedAddress: atRoot("suppressedAddresses", ["nodes", 0], ["admin"], within("nodes")),
  BlockedNetwork: atRoot("blockedNetworks", [0], admins),
  ForwardingPreference: atRoot("forwardingPreference", [], staff),
  ContactForm: atRoot("contactForm", [], ["nobody", ...everyone]),
  Website: atRoot("website", [], ["nobody", ...everyone]),
  WebsiteSighting: atRoot("website", ["seenOn", 0], admins, within("seenOn")),
  Counts: atRoot("counts", [], staff),
  EmailPreview: atRoot("emailPreview", [], staff),
  ForwardingDryRun: atRoot("forwardingDryRun(preference: {})", [], admins),
  SetUpStep: atRoot("setUp", [0], admins),
  Session: {
    text: (selection) => `mutation { startSession(input: {}) { ${selection} } }`,
    path: ["startSession"],
    callers: ["nobody", ...everyone],
  },
  AgentSession: {
    text: (selection) => `mutation ($input: SignInInput!) { signIn(input: $input) { ${selection} } }`,
    path: ["signIn"],
    variables: ({ agent: { email, password } }) => ({ input: { email, password } }),
    callers: ["nobody"],
  },
};

/** The value at a path of a response. */
export function at(data: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | null)?.[key], data);
}
