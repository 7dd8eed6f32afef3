import type { Interpretation } from "../channels/channel.js";
import { withinDeadline } from "../channels/deadline.js";
import { parseInterpretation } from "../channels/parse-interpretation.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { applyInterpretation, LeaseLostError } from "./apply-interpretation.js";
import type { ClaimedOriginal, OriginalSize } from "./claim-original.js";
import { InboundQueue, type Slot } from "./inbound-queue.js";
import { recordFailure } from "./record-failure.js";

/** A plugin gets this long for one attempt, well within the lease; it may read those that were claimed with it before. */
const attemptMs = 45_000;
/** How often an original is tried before it fails for good. */
const maxAttempts = 6;

/**
 * Has originals interpreted by their channels and applies what they mean, soon after they were stored and again by a job,
 * with two queues for each channel: large ones wait for each other only. Any process may: an original is claimed under a lease.
 */
export class Interpreter {
  readonly #queues = new Map<string, InboundQueue>();
  readonly #abort = new AbortController();
  #isStopping = false;

  constructor(private readonly services: Services) {}

  /** Goes once through everything that may be interpreted now; resolves when none of it is in progress. */
  async work(): Promise<void> {
    const connected = this.services.channels.all().filter((channel) => channel.connection !== null);
    await Promise.all(connected.map((channel) => this.workOn(channel.plugin.id)));
  }

  /** `work` for one channel; includes what is already in progress there. */
  async workOn(channel: string): Promise<void> {
    if (this.#isStopping) return;
    await Promise.all([this.#queue(channel, "small").run(), this.#queue(channel, "large").run()]);
  }

  #queue(channel: string, size: OriginalSize): InboundQueue {
    const name = `${channel} ${size}`;
    const attempt = (slot: Slot) => this.#attempt(channel, slot);
    const queue = this.#queues.get(name) ?? new InboundQueue(this.services, channel, size, attempt);
    this.#queues.set(name, queue);
    return queue;
  }

  /** Starts nothing new, lets attempts in progress finish within `graceMs` and aborts the rest: their leases run out. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const timer = setTimeout(() => this.#abort.abort(), graceMs);
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
    clearTimeout(timer);
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
    if (installed?.connection?.interpret === undefined) throw new Error("The channel has no interpret method.");
    const { connection, plugin } = installed;
    if (original.attempt > maxAttempts)
      throw new Error("The process ended during every attempt to interpret this original.");
    const timeout = new AbortController();
    const signal = AbortSignal.any([timeout.signal, this.#abort.signal]);
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => aborted.reject(new Error("The program is stopping.")), { once: true });
    // A plugin that ignores its signal must not block the queue.
    aborted.promise.catch(() => undefined);
    try {
      const work = async () => Promise.race([connection.interpret?.(original, signal), aborted.promise]);
      const interpretation = await withinDeadline(attemptMs, work);
      if (interpretation === undefined) throw new TypeError("The plugin returned no interpretation.");
      return parseInterpretation(plugin, interpretation);
    } finally {
      timeout.abort();
    }
  }
}
