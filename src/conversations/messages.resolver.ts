import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver, Root, Subscription } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import { everyone } from "../graphql/permissions.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import { requireViewer } from "../viewer.js";
import { existing } from "./author.js";
import { Conversation } from "./conversation.entity.js";
import { markRead } from "./mark-read.js";
import { Message } from "./message.entity.js";
import { sendMessage } from "./send-message.js";
import { subscribeToChanges } from "./subscribe.js";

@InputType()
export class SendMessageInput {
  @Field(() => ID, {
    nullable: true,
    description: "A visitor may leave it out: the open conversation, or a new one.",
  })
  conversationId?: string | null;

  @Field(() => String, { description: "1 to 10,000 characters; may be empty beside an attachment." })
  text!: string;

  @Field(() => String, {
    nullable: true,
    description: "Unique per author; a repetition returns the first message.",
  })
  clientMessageId?: string | null;

  @Field(() => [ID], { nullable: true })
  attachmentIds?: string[] | null;

  @Field(() => String, { nullable: true, description: "A D  Writes as this bot instead of the agent." })
  asBot?: string | null;
}

@InputType()
export class MarkReadInput {
  @Field(() => ID)
  conversationId!: string;

  @Field(() => ID)
  messageId!: string;
}

type SubscriptionStart = {
  readonly context: OperationContext;
  readonly args: { readonly conversationId?: string | null };
};

@Resolver()
export class MessagesResolver {
  @Authorized(...everyone)
  @Mutation(() => Message, {
    description: "V A D  Repeating a clientMessageId returns the first message again.",
  })
  sendMessage(
    @Ctx() context: OperationContext,
    @Arg("input", () => SendMessageInput) input: SendMessageInput,
  ): Promise<Message> {
    return sendMessage(context.services, requireViewer(context), withoutNulls(input));
  }

  @Authorized(...everyone)
  @Mutation(() => Conversation, {
    description: "V A D  Marks everything up to and including this message as read by the caller's side.",
  })
  markRead(
    @Ctx() context: OperationContext,
    @Arg("input", () => MarkReadInput) input: MarkReadInput,
  ): Promise<Conversation> {
    return markRead(context.services, requireViewer(context), input);
  }

  @Authorized(...everyone)
  @Subscription(() => Message, {
    description: "V A D  A visitor hears their own conversations; an agent one, or all when the id is left out.",
    subscribe: ({ context, args }: SubscriptionStart) =>
      subscribeToChanges(context, "messageAdded", args.conversationId),
  })
  async messageAdded(
    @Root() event: ChangeOf<"messageAdded">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, { nullable: true }) _conversationId?: string | null,
  ): Promise<Message> {
    return existing(await context.loadersOf(event).message.load(event.messageId));
  }

  @Authorized(...everyone)
  @Subscription(() => Message, {
    description: "V A D  Read, forwarded, or a delivery of it changed.",
    subscribe: ({ context, args }: SubscriptionStart) =>
      subscribeToChanges(context, "messageUpdated", args.conversationId),
  })
  async messageUpdated(
    @Root() event: ChangeOf<"messageUpdated">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, { nullable: true }) _conversationId?: string | null,
  ): Promise<Message> {
    return existing(await context.loadersOf(event).message.load(event.messageId));
  }
}
