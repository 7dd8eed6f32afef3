import type { Statement, Transaction } from "../database/database.js";
import type { FailureCode } from "./channel.js";

/** A database or a transaction in it. */
type Queries = Pick<Transaction, "query">;

/** What a channel has to do, and what last went wrong with it. */
export interface ChannelStats {
  /** Deliveries that are QUEUED or SENDING. */
  readonly queueLength: number;
  /** When the oldest of them became due; null when there is none. */
  readonly oldestDueAt: Date | null;
  readonly failure: { readonly code: FailureCode; readonly detail: string | null; readonly at: Date } | null;
}

interface LoadRow extends Omit<ChannelStats, "failure"> {
  readonly channel: string;
  readonly failedAt: Date | null;
  readonly failureCode: FailureCode | null;
  readonly failureDetail: string | null;
}

/** By channel id; a channel without an entry has an empty queue and never failed. Costs what is queued, not what was sent. */
export async function readChannelStats(queries: Queries): Promise<ReadonlyMap<string, ChannelStats>> {
  const rows = await queries.query<LoadRow>(readStatsStatement, []);
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
  // Each status from its own partial index: one condition on both would read every delivery that there ever was.
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

/** Keeps the newest of these failures of each channel. */
export async function recordFailures(
  transaction: Transaction,
  failed: readonly FailedAttempt[],
  now: Date,
): Promise<void> {
  const newest = new Map(failed.map((attempt) => [attempt.channel, attempt]));
  // In one order, so that two workers never wait for each other in a circle.
  const attempts = [...newest.values()].sort((one, other) => (one.channel < other.channel ? -1 : 1));
  for (const { channel, deliveryId, code, detail } of attempts) {
    await transaction.query(recordFailureStatement, [channel, deliveryId, code, detail, now]);
  }
}

const recordFailureStatement: Statement = {
  name: "record-channel-failure",
  text: `
    INSERT INTO channel_states AS state (channel, failed_delivery_id, failure_code, failure_detail, failed_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (channel) DO UPDATE SET failed_delivery_id = excluded.failed_delivery_id,
      failure_code = excluded.failure_code, failure_detail = excluded.failure_detail, failed_at = excluded.failed_at
    WHERE state.failed_at IS NULL OR state.failed_at <= excluded.failed_at`,
};

/** Forgets what was said about deliveries of these conversations: it may hold an address. */
export async function eraseFailures(transaction: Transaction, conversationIds: readonly string[]): Promise<void> {
  await transaction.query(eraseStatement, [conversationIds]);
}

const eraseStatement: Statement = {
  name: "erase-channel-failures",
  text: `
    UPDATE channel_states SET failure_detail = NULL FROM deliveries
    WHERE deliveries.id = channel_states.failed_delivery_id AND deliveries.conversation_id = ANY ($1::uuid[])`,
};
