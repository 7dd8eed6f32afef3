import type { Statement, Transaction } from "../../database/database.js";

/** A database or a transaction. */
type Queries = Pick<Transaction, "query">;

/** The state of a channel that all processes share. */
export interface ChannelState {
  readonly channel: string;
  /** Since when its credentials are rejected; null when it is not paused. */
  readonly pausedAt: Date | null;
  readonly pausedReason: string | null;
  /** Total length of earlier pauses, without the current one: see the function `pausedMs`. */
  readonly pausedMs: number;
  /** Nothing is sent before then, because of a rate limit. May be in the past. */
  readonly throttledUntil: Date | null;
  /** Time of the last health check, whatever its result. */
  readonly checkedAt: Date | null;
  /** What the last health check reported. */
  readonly detail: string | null;
}

/** Total milliseconds for which the channel has been paused, including the current pause. */
export function pausedMs(state: ChannelState | undefined, now: Date): number {
  if (state === undefined) return 0;
  const currentMs = state.pausedAt === null ? 0 : Math.max(0, now.getTime() - state.pausedAt.getTime());
  return state.pausedMs + currentMs;
}

/**
 * Pauses a channel for every process; its queue stays. The start of a pause that is already running does not change.
 */
export async function pauseChannel(queries: Queries, channel: string, reason: string, now: Date): Promise<void> {
  await queries.query(pauseStatement, [channel, now, reason]);
}

const pauseStatement: Statement = {
  name: "pause-channel",
  text: `
    INSERT INTO channel_states AS state (channel, paused_at, paused_reason) VALUES ($1, $2, $3)
    ON CONFLICT (channel) DO UPDATE SET
      paused_at = coalesce(state.paused_at, excluded.paused_at), paused_reason = excluded.paused_reason`,
};

/** Ends a pause and adds its length to the total. Returns false when the channel was not paused. */
export async function resumeChannel(queries: Queries, channel: string, now: Date): Promise<boolean> {
  return (await queries.query(resumeStatement, [channel, now])).length > 0;
}

const resumeStatement: Statement = {
  name: "resume-channel",
  text: `
    UPDATE channel_states SET paused_at = NULL, paused_reason = NULL,
      paused_ms = paused_ms + greatest(0, round(extract(epoch FROM $2::timestamptz - paused_at) * 1000))::bigint
    WHERE channel = $1 AND paused_at IS NOT NULL RETURNING channel`,
};

/** Slows one channel down after a rate limit. Never moves `until` to an earlier time that another process has set. */
export async function throttleChannel(queries: Queries, channel: string, until: Date): Promise<void> {
  await queries.query(throttleStatement, [channel, until]);
}

const throttleStatement: Statement = {
  name: "throttle-channel",
  text: `
    INSERT INTO channel_states AS state (channel, throttled_until) VALUES ($1, $2)
    ON CONFLICT (channel) DO UPDATE SET throttled_until = greatest(state.throttled_until, excluded.throttled_until)`,
};

/** Stores the result of a health check for display; pausing and resuming are separate decisions. */
export async function recordHealth(
  queries: Queries,
  channel: string,
  detail: string | null,
  checkedAt: Date,
): Promise<void> {
  await queries.query(recordStatement, [channel, checkedAt, detail]);
}

const recordStatement: Statement = {
  name: "record-channel-health",
  text: `
    INSERT INTO channel_states (channel, checked_at, detail) VALUES ($1, $2, $3)
    ON CONFLICT (channel) DO UPDATE SET checked_at = excluded.checked_at, detail = excluded.detail`,
};

/** The shared states by channel id; a channel without an entry was never paused, throttled or checked. */
export async function readChannelStates(queries: Queries): Promise<ReadonlyMap<string, ChannelState>> {
  const states = await queries.query<ChannelState>(readStatement, []);
  return new Map(states.map((state) => [state.channel, state]));
}

const readStatement: Statement = {
  name: "read-channel-states",
  text: "SELECT channel, paused_at, paused_reason, paused_ms, throttled_until, checked_at, detail FROM channel_states",
};
