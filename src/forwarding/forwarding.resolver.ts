import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from "type-graphql";
import { Agent } from "../agents/agent.entity.js";
import { Channel, channelOf } from "../channels/channel.entity.js";
import { DeliveryFailureCode } from "../channels/delivery-failure-code.js";
import type { OperationContext } from "../context.js";
import { Conversation } from "../conversations/conversation.entity.js";
import { staff } from "../graphql/permissions.js";
import type { MaybePromise } from "../maybe-promise.js";
import { requireAgent } from "../viewer.js";
import { SuppressedAddress } from "./addresses/suppressed-address.js";
import { Delivery } from "./deliveries/delivery.entity.js";
import { DeliveryFailure } from "./deliveries/delivery.resolver.js";
import { Forwarding } from "./forwarding.js";
import { holdForwarding } from "./hold-forwarding.js";
import { releaseForwarding } from "./release-forwarding.js";

@Resolver(() => Forwarding)
export class ForwardingResolver {
  @FieldResolver(() => Channel, {
    nullable: true,
    description:
      "The channel that sends the next reply: the conversation's own, or the one that forwards pending replies.",
  })
  channel(@Root() { channel }: Forwarding, @Ctx() { services }: OperationContext): Channel | null {
    return channel === null ? null : channelOf(services, channel);
  }

  @FieldResolver(() => DeliveryFailure, {
    nullable: true,
    description:
      "Why the conversation's own channel cannot deliver the pending replies, so that another channel forwards them. Null for conversations on the website, and if nothing is pending.",
  })
  refusal(@Root() { refusal }: Forwarding): DeliveryFailure | null {
    return refusal === null ? null : { code: DeliveryFailureCode[refusal.code], detail: refusal.detail };
  }

  @FieldResolver(() => Int, { description: "How many earlier messages would go along with the pending replies." })
  contextMessages(@Root() { context }: Forwarding, @Ctx() { loaders }: OperationContext): MaybePromise<number> {
    return context === null ? 0 : loaders.contextMessages.load(JSON.stringify(context));
  }

  @FieldResolver(() => Delivery, {
    nullable: true,
    description: "The one that is QUEUED or SENDING; in FAILED and UNCERTAIN the last one. Otherwise null.",
  })
  delivery(@Root() { deliveryId }: Forwarding, @Ctx() { loaders }: OperationContext): MaybePromise<Delivery | null> {
    return deliveryId === null ? null : loaders.delivery.load(deliveryId);
  }

  @FieldResolver(() => Agent, { nullable: true, description: "Who holds the replies; null unless the state is HELD." })
  heldBy(@Root() { heldBy }: Forwarding, @Ctx() { loaders }: OperationContext): MaybePromise<Agent | null> {
    return heldBy === null ? null : loaders.agent.load(heldBy);
  }

  @FieldResolver(() => SuppressedAddress, {
    nullable: true,
    description: "Why nothing is sent to the address; null unless the state is ADDRESS_SUPPRESSED.",
  })
  async suppression(
    @Root() { suppressedAddress }: Forwarding,
    @Ctx() { loaders }: OperationContext,
  ): Promise<SuppressedAddress | null> {
    return suppressedAddress === null ? null : loaders.suppression(suppressedAddress);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, {
    description:
      "Holds pending replies back until they are released, read, or sent with `forwardNow`, and cancels a QUEUED delivery. Not possible on IMMEDIATE channels.",
  })
  holdForwarding(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return holdForwarding(context.services, requireAgent(context), conversationId);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, { description: "Ends a hold: pending replies are sent when they are due." })
  releaseForwarding(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return releaseForwarding(context.services, requireAgent(context), conversationId);
  }
}
