import { Field, Int, ObjectType } from "type-graphql";
import type { Statement } from "../../database/database.js";
import type { Services } from "../../services.js";
import { readSituation } from "../due/read-facts.js";
import { carriedSql, dueColumnsSql, factsOf, firstPendingSql, pendingSql } from "../due/refresh-due-times.js";
import { checkPreference, type PreferenceInput, preferenceColumns } from "../update-preference.js";

@ObjectType({ simpleResolvers: true, description: "What changing the forwarding preference would do at once." })
export class ForwardingDryRun {
  @Field(() => Int, { description: "Conversations whose replies would wait to be forwarded." })
  waiting!: number;

  @Field(() => Int, { description: "How many of them would be forwarded at once." })
  dueAtOnce!: number;

  @Field(() => Int, { description: "Conversations whose replies wait now, and would not be forwarded any more." })
  noLongerSent!: number;
}

/**
 * Counts what `updateForwardingPreference` would do, by the SQL that it recomputes due times with, on a row of the preference that is
 * not stored. Reads the conversations with replies of the last 7 days that wait; older ones are never sent by themselves.
 * @throws BAD_USER_INPUT naming a field and its limits
 */
export async function dryRunForwarding(services: Services, input: PreferenceInput): Promise<ForwardingDryRun> {
  checkPreference(input);
  const now = services.clock.now();
  return services.database.longTransaction(async (transaction) => {
    const { offlineFrom } = await readSituation(services, transaction.query, now);
    const changes = JSON.stringify(preferenceColumns(input));
    const [row] = await transaction.query<ForwardingDryRun>(dryRunStatement, [now, changes, offlineFrom]);
    return Object.assign(new ForwardingDryRun(), row);
  });
}

const counted = {
  ...factsOf("conversation"),
  pendingReplies: "pending.replies",
  firstPendingAt: "pending.first_at",
  lastPendingAt: "pending.last_at",
  lastPendingPosition: "pending.last_position",
};

const dryRunStatement: Statement = {
  name: "dry-run-forwarding",
  text: `
    WITH preference AS (
      SELECT changed.* FROM forwarding_preference AS stored, LATERAL jsonb_populate_record(stored, $2::jsonb ||
        CASE WHEN coalesce($2::jsonb ->> 'mode', stored.mode) = stored.mode THEN '{}'
          ELSE jsonb_build_object('mode_since', $1::timestamptz) END) AS changed
    ), outlook AS (
      SELECT conversation.due_at IS NOT NULL OR conversation.offline_due_at IS NOT NULL AS waits_now,
        after.due_at IS NOT NULL OR after.offline_due_at IS NOT NULL AS would_wait,
        after.due_at <= $1 OR ($3::timestamptz <= $1 AND after.offline_due_at <= $1) AS would_be_due
      FROM conversations AS conversation JOIN visitors AS visitor ON visitor.id = conversation.visitor_id, preference,
        LATERAL (
          SELECT count(*)::integer AS replies, ${firstPendingSql} AS first_at, max(message.sent_at) AS last_at,
            coalesce(max(message.position) FILTER (WHERE ${carriedSql}), 0) AS last_position
          FROM messages AS message WHERE message.conversation_id = conversation.id AND ${pendingSql}) AS pending,
        LATERAL (${dueColumnsSql(counted)}) AS after (channel, due_at, offline_due_at)
      WHERE conversation.pending_replies > 0 AND conversation.last_pending_at > $1::timestamptz - interval '7 days'
    )
    SELECT count(*) FILTER (WHERE would_wait)::integer AS waiting,
      count(*) FILTER (WHERE would_be_due)::integer AS due_at_once,
      count(*) FILTER (WHERE waits_now AND NOT would_wait)::integer AS no_longer_sent
    FROM outlook`,
};
