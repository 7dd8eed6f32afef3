import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { Channel, channelOf } from "../channels/channel.entity.js";
import { DeliveryFailureCode } from "../channels/delivery-failure-code.js";
import type { OperationContext } from "../context.js";
import { Conversation } from "../conversations/conversation.entity.js";
import { staff } from "../graphql/permissions.js";
import { requireAgent } from "../viewer.js";
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
