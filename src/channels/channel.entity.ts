import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../graphql/date-time.js";
import type { Services } from "../services.js";
import { DeliveryFailureCode } from "./delivery-failure-code.js";
import { webChannel } from "./web-channel.js";

export enum ChannelPolicy {
  LIVE = "LIVE",
  IMMEDIATE = "IMMEDIATE",
  WHEN_AWAY = "WHEN_AWAY",
}
registerEnumType(ChannelPolicy, {
  name: "ChannelPolicy",
  description: "When replies are sent through a channel.",
  valuesConfig: {
    LIVE: { description: "The visitor reads replies on the website." },
    IMMEDIATE: { description: "Replies are sent to the visitor's account as soon as they are written." },
    WHEN_AWAY: { description: "Replies are sent once the visitor is away." },
  },
});

export enum ChannelStatus {
  READY = "READY",
  NOT_CONFIGURED = "NOT_CONFIGURED",
  PAUSED = "PAUSED",
}
registerEnumType(ChannelStatus, {
  name: "ChannelStatus",
  description: "Whether a channel can send.",
  valuesConfig: {
    READY: { description: "Can send." },
    NOT_CONFIGURED: { description: "Its settings are missing, or it is not installed." },
    PAUSED: {
      description: "Cannot send for now, for example because its credentials were refused. Its deliveries stay queued.",
    },
  },
});

@ObjectType({ simpleResolvers: true, description: "Whether a channel can send, as of its last check." })
export class ChannelHealth {
  @Field(() => ChannelStatus)
  status!: ChannelStatus;

  @Field(() => String, { nullable: true, description: "Why it cannot send; null if it can." })
  detail!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it was last checked; null if never." })
  checkedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "What is waiting to be sent through a channel." })
export class ChannelQueue {
  @Field(() => Int, { description: "How many deliveries are QUEUED or SENDING." })
  length!: number;

  @Field(() => DateTime, { nullable: true, description: "When the oldest of them became due; null if there are none." })
  oldestDueAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "A failed attempt to send through a channel." })
export class ChannelFailure {
  @Field(() => DeliveryFailureCode)
  code!: DeliveryFailureCode;

  @Field(() => String, { nullable: true, description: "What the vendor answered; null once the visitor was erased." })
  detail!: string | null;

  @Field(() => DateTime)
  at!: Date;
}

@ObjectType({
  simpleResolvers: true,
  description: "An environment variable that a channel reads. Its value is never shown.",
})
export class ChannelSetting {
  @Field(() => String, { description: "Such as EMAIL_SMTP_URL." })
  name!: string;

  @Field(() => Boolean, { description: "Whether it was set when Afterchat was started." })
  set!: boolean;

  @Field(() => Boolean, { description: "Whether the channel sends nothing without it, or only pretends to." })
  required!: boolean;
}

/** A channel as the API shows it; `health`, `queue` and `lastFailure` are resolved only when requested. */
@ObjectType({ simpleResolvers: true, description: "A way to reach visitors." })
export class Channel {
  @Field(() => ID, { description: "`web`, `email`, `messenger`, `instagram`, or the id of another plugin." })
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => ChannelPolicy)
  policy!: ChannelPolicy;
}

const website: Channel = { id: webChannel, name: "Website", policy: ChannelPolicy.LIVE };

/** The channel with a stored id. One that is no longer installed is still shown, with its id as its name. */
export function channelOf({ channels }: Services, id: string): Channel {
  if (id === webChannel) return website;
  const plugin = channels.get(id)?.plugin;
  if (plugin === undefined) return { id, name: id, policy: ChannelPolicy.WHEN_AWAY };
  const policy = plugin.policy === "immediate" ? ChannelPolicy.IMMEDIATE : ChannelPolicy.WHEN_AWAY;
  return { id, name: plugin.name, policy };
}

/** The website, then every installed channel in the order of CHANNELS. */
export function allChannels(services: Services): Channel[] {
  return [website, ...services.channels.all().map(({ plugin }) => channelOf(services, plugin.id))];
}
