import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import { Channel, channelOf } from "../../channels/channel.entity.js";
import { DeliveryFailureCode } from "../../channels/failure-code.js";
import type { OperationContext } from "../../context.js";
import { existing } from "../../conversations/author.js";
import { Conversation, type ShownConversation } from "../../conversations/conversation.entity.js";
import { Message } from "../../conversations/message.entity.js";
import { type MaybePromise, whenLoaded } from "../../maybe-promise.js";
import { Delivery, isLate } from "./delivery.entity.js";

@ObjectType({ simpleResolvers: true })
export class DeliveryFailure {
  @Field(() => DeliveryFailureCode)
  code!: DeliveryFailureCode;

  @Field(() => String, { nullable: true })
  detail!: string | null;
}

/** The fields of a delivery that are not columns of its row. Deliveries are shown to staff only. */
@Resolver(() => Delivery)
export class DeliveryResolver {
  @FieldResolver(() => Conversation)
  conversation(@Root() delivery: Delivery, @Ctx() { loaders }: OperationContext): MaybePromise<ShownConversation> {
    return whenLoaded(loaders.conversation.load(delivery.conversationId), existing);
  }

  @FieldResolver(() => Channel)
  channel(@Root() delivery: Delivery, @Ctx() { services }: OperationContext): Channel {
    return channelOf(services, delivery.channel);
  }

  @FieldResolver(() => String)
  address(@Root() delivery: Delivery): string {
    return delivery.addressShown;
  }

  @FieldResolver(() => [Message], { description: "The replies it carries, context left out." })
  messages(@Root() delivery: Delivery, @Ctx() { loaders }: OperationContext): Promise<Message[]> {
    return loaders.messagesOfDelivery.load(delivery.id);
  }

  @FieldResolver(() => Boolean, {
    description: "Sent, or still unsent, more than an hour after it was due.",
  })
  late(@Root() delivery: Delivery, @Ctx() { services }: OperationContext): boolean {
    return isLate(delivery, services.clock.now());
  }

  @FieldResolver(() => DeliveryFailure, { nullable: true })
  failure(@Root() { failureCode, failureDetail }: Delivery): DeliveryFailure | null {
    return failureCode === null ? null : { code: DeliveryFailureCode[failureCode], detail: failureDetail };
  }
}
