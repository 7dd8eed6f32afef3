import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import type { Failure } from "../channels/channel.js";
import { DateTime } from "../graphql/date-time.js";
import { ForwardingTrigger } from "./deliveries/delivery.entity.js";

export enum ForwardingState {
  NOTHING_PENDING = "NOTHING_PENDING",
  WAITING = "WAITING",
  SENDING = "SENDING",
  FAILED = "FAILED",
  DISABLED = "DISABLED",
  NO_ADDRESS = "NO_ADDRESS",
  OPTED_OUT = "OPTED_OUT",
  ADDRESS_SUPPRESSED = "ADDRESS_SUPPRESSED",
  HELD = "HELD",
  CHANNEL_UNAVAILABLE = "CHANNEL_UNAVAILABLE",
  UNCERTAIN = "UNCERTAIN",
}
registerEnumType(ForwardingState, {
  name: "ForwardingState",
  valuesConfig: {
    WAITING: { description: "Will be sent at dueAt unless it is read first." },
    FAILED: { description: "The last delivery was given up." },
    DISABLED: { description: "The preference is NOTHING." },
    NO_ADDRESS: { description: "The visitor is not identified." },
    ADDRESS_SUPPRESSED: { description: "The address bounced or complained." },
    HELD: { description: "An agent holds it back." },
    CHANNEL_UNAVAILABLE: {
      description: "The channel is not configured, or paused after its credentials were refused.",
    },
    UNCERTAIN: { description: "The last delivery may or may not have arrived; a person decides." },
  },
});

/** What happens next to the replies that the visitor has not seen: computed for every response, never stored. */
@ObjectType()
export class Forwarding {
  @Field(() => ForwardingState)
  state!: ForwardingState;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it is sent if nothing changes; null unless the state is WAITING.",
  })
  dueAt!: Date | null;

  @Field(() => ForwardingTrigger, { nullable: true })
  trigger!: ForwardingTrigger | null;

  /** The channel's id. */
  channel!: string | null;

  @Field(() => String, { nullable: true })
  address!: string | null;

  /** Why the conversation's own channel does not deliver the pending replies. */
  refusal!: Pick<Failure, "code" | "detail"> | null;

  @Field(() => Int, { description: "How many replies are pending." })
  pendingReplies!: number;

  @Field(() => DateTime, {
    description: "The server's time of this answer, so that a countdown does not inherit the client's clock.",
  })
  asOf!: Date;
}
