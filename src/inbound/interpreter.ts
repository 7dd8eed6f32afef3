import type { Interpretation } from "../channels/channel.js";
import { withinDeadline } from "../channels/deadline.js";
import { parseInterpretation } from "../channels/parse-interpretation.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { applyInterpretation, LeaseLostError } from "./apply-interpretation.js";
import type { ClaimedOriginal } from "./claim-original.js";
import { InboundQueue, type Slot, type Slots } from "./inbound-queue.js";
import { recordFailure } from "./record-failure.js";

/** A plugin gets this long for one attempt, well within the lease. */
const attemptMs = 20_000;
/** As often as an original may be tried at all. */
const maxAttempts = 6;

/**
 * Has originals interpreted by their channels and applies what they mean, soon after they were kept and again by a job, a
 * lane for each channel. Any process may: an original is claimed under a lease.
 */
export class Interpreter {
  readonly #lanes = new Map<string, InboundQueue>();
  readonly #abort = new AbortController();
  #stopping = false;

  constructor(private readonly services: Services) {}

  /** Goes once through all that waits and may be interpreted now; resolves when nothing of it is left in hand. */
  async work(): Promise<void> {
    const connected = this.services.channels.all().filter((channel) => channel.connection !== null);
    await Promise.all(connected.map((channel) => this.workOn(channel.plugin.id)));
  }

  /** `work` for one channel, together with what is in hand of it already. */
  async workOn(channel: string): Promise<void> {
    if (this.#stopping) return;
    const lane =
      this.#lanes.get(channel) ?? new InboundQueue((turns) => this.#drain(channel, turns), this.services, channel);
    this.#lanes.set(channel, lane);
    lane.wake();
    await lane.idle();
  }

  /** Takes nothing new, lets attempts in hand finish within `graceMs` and aborts the rest: their leases run out. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const timer = setTimeout(() => this.#abort.abort(), graceMs);
    await Promise.allSettled([...this.#lanes.values()].map((lane) => lane.idle()));
    clearTimeout(timer);
  }

  async #drain(channel: string, turns: Slots): Promise<void> {
    while (!this.#stopping) {
      const turn = await turns.next();
      if (turn === null) return;
      try {
        await this.#attempt(channel, turn);
      } finally {
        turn.over();
      }
    }
  }

  async #attempt(channel: string, { claimed, mayApply }: Slot): Promise<void> {
    const { logger } = this.services;
    const fields = { channel, original: claimed.original.id, attempt: claimed.original.attempt };
    try {
      const interpretation = await this.#interpret(channel, claimed);
      await mayApply;
      const verdict = await applyInterpretation(this.services, channel, claimed, interpretation);
      if (verdict.status === "DROPPED") logger.info("an original was dropped", { ...fields, reason: verdict.reason });
    } catch (error) {
      if (error instanceof LeaseLostError || this.#abort.signal.aborted) return;
      const outcome = await recordFailure(this.services, claimed, describeError(error));
      const level = outcome === "failed" ? "error" : "warn";
      logger[level]("an original could not be interpreted", { ...fields, outcome, cause: describeError(error) });
    }
  }

  async #interpret(channel: string, { original }: ClaimedOriginal): Promise<Interpretation> {
    const installed = this.services.channels.get(channel);
    if (installed?.connection?.interpret === undefined) throw new Error("The channel cannot interpret what it keeps.");
    const { connection, plugin } = installed;
    if (original.attempt > maxAttempts) throw new Error("The process ended each time while this was interpreted.");
    const timeout = new AbortController();
    const signal = AbortSignal.any([timeout.signal, this.#abort.signal]);
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => aborted.reject(new Error("The program stops.")), { once: true });
    // A plugin that ignores its signal must not hold the lane.
    aborted.promise.catch(() => undefined);
    try {
      const work = async () => Promise.race([connection.interpret?.(original, signal), aborted.promise]);
      const given = await withinDeadline(attemptMs, work);
      if (given === undefined) throw new TypeError("The plugin gave no interpretation.");
      return parseInterpretation(plugin, given);
    } finally {
      timeout.abort();
    }
  }
}
