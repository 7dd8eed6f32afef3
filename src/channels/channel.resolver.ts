import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { webChannel } from "../conversations/conversation.entity.js";
import { allChannels, Channel, ChannelHealth, ChannelStatus } from "../graphql/channel-type.js";
import type { OperationContext } from "../graphql/context.js";
import { staff } from "../graphql/permissions.js";

@Resolver(() => Channel)
export class ChannelResolver {
  @Authorized(...staff)
  @Query(() => [Channel], { description: "A D  Every channel that is installed, ready or not." })
  channels(@Ctx() { services }: OperationContext): Channel[] {
    return allChannels(services);
  }

  @Authorized(...staff)
  @FieldResolver(() => ChannelHealth, { nullable: true, description: "A D" })
  health(@Root() channel: Channel, @Ctx() { services }: OperationContext): ChannelHealth {
    if (channel.id === webChannel) return { status: ChannelStatus.READY, detail: null, checkedAt: null };
    if (services.channels.get(channel.id) === undefined) {
      return {
        status: ChannelStatus.NOT_CONFIGURED,
        detail: "not installed: CHANNELS does not name it",
        checkedAt: null,
      };
    }
    const { status, detail, checkedAt } = services.channels.health(channel.id);
    return { status: ChannelStatus[status], detail, checkedAt };
  }
}
