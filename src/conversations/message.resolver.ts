import { Authorized, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { Attachment } from "../attachments/attachment.entity.js";
import { Author } from "../author.js";
import { Channel, channelOf } from "../channels/channel.entity.js";
import type { OperationContext } from "../context.js";
import { Delivery } from "../forwarding/deliveries/delivery.entity.js";
import { encodeCursor } from "../graphql/connection.js";
import { staff } from "../graphql/permissions.js";
import { type MaybePromise, whenLoaded } from "../maybe-promise.js";
import type { Viewer } from "../viewer.js";
import { isGuest } from "../viewer.js";
import { maskEmail } from "../visitors/visitor-address.js";
import { authorOf, existing } from "./author.js";
import { Conversation, type ShownConversation } from "./conversation.entity.js";
import { isReply, Message } from "./message.entity.js";

/** The fields of a message that are not columns of its row. */
@Resolver(() => Message)
export class MessageResolver {
  @FieldResolver(() => Conversation)
  conversation(@Root() message: Message, @Ctx() { loaders }: OperationContext): MaybePromise<ShownConversation> {
    return whenLoaded(loaders.conversation.load(message.conversationId), existing);
  }

  @FieldResolver(() => Author)
  author(@Root() message: Message, @Ctx() { loaders }: OperationContext): MaybePromise<Author> {
    return authorOf(message, loaders);
  }

  @FieldResolver(() => [Attachment])
  attachments(@Root() message: Message): Attachment[] {
    return (message.attachments ?? []).map((sent) => Object.assign(new Attachment(), sent));
  }

  @FieldResolver(() => Channel, { description: "The channel that it was written on: `web`, `email`, `messenger`, …" })
  via(@Root() message: Message, @Ctx() { services }: OperationContext): Channel {
    return channelOf(services, message.via);
  }

  @FieldResolver(() => Boolean, {
    description: "Whether the other side has read it: the visitor a reply, any agent a visitor's message.",
  })
  read(@Root() message: Message, @Ctx() { loaders }: OperationContext): MaybePromise<boolean> {
    return whenLoaded(loaders.conversation.load(message.conversationId), (found) => {
      const { visitorReadPosition, agentsReadPosition } = existing(found);
      if (!isReply(message)) return message.position <= agentsReadPosition;
      // A visitor who has read a later message on Messenger has not seen a reply that Messenger rejected.
      const undelivered = message.undeliverableAt !== null && message.forwardedTo === null;
      return !undelivered && message.position <= visitorReadPosition;
    });
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The address that the reply was forwarded to, for "(forwarded to …)"; null until a delivery of it was sent. Email addresses are masked for guests.',
  })
  forwardedTo(@Root() message: Message, @Ctx() { viewer }: OperationContext): string | null {
    const { forwardedTo } = message;
    // Masked like Visitor.email, because the link of a guest session may have been passed on.
    return forwardedTo?.includes("@") && isGuest(viewer) ? maskEmail(forwardedTo) : forwardedTo;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "As the author's client chose it, so that it recognises its own message; null for everyone but the author.",
  })
  clientMessageId(@Root() message: Message, @Ctx() { viewer }: OperationContext): string | null {
    return isAuthor(viewer, message) ? message.clientMessageId : null;
  }

  @FieldResolver(() => String, {
    description: "For `messages(after:)`: loads what came after this message, for example after a reconnection.",
  })
  cursor(@Root() message: Message): string {
    return encodeCursor([message.position]);
  }

  @Authorized(...staff)
  @FieldResolver(() => [Delivery], { description: "The deliveries that carried this reply." })
  deliveries(@Root() message: Message, @Ctx() { loaders }: OperationContext): Promise<Delivery[]> {
    return loaders.deliveriesOfMessage.load(message.id);
  }
}

// Visitors only see their own conversations, so any visitor message that they see is theirs.
function isAuthor(viewer: Viewer | null, message: Message): boolean {
  if (viewer?.kind === "agent") return isReply(message) && message.authorId === viewer.agentId;
  return viewer !== null && !isReply(message);
}
