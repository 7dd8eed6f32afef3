import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { webChannel } from "../conversations/conversation.entity.js";
import type { Services } from "../services.js";
import { DateTime } from "./date-time.js";

export enum ChannelPolicy {
  LIVE = "LIVE",
  IMMEDIATE = "IMMEDIATE",
  WHEN_AWAY = "WHEN_AWAY",
}
registerEnumType(ChannelPolicy, {
  name: "ChannelPolicy",
  valuesConfig: {
    LIVE: { description: "The visitor reads here by themselves: the website." },
    IMMEDIATE: { description: "Replies are pushed to the visitor's account as soon as they are written." },
    WHEN_AWAY: { description: "Replies are sent once the visitor is away." },
  },
});

export enum ChannelStatus {
  READY = "READY",
  NOT_CONFIGURED = "NOT_CONFIGURED",
  PAUSED = "PAUSED",
}
registerEnumType(ChannelStatus, { name: "ChannelStatus" });

@ObjectType({ simpleResolvers: true })
export class ChannelHealth {
  @Field(() => ChannelStatus)
  status!: ChannelStatus;

  @Field(() => String, { nullable: true })
  detail!: string | null;

  @Field(() => DateTime, { nullable: true })
  checkedAt!: Date | null;
}

/** A channel as the API shows it; `health` is resolved where it is asked for. */
@ObjectType({ simpleResolvers: true })
export class Channel {
  @Field(() => ID, { description: "'web', 'email', 'messenger', 'instagram', or a plugin's own." })
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => ChannelPolicy)
  policy!: ChannelPolicy;
}

const website: Channel = { id: webChannel, name: "Website", policy: ChannelPolicy.LIVE };

/** The channel that an id stored with a row names. One that is no longer installed is still shown, by its id. */
export function channelOf({ channels }: Services, id: string): Channel {
  if (id === webChannel) return website;
  const plugin = channels.get(id)?.plugin;
  if (plugin === undefined) return { id, name: id, policy: ChannelPolicy.WHEN_AWAY };
  const policy = plugin.policy === "immediate" ? ChannelPolicy.IMMEDIATE : ChannelPolicy.WHEN_AWAY;
  return { id, name: plugin.name, policy };
}

/** The website, and every channel that is installed, in CHANNELS' order. */
export function allChannels(services: Services): Channel[] {
  return [website, ...services.channels.all().map(({ plugin }) => channelOf(services, plugin.id))];
}
