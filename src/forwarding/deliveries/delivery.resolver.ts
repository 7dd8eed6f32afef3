import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import { Agent } from "../../agents/agent.entity.js";
import { Channel, channelOf } from "../../channels/channel.entity.js";
import { DeliveryFailureCode } from "../../channels/delivery-failure-code.js";
import type { OperationContext } from "../../context.js";
import { existing } from "../../conversations/author.js";
import { Conversation, type ShownConversation } from "../../conversations/conversation.entity.js";
import { Message } from "../../conversations/message.entity.js";
import { DateTime } from "../../graphql/date-time.js";
import { type MaybePromise, whenLoaded } from "../../maybe-promise.js";
import { Delivery, DeliveryStatus, isLate } from "./delivery.entity.js";

@ObjectType({ simpleResolvers: true, description: "Why replies could not be delivered." })
export class DeliveryFailure {
  @Field(() => DeliveryFailureCode)
  code!: DeliveryFailureCode;

  @Field(() => String, { nullable: true, description: "What the vendor answered." })
  detail!: string | null;
}

const endedStatuses: ReadonlySet<DeliveryStatus> = new Set([
  DeliveryStatus.BOUNCED,
  DeliveryStatus.CANCELLED,
  DeliveryStatus.FAILED,
  DeliveryStatus.UNCERTAIN,
]);

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

  @FieldResolver(() => String, { description: "The address that it is sent to." })
  address(@Root() delivery: Delivery): string {
    return delivery.addressShown;
  }

  @FieldResolver(() => [Message], {
    description: "The replies that it carries, without the earlier messages sent along.",
  })
  messages(@Root() delivery: Delivery, @Ctx() { loaders }: OperationContext): Promise<Message[]> {
    return loaders.messagesOfDelivery.load(delivery.id);
  }

  @FieldResolver(() => Boolean, {
    description: "Whether it was sent, or is still unsent, more than an hour after it was due.",
  })
  late(@Root() delivery: Delivery, @Ctx() { services }: OperationContext): boolean {
    return isLate(delivery, services.clock.now());
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: "When it was given up, cancelled or returned, or its end became unknown; null otherwise.",
  })
  endedAt(@Root() { status, finishedAt }: Delivery): Date | null {
    return endedStatuses.has(status) ? finishedAt : null;
  }

  @FieldResolver(() => Agent, {
    nullable: true,
    description: "The agent who asked for it with `forwardNow`; null unless the trigger is REQUESTED.",
  })
  async requestedBy(@Root() { requestedBy }: Delivery, @Ctx() { loaders }: OperationContext): Promise<Agent | null> {
    return requestedBy === null ? null : loaders.agent.load(requestedBy);
  }

  @FieldResolver(() => DeliveryFailure, { nullable: true, description: "Why the last attempt failed." })
  failure(@Root() { failureCode, failureDetail }: Delivery): DeliveryFailure | null {
    return failureCode === null ? null : { code: DeliveryFailureCode[failureCode], detail: failureDetail };
  }
}
