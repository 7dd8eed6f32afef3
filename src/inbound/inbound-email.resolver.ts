import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { Channel, channelOf } from "../channels/channel.entity.js";
import type { OperationContext } from "../context.js";
import { Conversation, type ShownConversation } from "../conversations/conversation.entity.js";
import { Message } from "../conversations/message.entity.js";
import { Delivery } from "../forwarding/deliveries/delivery.entity.js";
import type { MaybePromise } from "../maybe-promise.js";
import { InboundOriginal } from "./inbound-original.entity.js";
import { InboundReason } from "./inbound-reason.js";
import { OriginalFile, originalFileOf } from "./original-file.js";

/** The fields of InboundEmail that are not columns of its row. Only admins can query it. */
@Resolver(() => InboundOriginal)
export class InboundEmailResolver {
  @FieldResolver(() => Channel, { description: "The channel that received it." })
  channel(@Root() original: InboundOriginal, @Ctx() { services }: OperationContext): Channel {
    return channelOf(services, original.channel);
  }

  @FieldResolver(() => String, { nullable: true, description: "The sender that the email states; not verified." })
  from(@Root() original: InboundOriginal): string | null {
    return original.sender;
  }

  @FieldResolver(() => [String], { description: "The addresses that it was received for." })
  to(@Root() original: InboundOriginal): string[] {
    return original.recipients;
  }

  @FieldResolver(() => InboundReason, { nullable: true, description: "Why it was DROPPED; null otherwise." })
  reason(@Root() original: InboundOriginal): InboundOriginal["reason"] {
    return original.reason;
  }

  @FieldResolver(() => Conversation, {
    nullable: true,
    description: "The conversation that it belongs to; null if none is known.",
  })
  conversation(
    @Root() { conversationId }: InboundOriginal,
    @Ctx() { loaders }: OperationContext,
  ): MaybePromise<ShownConversation | null> {
    return conversationId === null ? null : loaders.conversation.load(conversationId);
  }

  @FieldResolver(() => Message, { nullable: true, description: "The message that it became; null if it became none." })
  message(@Root() { messageId }: InboundOriginal, @Ctx() { loaders }: OperationContext): MaybePromise<Message | null> {
    return messageId === null ? null : loaders.message.load(messageId);
  }

  @FieldResolver(() => Delivery, {
    nullable: true,
    description: "The delivery that it answers or reports on; null if none is known.",
  })
  delivery(
    @Root() { deliveryId }: InboundOriginal,
    @Ctx() { loaders }: OperationContext,
  ): MaybePromise<Delivery | null> {
    return deliveryId === null ? null : loaders.delivery.load(deliveryId);
  }

  @FieldResolver(() => OriginalFile, {
    nullable: true,
    description:
      "The email as it was received. Deleted 30 days after processing if it became no message, and when its visitor is erased.",
  })
  original(@Root() original: InboundOriginal, @Ctx() { services }: OperationContext): OriginalFile | null {
    return originalFileOf(services, original);
  }
}
