import type { ChannelState } from "./channel-state.js";

/** A channel's health as agents see it. */
export interface ChannelHealthState {
  readonly status: "READY" | "NOT_CONFIGURED" | "PAUSED";
  /** Why it is paused, or what the last check reported. */
  readonly detail: string | null;
  readonly checkedAt: Date | null;
}

/** The state of this process's own connection. */
export type ConnectionState =
  | { readonly kind: "not-configured" }
  /** Not attempted yet. */
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "failed"; readonly detail: string; readonly at: Date };

/** Combines the state of this process's connection with the state that all processes share. */
export function describeHealth(connection: ConnectionState, shared: ChannelState | undefined): ChannelHealthState {
  const checkedAt = shared?.checkedAt ?? null;
  switch (connection.kind) {
    case "not-configured":
      return { status: "NOT_CONFIGURED", detail: null, checkedAt: null };
    case "connecting":
      return { status: "PAUSED", detail: "not connected yet", checkedAt };
    case "failed":
      return { status: "PAUSED", detail: `could not connect: ${connection.detail}`, checkedAt: connection.at };
    case "connected": {
      const paused = shared !== undefined && shared.pausedAt !== null;
      if (paused) return { status: "PAUSED", detail: shared.pausedReason, checkedAt };
      return { status: "READY", detail: shared?.detail ?? null, checkedAt };
    }
  }
}
