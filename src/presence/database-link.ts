import { performance } from "node:perf_hooks";
import { deadAfterMs, heartbeatMs } from "../processes/process-registry.js";

// A heartbeat may be late by one interval. After a longer gap, this process was frozen or disconnected.
const maxGapMs = 2 * heartbeatMs;

/** Tracks how long this process has been in contact with the database without interruption. */
export class DatabaseLink {
  #uninterruptedSince: Date | null = null;
  #lastHeartbeatAt = new Date(0);
  #lastHeartbeatPerformanceMs = 0;

  /** To be called after a heartbeat. `skewMs`: how far the clock was behind the database's, as after the machine slept. */
  onHeartbeat(now: Date, skewMs: number): void {
    const performanceMs = performance.now();
    const gapMs = performanceMs - this.#lastHeartbeatPerformanceMs;
    if (this.#uninterruptedSince === null || Math.max(gapMs, skewMs) > maxGapMs) this.#uninterruptedSince = now;
    this.#lastHeartbeatAt = now;
    this.#lastHeartbeatPerformanceMs = performanceMs;
  }

  /** To be called when a heartbeat failed. */
  onFailure(): void {
    this.#uninterruptedSince = null;
  }

  isHeartbeatDue(now: Date): boolean {
    return now.getTime() - this.#lastHeartbeatAt.getTime() >= heartbeatMs;
  }

  /** Whether contact has lasted so long that every other live process must have sent a heartbeat in the meantime. */
  isStable(now: Date): boolean {
    return this.#uninterruptedSince !== null && now.getTime() - this.#uninterruptedSince.getTime() >= deadAfterMs;
  }
}
