import type { ChannelState } from "./channel-state.js";

/** A channel's health as agents see it. */
export interface ChannelHealthState {
  readonly status: "READY" | "NOT_CONFIGURED" | "PAUSED";
  /** Why it is paused, or what the last check reported. */
  readonly detail: string | null;
  readonly checkedAt: Date | null;
  /** Since when it is paused; null if it is not, or was never connected. */
  readonly pausedAt: Date | null;
  /** Until when the vendor asked to wait; may be in the past. */
  readonly throttledUntil: Date | null;
}

/** The state of this process's own connection. */
export type ConnectionState =
  | { readonly kind: "not-configured" }
  /** Not attempted yet. */
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  /** `at`: the last attempt; `since`: the first one. */
  | { readonly kind: "failed"; readonly detail: string; readonly at: Date; readonly since: Date };

/** Combines the state of this process's connection with the state that all processes share. */
export function describeHealth(connection: ConnectionState, shared: ChannelState | undefined): ChannelHealthState {
  const checkedAt = shared?.checkedAt ?? null;
  const throttledUntil = shared?.throttledUntil ?? null;
  const pausedAt = shared?.pausedAt ?? null;
  switch (connection.kind) {
    case "not-configured":
      return { status: "NOT_CONFIGURED", detail: null, checkedAt: null, pausedAt: null, throttledUntil: null };
    case "connecting":
      return { status: "PAUSED", detail: "not connected yet", checkedAt, pausedAt, throttledUntil };
    case "failed": {
      const detail = `could not connect: ${connection.detail}`;
      const since = pausedAt ?? connection.since;
      return { status: "PAUSED", detail, checkedAt: connection.at, pausedAt: since, throttledUntil };
    }
    case "connected": {
      if (pausedAt !== null)
        return { status: "PAUSED", detail: shared?.pausedReason ?? null, checkedAt, pausedAt, throttledUntil };
      return { status: "READY", detail: shared?.detail ?? null, checkedAt, pausedAt, throttledUntil };
    }
  }
}
