import { Authorized, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { Attachment } from "../attachments/attachment.entity.js";
import { Channel, channelOf } from "../channels/channel.entity.js";
import type { OperationContext } from "../context.js";
import { Delivery } from "../forwarding/deliveries/delivery.entity.js";
import { encodeCursor } from "../graphql/connection.js";
import { staff } from "../graphql/permissions.js";
import { type MaybePromise, whenLoaded } from "../maybe-promise.js";
import type { Viewer } from "../viewer.js";
import { isGuest } from "../viewer.js";
import { maskEmail } from "../visitors/visitor-address.js";
import { Author, authorOf, existing } from "./author.js";
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

  @FieldResolver(() => Channel, { description: "How it came in: 'web', 'email', 'messenger', …" })
  via(@Root() message: Message, @Ctx() { services }: OperationContext): Channel {
    return channelOf(services, message.via);
  }

  @FieldResolver(() => Boolean, {
    description: "A reply: read by the visitor. A visitor's message: read by an agent.",
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
    description: "The address in '(forwarded to …)'; null until a delivery of this message has been sent.",
  })
  forwardedTo(@Root() message: Message, @Ctx() { viewer }: OperationContext): string | null {
    const { forwardedTo } = message;
    // Masked like Visitor.email, because the link of a guest session may have been passed on.
    return forwardedTo?.includes("@") && isGuest(viewer) ? maskEmail(forwardedTo) : forwardedTo;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "As its author gave it; for the author only. Tells an echo from a new message.",
  })
  clientMessageId(@Root() message: Message, @Ctx() { viewer }: OperationContext): string | null {
    return isAuthor(viewer, message) ? message.clientMessageId : null;
  }

  @FieldResolver(() => String, {
    description: "For messages(after:): what came after this one, after a reconnection.",
  })
  cursor(@Root() message: Message): string {
    return encodeCursor([message.position]);
  }

  @Authorized(...staff)
  @FieldResolver(() => [Delivery], { description: "A D" })
  deliveries(@Root() message: Message, @Ctx() { loaders }: OperationContext): Promise<Delivery[]> {
    return loaders.deliveriesOfMessage.load(message.id);
  }
}

// Visitors only see their own conversations, so any visitor message that they see is theirs.
function isAuthor(viewer: Viewer | null, message: Message): boolean {
  if (viewer?.kind === "agent") return isReply(message) && message.authorId === viewer.agentId;
  return viewer !== null && !isReply(message);
}
