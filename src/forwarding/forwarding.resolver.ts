import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { Conversation } from "../conversations/conversation.entity.js";
import { Channel, channelOf } from "../graphql/channel-type.js";
import { type OperationContext, requireAgent } from "../graphql/context.js";
import { staff } from "../graphql/permissions.js";
import { Forwarding } from "./forwarding.js";
import { holdForwarding } from "./hold-forwarding.js";
import { releaseForwarding } from "./release-forwarding.js";

@Resolver(() => Forwarding)
export class ForwardingResolver {
  @FieldResolver(() => Channel, { nullable: true })
  channel(@Root() { channel }: Forwarding, @Ctx() { services }: OperationContext): Channel | null {
    return channel === null ? null : channelOf(services, channel);
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
