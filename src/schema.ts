import "reflect-metadata";
import { createPubSub } from "@graphql-yoga/subscription";
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { buildSchemaSync } from "type-graphql";
import { AgentResolver } from "./agents/agent.resolver.js";
import { AgentSessionResolver } from "./agents/agent-session.resolver.js";
import { AttachmentResolver } from "./attachments/attachment.resolver.js";
import { BlockedNetworksResolver } from "./blocked-networks/blocked-networks.resolver.js";
import { ChannelResolver } from "./channels/channel.resolver.js";
import { ContactFormResolver } from "./contact-form/contact-form.resolver.js";
import type { OperationContext } from "./context.js";
import { ConversationResolver } from "./conversations/conversation.resolver.js";
import { ConversationsResolver } from "./conversations/conversations.resolver.js";
import { MessageResolver } from "./conversations/message.resolver.js";
import { MessagesResolver } from "./conversations/messages.resolver.js";
import { TypingResolver } from "./conversations/typing.resolver.js";
import { VisitorsConversationsResolver } from "./conversations/visitors-conversations.resolver.js";
import { CountsResolver } from "./counts/counts.resolver.js";
import { ErasureResolver } from "./erasure/erasure.resolver.js";
import { OptOutResolver } from "./forwarding/addresses/opt-out.resolver.js";
import { SuppressedAddressesResolver } from "./forwarding/addresses/suppressed-addresses.resolver.js";
import { DeliveriesResolver } from "./forwarding/deliveries/deliveries.resolver.js";
import { DeliveryResolver } from "./forwarding/deliveries/delivery.resolver.js";
import { ForwardingResolver } from "./forwarding/forwarding.resolver.js";
import { ForwardingPreferenceResolver } from "./forwarding/forwarding-preference.resolver.js";
import { PreviewResolver } from "./forwarding/preview/preview.resolver.js";
import { describePermissions } from "./graphql/describe-permissions.js";
import { createAuthChecker } from "./graphql/permissions.js";
import { InboundEmailResolver } from "./inbound/inbound-email.resolver.js";
import { InboundEmailsResolver } from "./inbound/inbound-emails.resolver.js";
import { MessageOriginResolver } from "./inbound/message-origin.resolver.js";
import { PresenceResolver } from "./presence/presence.resolver.js";
import { SetUpResolver } from "./set-up/set-up.resolver.js";
import { SessionResolver } from "./visitors/session.resolver.js";
import { VisitorResolver } from "./visitors/visitor.resolver.js";
import { VisitorBlockResolver } from "./visitors/visitor-block.resolver.js";
import { WebsiteResolver } from "./website/website.resolver.js";

/** Builds the schema from the resolvers; nothing is opened or read. */
export function buildApiSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      AgentResolver,
      AgentSessionResolver,
      AttachmentResolver,
      BlockedNetworksResolver,
      ChannelResolver,
      ContactFormResolver,
      CountsResolver,
      ConversationResolver,
      ConversationsResolver,
      VisitorsConversationsResolver,
      DeliveriesResolver,
      DeliveryResolver,
      ErasureResolver,
      ForwardingPreferenceResolver,
      PreviewResolver,
      ForwardingResolver,
      InboundEmailResolver,
      InboundEmailsResolver,
      MessageOriginResolver,
      MessageResolver,
      MessagesResolver,
      OptOutResolver,
      PresenceResolver,
      SessionResolver,
      SetUpResolver,
      SuppressedAddressesResolver,
      TypingResolver,
      VisitorBlockResolver,
      WebsiteResolver,
      VisitorResolver,
    ],
    authChecker: createAuthChecker((context: OperationContext) => context.actAs(context.bearer)),
    // Required for subscriptions, but unused: each subscription has its own source (`subscribeToChanges`).
    pubSub: createPubSub(),
    // Operations validate their inputs themselves.
    validate: false,
  });
  describePermissions(schema);
  return schema;
}

/** The schema as in schema.graphql: sorted, so that diffs are small. */
export function printApiSchema(): string {
  return `# Emitted from the code by "npm run schema".\n\n${printSchema(lexicographicSortSchema(buildApiSchema()))}\n`;
}
