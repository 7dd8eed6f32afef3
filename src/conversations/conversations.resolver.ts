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
  registerEnumType,
  Subscription,
} from "type-graphql";
import { z } from "zod";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import { ForwardingState } from "../forwarding/forwarding.js";
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
import { ConversationOrder, type ConversationFilter as ListFilter, listConversations } from "./list-conversations.js";
import { listedColumns } from "./listed-columns.js";
import { reopenConversation } from "./reopen-conversation.js";
import { conversationIdDescription, subscribeToChanges } from "./subscribe.js";

export const ConversationConnection = connectionType("Conversation", () => Conversation);

@InputType()
export class ConversationFilter {
  @Field(() => ConversationStatus, { nullable: true })
  status?: ConversationStatus | null;

  @Field(() => ID, { nullable: true, description: "The id of the channel that the visitor writes from." })
  channel?: string | null;

  @Field(() => ID, { nullable: true })
  assigneeId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Words, or beginnings of words, in the visitor's name, email address or messages; all must match. Guests cannot search by email address.",
  })
  search?: string | null;

  @Field(() => [ForwardingState], {
    nullable: true,
    description: "What becomes of the replies is one of these. Agents and admins only.",
  })
  forwarding?: ForwardingState[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "The conversation is open, and the visitor wrote last; false: the others. Agents and admins only.",
  })
  needsReply?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Nobody is responsible for it; false: somebody is. Agents and admins only.",
  })
  unassigned?: boolean | null;
}

registerEnumType(ConversationOrder, {
  name: "ConversationOrder",
  valuesConfig: {
    DUE: {
      description:
        "Those whose replies will be forwarded, the earliest first; then the others, newest activity first. Agents and admins only.",
    },
    LAST_ACTIVITY: { description: "Newest activity first." },
  },
});

@InputType()
export class AssignConversationInput {
  @Field(() => ID)
  conversationId!: string;

  @Field(() => ID, { nullable: true, description: "Null or left out: nobody." })
  agentId?: string | null;
}

@Resolver()
export class ConversationsResolver {
  @Authorized(...everyone)
  @Query(() => Conversation, {
    nullable: true,
    description:
      "A conversation by its id; null if the caller can see none with this id. Visitors see only their own conversations, guests only the one that their link opened.",
  })
  conversation(@Ctx() context: OperationContext, @Arg("id", () => ID) id: string): Promise<Conversation | null> {
    return findConversation(context, requireViewer(context), id);
  }

  @Authorized(...everyone)
  @Query(() => ConversationConnection, {
    description:
      "Conversations, newest activity first by default. Visitors see only their own, guests only the one that their link opened.",
  })
  async conversations(
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
    @Arg("filter", () => ConversationFilter, { nullable: true }) filter?: ConversationFilter | null,
    @Arg("first", () => Int, { nullable: true, defaultValue: 25 }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
    @Arg("order", () => ConversationOrder, { nullable: true, defaultValue: ConversationOrder.LAST_ACTIVITY })
    order?: ConversationOrder | null,
  ): Promise<Connection<ShownConversation>> {
    return readConversations(context, info, withoutNulls(filter ?? {}), { first, after, order });
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, { description: "Assigns a conversation to an agent, or to nobody." })
  assignConversation(
    @Ctx() context: OperationContext,
    @Arg("input", () => AssignConversationInput) input: AssignConversationInput,
  ): Promise<Conversation> {
    return assignConversation(context.services, requireAgent(context), input);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, { description: "Closes a conversation. Pending replies are still forwarded." })
  closeConversation(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return closeConversation(context.services, requireAgent(context), conversationId);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, { description: "Reopens a closed conversation." })
  reopenConversation(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return reopenConversation(context.services, requireAgent(context), conversationId);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, {
    description:
      "Invalidates the links in the emails sent so far about a conversation, and ends the guest sessions that they opened.",
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
      "A conversation began, or something about it changed: status, assignee, unread counts, read positions, forwarding, or its visitor's presence and page.",
    subscribe: ({ context, args }: { context: OperationContext; args: { conversationId?: string | null } }) =>
      subscribeToChanges(context, "conversationUpdated", args.conversationId),
  })
  async conversationUpdated(
    @Root() event: ChangeOf<"conversationUpdated">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, {
      nullable: true,
      description: conversationIdDescription,
    })
    _conversationId?: string | null,
  ): Promise<ShownConversation> {
    return existing(await context.loadersOf(event).conversation.load(event.conversationId));
  }
}

/** How many come before; nobody pages further. */
const placeCursor = z.tuple([z.int().min(0).max(100_000)]);

/** A page of conversations, with the rows beside them that were asked for. */
export async function readConversations(
  context: OperationContext,
  info: GraphQLResolveInfo,
  filter: ListFilter,
  args: {
    readonly first?: number | null | undefined;
    readonly after?: string | null | undefined;
    readonly order?: ConversationOrder | null | undefined;
  },
): Promise<Connection<ShownConversation>> {
  const { loaders, services } = context;
  const order = args.order ?? ConversationOrder.LAST_ACTIVITY;
  const page = readForwardPage(args, order === ConversationOrder.DUE ? placeCursor : newestFirstCursor);
  const columns = listedColumns(requestedFields(info));
  const found = await listConversations(services, requireViewer(context), filter, page, columns, order);
  for (const conversation of found.items) {
    loaders.conversation.prime(conversation);
    if (conversation.visitor !== null) loaders.visitor.prime(conversation.visitor);
    if (conversation.assignee !== null) loaders.agent.prime(conversation.assignee);
  }
  if (order === ConversationOrder.DUE) {
    const before = Number(page.cursor?.[0] ?? 0);
    const places = new Map(found.items.map((one, index) => [one.id, before + index + 1]));
    return new Connection<ShownConversation>(found, ({ id }) => [places.get(id) ?? 0]);
  }
  return new Connection<ShownConversation>(found, ({ lastActivityAt, id }) => newestFirstKeys(lastActivityAt, id));
}
