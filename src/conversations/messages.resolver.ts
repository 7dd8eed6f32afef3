import {
  Arg,
  Authorized,
  Ctx,
  Field,
  ID,
  InputType,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import { everyone } from "../graphql/permissions.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import { Limited } from "../limits/limited.js";
import { networkOf } from "../limits/network-of.js";
import { requireViewer } from "../viewer.js";
import { existing } from "./author.js";
import { Conversation } from "./conversation.entity.js";
import { findMessage } from "./find-message.js";
import { markRead } from "./mark-read.js";
import { Message } from "./message.entity.js";
import { maxTextLength } from "./parse-message-text.js";
import { sendMessage } from "./send-message.js";
import { conversationIdDescription, subscribeToChanges } from "./subscribe.js";

@InputType()
export class SendMessageInput {
  @Field(() => ID, {
    nullable: true,
    description:
      "Required from agents. A visitor may leave it out: the message goes to their newest open conversation, or begins a new one.",
  })
  conversationId?: string | null;

  @Field(() => String, { description: "1 to 10,000 characters. May be empty if there are attachments." })
  text!: string;

  @Field(() => String, {
    nullable: true,
    description: "Chosen by the client, unique per author. Sending the same one again returns the first message.",
  })
  clientMessageId?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description: "Ids of files that the author uploaded to `/attachments`. Each can be sent once.",
  })
  attachmentIds?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "Sends the message under this bot's name instead of the agent's. Agents and admins only.",
  })
  asBot?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Also forwards pending replies, this one included, at once. If they cannot be forwarded now, the message is sent all the same, and `Conversation.forwarding` says why. Agents and admins only.",
  })
  forwardNow?: boolean | null;
}

@InputType()
export class MarkReadInput {
  @Field(() => ID)
  conversationId!: string;

  @Field(() => ID, { description: "The newest message that was read." })
  messageId!: string;
}

type SubscriptionStart = {
  readonly context: OperationContext;
  readonly args: { readonly conversationId?: string | null };
};

/** A long message takes as much of a limit as several short ones; what is too long to be stored is refused later, and takes no more. */
function messagePoints({ input }: { readonly input: SendMessageInput }): number {
  return 1 + Math.floor(Math.min(input.text.length, maxTextLength) / 1_000);
}

@Resolver()
export class MessagesResolver {
  @Authorized(...everyone)
  @Query(() => Message, {
    nullable: true,
    description:
      "A message by its id; null if the caller can see none with this id. Visitors see only those of their own conversations, guests only those of the one that their link opened.",
  })
  async message(@Ctx() context: OperationContext, @Arg("id", () => ID) id: string): Promise<Message | null> {
    return findMessage(context, requireViewer(context), id);
  }

  @Authorized(...everyone)
  @Limited<{ input: SendMessageInput }>({ messagesOfVisitor: messagePoints, messagesOfNetwork: messagePoints })
  @Mutation(() => Message, {
    description:
      "Sends a message. A visitor's reopens a closed conversation; an agent's fails there with CONVERSATION_CLOSED.",
  })
  sendMessage(
    @Ctx() context: OperationContext,
    @Arg("input", () => SendMessageInput) input: SendMessageInput,
  ): Promise<Message> {
    const network = networkOf(context.remoteAddress);
    return sendMessage(context.services, requireViewer(context), withoutNulls(input), network);
  }

  @Authorized(...everyone)
  @Limited({ changesOfVisitor: 1, changesOfNetwork: 1 })
  @Mutation(() => Conversation, {
    description: "Marks a message and everything before it as read, by the visitor or by all agents together.",
  })
  markRead(
    @Ctx() context: OperationContext,
    @Arg("input", () => MarkReadInput) input: MarkReadInput,
  ): Promise<Conversation> {
    return markRead(context.services, requireViewer(context), input);
  }

  @Authorized(...everyone)
  @Subscription(() => Message, {
    description: "A message was sent or received.",
    subscribe: ({ context, args }: SubscriptionStart) =>
      subscribeToChanges(context, "messageAdded", args.conversationId),
  })
  async messageAdded(
    @Root() event: ChangeOf<"messageAdded">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, {
      nullable: true,
      description: conversationIdDescription,
    })
    _conversationId?: string | null,
  ): Promise<Message> {
    return existing(await context.loadersOf(event).message.load(event.messageId));
  }

  @Authorized(...everyone)
  @Subscription(() => Message, {
    description: "A message was read, edited, unsent or forwarded, or one of its deliveries changed.",
    subscribe: ({ context, args }: SubscriptionStart) =>
      subscribeToChanges(context, "messageUpdated", args.conversationId),
  })
  async messageUpdated(
    @Root() event: ChangeOf<"messageUpdated">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, {
      nullable: true,
      description: conversationIdDescription,
    })
    _conversationId?: string | null,
  ): Promise<Message> {
    return existing(await context.loadersOf(event).message.load(event.messageId));
  }
}
