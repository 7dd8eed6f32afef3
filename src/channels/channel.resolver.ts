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
  async health(@Root() channel: Channel, @Ctx() { services, loaders }: OperationContext): Promise<ChannelHealth> {
    if (channel.id === webChannel) return { status: ChannelStatus.READY, detail: null, checkedAt: null };
    const health = (await loaders.channelHealth(services)).get(channel.id);
    if (health === undefined) {
      return {
        status: ChannelStatus.NOT_CONFIGURED,
        detail: "not installed: CHANNELS does not name it",
        checkedAt: null,
      };
    }
    return { ...health, status: ChannelStatus[health.status] };
  }
}
