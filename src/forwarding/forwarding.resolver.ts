import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { Channel, channelOf } from "../channels/channel.entity.js";
import { DeliveryFailureCode } from "../channels/failure-code.js";
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
      "By which the next reply goes on: the channel that the conversation came from, or the one that forwards what waits.",
  })
  channel(@Root() { channel }: Forwarding, @Ctx() { services }: OperationContext): Channel | null {
    return channel === null ? null : channelOf(services, channel);
  }

  @FieldResolver(() => DeliveryFailure, {
    nullable: true,
    description:
      "Why the channel that the conversation came from cannot deliver what is pending, so that another one forwards it; null when nothing is, or on the website.",
  })
  refusal(@Root() { refusal }: Forwarding): DeliveryFailure | null {
    return refusal === null ? null : { code: DeliveryFailureCode[refusal.code], detail: refusal.detail };
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, {
    description: "A D  Keeps pending replies back until released, read, or forwarded by hand.",
  })
  holdForwarding(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return holdForwarding(context.services, requireAgent(context), conversationId);
  }

  @Authorized(...staff)
  @Mutation(() => Conversation, { description: "A D" })
  releaseForwarding(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Conversation> {
    return releaseForwarding(context.services, requireAgent(context), conversationId);
  }
}
