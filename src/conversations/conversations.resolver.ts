import type { GraphQLResolveInfo } from "graphql";
import {
  Arg,
  Authorized,
  Ctx,
  Field,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import {
  Connection,
  connectionType,
  newestFirstCursor,
  newestFirstKeys,
  readForwardPage,
} from "../graphql/connection.js";
import { everyone, staff } from "../graphql/permissions.js";
import { requestedFields } from "../graphql/requested-fields.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import { requireAgent, requireViewer } from "../viewer.js";
import { revokeResumeCodes } from "../visitors/revoke-resume-codes.js";
import { assignConversation } from "./assign-conversation.js";
import { existing } from "./author.js";
import { closeConversation } from "./close-conversation.js";
import { Conversation, ConversationStatus, type ShownConversation } from "./conversation.entity.js";
import { findConversation } from "./find-conversation.js";
import { listConversations } from "./list-conversations.js";
import { listedColumns } from "./listed-columns.js";
import { reopenConversation } from "./reopen-conversation.js";
import { subscribeToChanges } from "./subscribe.js";

const ConversationConnection = connectionType("Conversation", () => Conversation);

@InputType()
export class ConversationFilter {
  @Field(() => ConversationStatus, { nullable: true })
  status?: ConversationStatus | null;

  @Field(() => ID, { nullable: true, description: "A channel's id." })
  channel?: string | null;

  @Field(() => ID, { nullable: true })
  assigneeId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Words in the visitor's name, email address or messages.",
  })
  search?: string | null;
}

@InputType()
export class AssignConversationInput {
  @Field(() => ID)
  conversationId!: string;

  @Field(() => ID, { nullable: true })
  agentId?: string | null;
}

@Resolver()
export class ConversationsResolver {
  @Authorized(...everyone)
  @Query(() => Conversation, {
    nullable: true,
    description: "V A D  A visitor sees only their own. Null when there is none, or none that the viewer may see.",
  })
  conversation(@Ctx() context: OperationContext, @Arg("id", () => ID) id: string): Promise<Conversation | null> {
    return findConversation(context.services, requireViewer(context), id);
  }

  @Authorized(...everyone)
  @Query(() => ConversationConnection, {
    description: "V A D  Newest activity first. A visitor sees only their own.",
  })
  async conversations(
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
    @Arg("filter", () => ConversationFilter, { nullable: true }) filter?: ConversationFilter | null,
    @Arg("first", () => Int, { nullable: true, defaultValue: 25 }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
  ): Promise<Connection<ShownConversation>> {
    const { services, loaders } = context;
    const page = readForwardPage({ first, after }, newestFirstCursor);
    const columns = listedColumns(requestedFields(info));
    const found = await listConversations(services, requireViewer(context), withoutNulls(filter ?? {}), page, columns);
    for (const conversation of found.items) {
      loaders.conversation.prime(conversation);
      if (conversation.visitor !== null) loaders.visitor.prime(conversation.visitor);
      if (conversation.assignee !== null) loaders.agent.prime(conversation.assignee);
    }
    return new Connection<ShownConversation>(found, ({ lastActivityAt, id }) => newestFirstKeys(lastActivityAt, id));
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, { description: "A D" })
  assignConversation(
    @Ctx() context: OperationContext,
    @Arg("input", () => AssignConversationInput) input: AssignConversationInput,
  ): Promise<Conversation> {
    return assignConversation(context.services, requireAgent(context), input);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, { description: "A D" })
  closeConversation(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return closeConversation(context.services, requireAgent(context), conversationId);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, { description: "A D" })
  reopenConversation(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return reopenConversation(context.services, requireAgent(context), conversationId);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, {
    description: "A D  The links in emails about this conversation stop working.",
  })
  revokeResumeCodes(
    @Ctx() { services }: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return revokeResumeCodes(services, conversationId);
  }

  @Authorized(...everyone)
  @Subscription(() => Conversation, {
    description:
      "V A D  Created, or anything of it changed: status, assignee, counts, positions, the visitor's presence and page, forwarding. Agents hear of new conversations here.",
    subscribe: ({ context, args }: { context: OperationContext; args: { conversationId?: string | null } }) =>
      subscribeToChanges(context, "conversationUpdated", args.conversationId),
  })
  async conversationUpdated(
    @Root() event: ChangeOf<"conversationUpdated">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, { nullable: true }) _conversationId?: string | null,
  ): Promise<ShownConversation> {
    return existing(await context.loadersOf(event).conversation.load(event.conversationId));
  }
}
