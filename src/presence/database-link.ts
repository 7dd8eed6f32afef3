import { performance } from "node:perf_hooks";
import { deadAfterMs, heartbeatMs } from "../processes/process-registry.js";

// A heartbeat may be late. What is silent for longer was frozen, or cut off.
const interruptionMs = 2 * heartbeatMs;

/** How long this process has been in touch with the database without interruption. */
export class DatabaseLink {
  #since: Date | null = null;
  #lastBeatAt = new Date(0);
  #lastBeatPerformanceMs = 0;

  /** A heartbeat has arrived. `skewMs`: how far the clock was behind the database's, as after a machine's sleep. */
  onHeartbeat(now: Date, skewMs: number): void {
    const performanceMs = performance.now();
    const silentMs = performanceMs - this.#lastBeatPerformanceMs;
    if (this.#since === null || Math.max(silentMs, skewMs) > interruptionMs) this.#since = now;
    this.#lastBeatAt = now;
    this.#lastBeatPerformanceMs = performanceMs;
  }

  lost(): void {
    this.#since = null;
  }

  isBeatDue(now: Date): boolean {
    return now.getTime() - this.#lastBeatAt.getTime() >= heartbeatMs;
  }

  /** Whether it has lasted so long that every other living process must have shown itself meanwhile. */
  lasts(now: Date): boolean {
    return this.#since !== null && now.getTime() - this.#since.getTime() >= deadAfterMs;
  }
}
