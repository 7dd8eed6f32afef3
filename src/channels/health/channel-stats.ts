import type { Statement, Transaction } from "../../database/database.js";
import type { FailureCode } from "../channel.js";

/** A database or a transaction. */
type Queries = Pick<Transaction, "query">;

/** A channel's queue and its last failure. */
export interface ChannelStats {
  /** Deliveries that are QUEUED or SENDING. */
  readonly queueLength: number;
  /** When the oldest of them became due; null when the queue is empty. */
  readonly oldestDueAt: Date | null;
  readonly failure: { readonly code: FailureCode; readonly detail: string | null; readonly at: Date } | null;
}

interface StatsRow extends Omit<ChannelStats, "failure"> {
  readonly channel: string;
  readonly failedAt: Date | null;
  readonly failureCode: FailureCode | null;
  readonly failureDetail: string | null;
}

/**
 * The stats by channel id; a channel without an entry has an empty queue and never failed. The cost depends on the
 * length of the queue, not on how much was ever sent.
 */
export async function readChannelStats(queries: Queries): Promise<ReadonlyMap<string, ChannelStats>> {
  const rows = await queries.query<StatsRow>(readStatsStatement, []);
  return new Map(
    rows.map(({ channel, queueLength, oldestDueAt, failedAt, failureCode, failureDetail }) => [
      channel,
      {
        queueLength,
        oldestDueAt,
        failure:
          failedAt === null || failureCode === null ? null : { code: failureCode, detail: failureDetail, at: failedAt },
      },
    ]),
  );
}

export const readStatsStatement: Statement = {
  name: "read-channel-stats",
  // One subquery for each status, so that each uses its partial index: a single condition would read all deliveries
  // ever made.
  text: `
    SELECT channel, coalesce(open.queue_length, 0)::integer AS queue_length, open.oldest_due_at,
      state.failed_at, state.failure_code, state.failure_detail
    FROM (
      SELECT channel, count(*) AS queue_length, min(due_at) AS oldest_due_at FROM (
        SELECT channel, due_at FROM deliveries WHERE status = 'QUEUED'
        UNION ALL SELECT channel, due_at FROM deliveries WHERE status = 'SENDING') AS either
      GROUP BY channel) AS open
    FULL JOIN channel_states AS state USING (channel)`,
};

export interface FailedAttempt {
  readonly channel: string;
  readonly deliveryId: string;
  readonly code: FailureCode;
  readonly detail: string | null;
}

/** Of failures of one kind, subscribers are told one in this time: an outage fails every delivery. */
const quietMs = 10_000;

/** Stores the newest of these failures for each channel. */
export async function recordFailures(
  transaction: Transaction,
  failures: readonly FailedAttempt[],
  now: Date,
): Promise<void> {
  const newest = new Map(failures.map((failure) => [failure.channel, failure]));
  // Always in the same order, so that two workers cannot deadlock.
  const attempts = [...newest.values()].sort((left, right) => (left.channel < right.channel ? -1 : 1));
  for (const { channel, deliveryId, code, detail } of attempts) {
    const parameters = [channel, deliveryId, code, detail, now, new Date(now.getTime() - quietMs)];
    const [recorded] = await transaction.query<{ repeated: boolean }>(recordFailureStatement, parameters);
    if (recorded?.repeated === false) transaction.publish({ type: "channelUpdated", channel });
  }
}

const recordFailureStatement: Statement = {
  name: "record-channel-failure",
  // Two at once may both count as the first: then one event more is published.
  text: `
    WITH earlier AS MATERIALIZED (SELECT failure_code, failed_at FROM channel_states WHERE channel = $1)
    INSERT INTO channel_states AS state (channel, failed_delivery_id, failure_code, failure_detail, failed_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (channel) DO UPDATE SET failed_delivery_id = excluded.failed_delivery_id,
      failure_code = excluded.failure_code, failure_detail = excluded.failure_detail, failed_at = excluded.failed_at
    WHERE state.failed_at IS NULL OR state.failed_at <= excluded.failed_at
    RETURNING EXISTS (SELECT FROM earlier WHERE failure_code = $3 AND failed_at > $6::timestamptz) AS repeated`,
};

/** Erases the failure details of deliveries in these conversations, since they may contain an address. */
export async function eraseFailures(transaction: Transaction, conversationIds: readonly string[]): Promise<void> {
  const erased = await transaction.query<{ channel: string }>(eraseStatement, [conversationIds]);
  for (const { channel } of erased) transaction.publish({ type: "channelUpdated", channel });
}

const eraseStatement: Statement = {
  name: "erase-channel-failures",
  text: `
    UPDATE channel_states SET failure_detail = NULL FROM deliveries
    WHERE deliveries.id = channel_states.failed_delivery_id AND deliveries.conversation_id = ANY ($1::uuid[])
    RETURNING channel_states.channel`,
};
