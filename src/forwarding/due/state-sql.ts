import type { Services } from "../../services.js";
import { suppressedSql } from "../addresses/suppressed-channels.js";
import { ForwardingState } from "../forwarding.js";
import { type Query, readReadyChannels } from "./read-facts.js";
import { chosenChannelSql } from "./refresh-due-times.js";

/**
 * Finding conversations by the state of their forwarding. due.ts decides it from facts; here it is the same decision in SQL, on stored
 * facts, for rows that the classes below have found by an index. test/forwarding/due/due-in-sql.test.ts compares both.
 */

/** SQL for a conversation that has a DIRECT delivery which is QUEUED or SENDING; alias `conversation`. */
const openDirectSql = `EXISTS (SELECT FROM deliveries WHERE deliveries.conversation_id = conversation.id
  AND deliveries.kind = 'DIRECT' AND deliveries.status IN ('QUEUED', 'SENDING'))`;

export interface StateParameters {
  /** Of the channels that can send now: `text[]`. */
  readonly readyChannels: string;
  /** `timestamptz`. */
  readonly now: string;
}

/** The state of the row `conversation`. @param parameters such as `$3` */
export function stateSql({ readyChannels, now }: StateParameters): string {
  return `(
    SELECT CASE
      WHEN conversation.open_delivery_id IS NOT NULL OR ${openDirectSql} THEN 'SENDING'
      WHEN conversation.pending_replies = 0 THEN 'NOTHING_PENDING'
      WHEN visitor.blocked_at IS NOT NULL THEN 'BLOCKED'
      WHEN preference.mode = 'NOTHING' THEN 'DISABLED'
      WHEN conversation.held_at IS NOT NULL THEN 'HELD'
      WHEN chosen.channel IS NULL OR visitor.erased_at IS NOT NULL THEN 'NO_ADDRESS'
      WHEN visitor.opted_out_at IS NOT NULL OR conversation.opted_out_at IS NOT NULL THEN 'OPTED_OUT'
      WHEN ${suppressedSql("chosen.channel")} THEN 'ADDRESS_SUPPRESSED'
      WHEN chosen.channel <> ALL (${readyChannels}::text[]) THEN 'CHANNEL_UNAVAILABLE'
      WHEN conversation.last_pending_position <= conversation.attempted_position
        THEN CASE WHEN conversation.last_outcome = 'UNCERTAIN' THEN 'UNCERTAIN' ELSE 'FAILED' END
      WHEN conversation.unproven_until > ${now}::timestamptz THEN 'ADDRESS_UNPROVEN'
      ELSE 'WAITING' END
    FROM visitors AS visitor, forwarding_preference AS preference,
      LATERAL (SELECT ${chosenChannelSql} AS channel OFFSET 0) AS chosen
    WHERE visitor.id = conversation.visitor_id)`;
}

/** Where conversations in a state are found: by what is stored about them, each class with an index of its own. */
type StateClass = "sending" | "sending directly" | "held" | "due" | "other pending" | "anything";

const restSql = `conversation.pending_replies > 0 AND conversation.due_at IS NULL AND conversation.held_at IS NULL
  AND conversation.open_delivery_id IS NULL`;

const classes: Readonly<Record<StateClass, string>> = {
  sending: "conversation.open_delivery_id IS NOT NULL",
  "sending directly": `conversation.open_delivery_id IS NULL AND conversation.id IN (
    SELECT conversation_id FROM deliveries WHERE kind = 'DIRECT' AND status IN ('QUEUED', 'SENDING'))`,
  held: "conversation.held_at IS NOT NULL AND conversation.open_delivery_id IS NULL",
  due: "conversation.due_at IS NOT NULL AND conversation.held_at IS NULL AND conversation.open_delivery_id IS NULL",
  "other pending": restSql,
  anything: "true",
};

const classesOf: Readonly<Record<ForwardingState, readonly StateClass[]>> = {
  [ForwardingState.SENDING]: ["sending", "sending directly"],
  [ForwardingState.HELD]: ["held"],
  // Without a due time: too old to be sent by themselves.
  [ForwardingState.WAITING]: ["due", "other pending"],
  [ForwardingState.ADDRESS_UNPROVEN]: ["due", "other pending"],
  [ForwardingState.CHANNEL_UNAVAILABLE]: ["due", "other pending"],
  // Before HELD.
  [ForwardingState.BLOCKED]: ["held", "other pending"],
  [ForwardingState.DISABLED]: ["held", "other pending"],
  [ForwardingState.NO_ADDRESS]: ["other pending"],
  [ForwardingState.OPTED_OUT]: ["other pending"],
  [ForwardingState.ADDRESS_SUPPRESSED]: ["other pending"],
  [ForwardingState.FAILED]: ["other pending"],
  [ForwardingState.UNCERTAIN]: ["other pending"],
  [ForwardingState.NOTHING_PENDING]: ["anything"],
};

/** Conditions on `conversation` that exclude each other, and of which one holds for every conversation in one of the states. */
export function stateClasses(states: readonly ForwardingState[]): readonly string[] {
  const wanted = new Set(states.flatMap((state) => classesOf[state]));
  if (wanted.has("anything")) return [classes.anything];
  return [...wanted].map((one) =>
    // With undelivered replies it is among those that wait for a person too.
    one === "sending directly" && wanted.has("other pending")
      ? `${classes[one]} AND conversation.pending_replies = 0`
      : classes[one],
  );
}

/** The class of those that have a due time, in the order of which they can be read. */
export const dueClass = classes.due;

/** The values of the parameters. */
export async function readStateValues(
  services: Pick<Services, "channels" | "clock">,
  query: Query,
): Promise<{ readonly readyChannels: readonly string[]; readonly now: Date }> {
  return { readyChannels: await readReadyChannels(services, query), now: services.clock.now() };
}
