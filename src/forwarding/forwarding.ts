import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import type { Failure } from "../channels/channel.js";
import { DateTime } from "../graphql/date-time.js";
import type { ContextRange } from "./deliveries/count-context.js";
import { DeliveryKind, ForwardingTrigger } from "./deliveries/delivery.entity.js";
import type { ChosenAddress } from "./due/choose-channel.js";

export enum ForwardingState {
  NOTHING_PENDING = "NOTHING_PENDING",
  WAITING = "WAITING",
  SENDING = "SENDING",
  FAILED = "FAILED",
  DISABLED = "DISABLED",
  NO_ADDRESS = "NO_ADDRESS",
  ADDRESS_UNPROVEN = "ADDRESS_UNPROVEN",
  OPTED_OUT = "OPTED_OUT",
  ADDRESS_SUPPRESSED = "ADDRESS_SUPPRESSED",
  HELD = "HELD",
  CHANNEL_UNAVAILABLE = "CHANNEL_UNAVAILABLE",
  UNCERTAIN = "UNCERTAIN",
  BLOCKED = "BLOCKED",
}
registerEnumType(ForwardingState, {
  name: "ForwardingState",
  valuesConfig: {
    NOTHING_PENDING: { description: "There is no reply that the visitor has not seen." },
    WAITING: { description: "Replies will be sent at `dueAt`, unless they are read first." },
    SENDING: { description: "A delivery is QUEUED or SENDING." },
    FAILED: { description: "The last delivery was given up." },
    DISABLED: { description: "The forwarding mode is NOTHING." },
    NO_ADDRESS: { description: "The visitor is not identified." },
    ADDRESS_UNPROVEN: {
      description:
        "The visitor has only typed the address, and too much was sent to such addresses. Replies will be sent at `dueAt`, as soon as the address is proven, or with `forwardNow`.",
    },
    OPTED_OUT: { description: "The visitor asked for no more email." },
    ADDRESS_SUPPRESSED: { description: "Nothing is sent to the address any more, after bounces or a complaint." },
    HELD: { description: "An agent holds the replies back." },
    CHANNEL_UNAVAILABLE: { description: "The channel is not configured, or paused." },
    UNCERTAIN: { description: "The last delivery may or may not have arrived. An agent decides whether to retry it." },
    BLOCKED: { description: "Staff have blocked the visitor: nothing is sent to them." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "One of the triggers of a forwarding: when it would come, or why it cannot come now.",
})
export class TriggerOutlook {
  @Field(() => ForwardingTrigger)
  trigger!: ForwardingTrigger;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When it would come if nothing changes. Null: it cannot come now, because the visitor is connected or an agent is online, or the replies are too old to be sent by themselves.",
  })
  dueAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "What it counts from: when the visitor left, their last activity, or when the last agent went. Null while that has not happened.",
  })
  since!: Date | null;

  @Field(() => Int, { description: "How long after `since`, in seconds; replies that settle may take longer." })
  delaySeconds!: number;
}

/** What happens next to the replies that the visitor has not seen: computed for every response, never stored. */
@ObjectType({ description: "What happens next to the replies that the visitor has not seen." })
export class Forwarding {
  @Field(() => ForwardingState)
  state!: ForwardingState;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the replies are sent if nothing changes; null unless the state is WAITING or ADDRESS_UNPROVEN.",
  })
  dueAt!: Date | null;

  @Field(() => ForwardingTrigger, {
    nullable: true,
    description: "Why they become due at `dueAt`; null unless the state is WAITING or ADDRESS_UNPROVEN.",
  })
  trigger!: ForwardingTrigger | null;

  /** The channel's id. */
  channel!: string | null;

  @Field(() => String, { nullable: true, description: "The address that they are sent to; null if none is known." })
  address!: string | null;

  /** Why the conversation's own channel does not deliver the pending replies. */
  refusal!: Pick<Failure, "code" | "detail"> | null;

  @Field(() => Int, { description: "How many replies are pending." })
  pendingReplies!: number;

  @Field(() => [TriggerOutlook], {
    description: "Every trigger, the earliest first; none if nothing is pending.",
  })
  triggers!: TriggerOutlook[];

  @Field(() => Boolean, { description: "Waits only for one more reply, so that they go together." })
  settling!: boolean;

  @Field(() => DeliveryKind, {
    nullable: true,
    description: "What would be sent; null while nothing is pending or nothing is forwarded.",
  })
  kind!: DeliveryKind | null;

  /** What would go along with the pending replies; null if nothing would. */
  context!: ContextRange | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "Since when an agent holds the replies; null unless the state is HELD.",
  })
  heldAt!: Date | null;

  /** The agent's id. */
  heldBy!: string | null;

  /** The delivery's id. */
  deliveryId!: string | null;

  /** The address, while nothing is sent there any more. */
  suppressedAddress!: ChosenAddress | null;

  @Field(() => DateTime, {
    description: "The server's time of this answer. Count down from here rather than from the client's clock.",
  })
  asOf!: Date;
}
