import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Resolver, Root } from "type-graphql";
import { Agent } from "../agents/agent.entity.js";
import { Channel, channelOf } from "../channels/channel.entity.js";
import type { OperationContext } from "../context.js";
import { Forwarding } from "../forwarding/forwarding.js";
import { Connection, connectionType, positionCursor, readPage } from "../graphql/connection.js";
import { DateTime } from "../graphql/date-time.js";
import { staff } from "../graphql/permissions.js";
import { type MaybePromise, whenLoaded } from "../maybe-promise.js";
import { Visitor } from "../visitors/visitor.entity.js";
import { existing } from "./author.js";
import { Conversation, type ShownConversation } from "./conversation.entity.js";
import { listMessages } from "./list-messages.js";
import { Message, messageFromStored } from "./message.entity.js";

const MessageConnection = connectionType("Message", () => Message);

/** The fields of a conversation that are not columns of its row. */
@Resolver(() => Conversation)
export class ConversationResolver {
  @FieldResolver(() => Visitor)
  visitor(@Root() conversation: ShownConversation, @Ctx() { loaders }: OperationContext): MaybePromise<Visitor> {
    return whenLoaded(loaders.visitor.load(conversation.visitorId), existing);
  }

  @FieldResolver(() => Channel, {
    description: "Where the visitor writes from: the website (`web`) or another channel.",
  })
  channel(@Root() conversation: ShownConversation, @Ctx() { services }: OperationContext): Channel {
    return channelOf(services, conversation.channel);
  }

  @FieldResolver(() => Agent, {
    nullable: true,
    description: "The agent who is responsible for it; null if it is unassigned.",
  })
  assignee(@Root() conversation: ShownConversation, @Ctx() { loaders }: OperationContext): MaybePromise<Agent | null> {
    return conversation.assigneeId === null ? null : loaders.agent.load(conversation.assigneeId);
  }

  @Authorized(...staff)
  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      "Until when the conversation's own channel takes an agent's answers, counted from what the visitor last wrote there; in the past, once it takes none until they write there again. Null where it always does.",
  })
  async replyWindowEndsAt(
    @Root() conversation: ShownConversation,
    @Ctx() { services, loaders }: OperationContext,
  ): Promise<Date | null> {
    const hours = services.channels.get(conversation.channel)?.plugin.supports.replyWindowHours ?? null;
    if (hours === null) return null;
    const wroteAt = await loaders.lastInbound.load(conversation.id);
    // It is tried while nobody knows when the visitor wrote there: the vendor decides.
    return wroteAt === null ? null : new Date(wroteAt.getTime() + hours * 3_600_000);
  }

  @FieldResolver(() => Message, { nullable: true, description: "The newest message." })
  lastMessage(@Root() conversation: ShownConversation, @Ctx() { loaders }: OperationContext): Message | null {
    loaders.conversation.prime(conversation);
    return conversation.lastMessage === null ? null : messageFromStored(conversation.lastMessage);
  }

  @FieldResolver(() => MessageConnection, {
    description:
      "The messages in the order they were sent; the newest 25 by default. Page backward with `last` and `before`, forward with `first` and `after`.",
  })
  async messages(
    @Root() conversation: ShownConversation,
    @Ctx() context: OperationContext,
    @Arg("first", () => Int, { nullable: true }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
    @Arg("last", () => Int, { nullable: true }) last?: number | null,
    @Arg("before", () => String, { nullable: true }) before?: string | null,
  ): Promise<Connection<Message>> {
    context.loaders.conversation.prime(conversation);
    const page = readPage({ first, after, last, before }, positionCursor);
    return new Connection(await listMessages(context, conversation, page), ({ position }) => [position]);
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: "The id of the newest message that the visitor has read; null if none.",
  })
  readByVisitorUpTo(
    @Root() conversation: ShownConversation,
    @Ctx() context: OperationContext,
  ): MaybePromise<string | null> {
    return messageIdAt(conversation, conversation.visitorReadPosition, context);
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: "The id of the newest message that an agent has read; null if none.",
  })
  readByAgentsUpTo(
    @Root() conversation: ShownConversation,
    @Ctx() context: OperationContext,
  ): MaybePromise<string | null> {
    return messageIdAt(conversation, conversation.agentsReadPosition, context);
  }

  @Authorized(...staff)
  @FieldResolver(() => Forwarding, { description: "What happens next to the replies that the visitor has not seen." })
  forwarding(
    @Root() conversation: ShownConversation,
    @Ctx() { services, loaders }: OperationContext,
  ): Promise<Forwarding> {
    return loaders.forwarding(services, conversation.id);
  }
}

/** Usually the last message, whose id is stored in the conversation's row. */
function messageIdAt(
  conversation: ShownConversation,
  position: number,
  { loaders }: OperationContext,
): MaybePromise<string | null> {
  if (position === 0) return null;
  const last = conversation.lastMessage;
  return last?.position === position ? last.id : loaders.messageIdAt(conversation.id, position);
}
