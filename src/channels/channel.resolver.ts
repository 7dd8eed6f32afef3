import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import { DateTime } from "../graphql/date-time.js";
import { admins, staff } from "../graphql/permissions.js";
import {
  allChannels,
  Channel,
  ChannelFailure,
  ChannelHealth,
  ChannelQueue,
  ChannelSetting,
  ChannelStatus,
  channelOf,
} from "./channel.entity.js";
import { DeliveryFailureCode } from "./delivery-failure-code.js";
import { checkChannelNow } from "./health/check-channel-now.js";
import { resumePausedChannel } from "./health/resume-paused-channel.js";
import { webChannel } from "./web-channel.js";

@Resolver(() => Channel)
export class ChannelResolver {
  @Authorized(...staff)
  @Query(() => [Channel], { description: "The website and every installed channel, configured or not." })
  channels(@Ctx() { services }: OperationContext): Channel[] {
    return allChannels(services);
  }

  @Authorized(...admins)
  @Mutation(() => Channel, {
    description:
      "Checks a paused channel at once. If it can send, its queue resumes; otherwise CONFLICT says what the vendor answered.",
  })
  async resumeChannel(
    @Ctx() { services }: OperationContext,
    @Arg("channel", () => ID) channel: string,
  ): Promise<Channel> {
    await resumePausedChannel(services, channel);
    return channelOf(services, channel);
  }

  @Authorized(...staff)
  @Mutation(() => Channel, {
    description:
      "Looks at once whether sending through a channel would work, and updates its `health`: refused credentials pause it, and success ends a pause. What is found is no error.",
  })
  async checkChannel(
    @Ctx() { services }: OperationContext,
    @Arg("channel", () => ID) channel: string,
  ): Promise<Channel> {
    await checkChannelNow(services, channel);
    return channelOf(services, channel);
  }

  @Authorized(...staff)
  @Subscription(() => Channel, {
    description:
      "A channel was checked, paused, resumed or slowed down, or failed: of equal failures, one in ten seconds. `queue` and what arrives change too often to count: `deliveryUpdated` and `messageAdded` report them.",
    subscribe: ({ context }: { context: OperationContext }) =>
      context.services.events.subscribe("channelUpdated", "all"),
  })
  channelUpdated(@Root() event: ChangeOf<"channelUpdated">, @Ctx() context: OperationContext): Channel {
    context.loadersOf(event);
    return channelOf(context.services, event.channel);
  }

  @Authorized(...staff)
  @FieldResolver(() => ChannelHealth, { nullable: true, description: "Whether it can send." })
  async health(@Root() channel: Channel, @Ctx() { services, loaders }: OperationContext): Promise<ChannelHealth> {
    if (channel.id === webChannel) return { status: ChannelStatus.READY, detail: null, checkedAt: null };
    const health = (await loaders.channelHealth(services)).get(channel.id);
    if (health === undefined) {
      return {
        status: ChannelStatus.NOT_CONFIGURED,
        detail: "not installed: add it to CHANNELS",
        checkedAt: null,
      };
    }
    return { ...health, status: ChannelStatus[health.status] };
  }

  @Authorized(...staff)
  @FieldResolver(() => ChannelQueue, {
    nullable: true,
    description: "What is waiting to be sent through it; null for the website.",
  })
  async queue(@Root() channel: Channel, @Ctx() { loaders }: OperationContext): Promise<ChannelQueue | null> {
    if (channel.id === webChannel) return null;
    const stats = (await loaders.channelStats()).get(channel.id);
    return { length: stats?.queueLength ?? 0, oldestDueAt: stats?.oldestDueAt ?? null };
  }

  @Authorized(...staff)
  @FieldResolver(() => ChannelFailure, {
    nullable: true,
    description:
      "The last failed attempt to send through it, including attempts that will be retried; null if there was none.",
  })
  async lastFailure(@Root() channel: Channel, @Ctx() { loaders }: OperationContext): Promise<ChannelFailure | null> {
    const failure = (await loaders.channelStats()).get(channel.id)?.failure ?? null;
    return failure === null ? null : { ...failure, code: DeliveryFailureCode[failure.code] };
  }
  @Authorized(...staff)
  @FieldResolver(() => DateTime, { nullable: true, description: "Since when it is PAUSED; null if it is not." })
  async pausedAt(@Root() { id }: Channel, @Ctx() { services, loaders }: OperationContext): Promise<Date | null> {
    return (await loaders.channelHealth(services)).get(id)?.pausedAt ?? null;
  }

  @Authorized(...staff)
  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      "Until when nothing is sent because the vendor asked to wait; null if it did not, or the time is over.",
  })
  async throttledUntil(@Root() { id }: Channel, @Ctx() { services, loaders }: OperationContext): Promise<Date | null> {
    const until = (await loaders.channelHealth(services)).get(id)?.throttledUntil ?? null;
    return until !== null && until > services.clock.now() ? until : null;
  }

  @Authorized(...staff)
  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      "When the newest message that came in through it was sent, or reached the first mail server that is trusted; null if none came, and for the website.",
  })
  async lastReceivedAt(@Root() { id }: Channel, @Ctx() { loaders }: OperationContext): Promise<Date | null> {
    return id === webChannel ? null : loaders.lastReceived.load(id);
  }

  @Authorized(...admins)
  @FieldResolver(() => [ChannelSetting], {
    nullable: true,
    description:
      "The environment variables that it reads, in the order in which they are best set; null for the website and for a channel that is not installed.",
  })
  settings(@Root() { id }: Channel, @Ctx() { services }: OperationContext): ChannelSetting[] | null {
    const settings = services.channels.get(id)?.settings;
    return settings?.map(({ name, required, isSet }) => ({ name, required, set: isSet })) ?? null;
  }
}
