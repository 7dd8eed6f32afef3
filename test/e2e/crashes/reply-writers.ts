import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { AdminClient, VisitorSession } from "./admin-client.js";
import type { PlannedReply } from "./kill-plan.js";
import { markOf, type WrittenReply } from "./written-and-arrived.js";

const concurrentWriters = 4;

/** Agents who write one reply after another, across all kills of the program, and record what was acknowledged. */
export class ReplyWriters {
  readonly written: WrittenReply[] = [];
  /** Called when a reply has been requested and there is no response yet. */
  onRequest: () => void = () => {};
  #repeated = 0;
  #inFlight = 0;
  #begun = 0;
  #allowance = 0;
  #finished = false;
  #allowed = Promise.withResolvers<void>();
  #running: PromiseWithResolvers<void> | null = Promise.withResolvers<void>();
  readonly #writing: Promise<unknown>;

  constructor(
    private readonly admin: AdminClient,
    private readonly visitors: readonly VisitorSession[],
    private readonly planned: readonly PlannedReply[],
  ) {
    this.#writing = Promise.all(Array.from({ length: concurrentWriters }, () => this.#write()));
    this.#writing.catch(() => {}); // thrown by `finish`
  }

  /** Requested again with the same clientMessageId, because the response was lost with the process. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Requested and not acknowledged. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get allowance(): number {
    return this.#allowance;
  }

  /** Whether all allowed replies have been acknowledged. */
  get done(): boolean {
    return this.written.length >= this.#allowance;
  }

  /** Raises the total number of replies that may be written. */
  allow(replies: number): void {
    this.#allowance = Math.max(this.#allowance, replies);
    this.#allowed.resolve();
    this.#allowed = Promise.withResolvers();
  }

  /** The program is running: continues the writers. */
  resume(): void {
    this.#running?.resolve();
    this.#running = null;
  }

  /** The program is down: sends no requests until the next one is running. */
  pause(): void {
    this.#running ??= Promise.withResolvers();
  }

  /** Stops writing. @throws an error of a writer that no kill explains */
  async finish(): Promise<void> {
    this.#finished = true;
    this.resume();
    this.#allowed.resolve();
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (!this.#finished) {
      if (this.#begun >= this.#allowance) {
        await this.#allowed.promise;
        continue;
      }
      const index = this.#begun++;
      const planned = this.planned[index % this.planned.length];
      const target = this.visitors[planned?.conversation ?? 0];
      if (target === undefined) throw new Error("There is no visitor to write to.");
      await this.#running?.promise;
      await delay(planned?.pauseMs);
      await this.#writeUntilAcknowledged(target.conversationId, markOf(index));
    }
  }

  /** Repeats the request with the same clientMessageId until there is a response, as a robust client does. */
  async #writeUntilAcknowledged(conversationId: string, mark: string): Promise<void> {
    for (let requests = 0; !this.#finished; requests += 1) {
      await this.#running?.promise;
      if (requests > 0) this.#repeated += 1;
      this.#inFlight += 1;
      const response = this.admin.reply(conversationId, mark).catch(() => null); // lost with the process
      this.onRequest();
      const answer = await response;
      this.#inFlight -= 1;
      if (answer === null) continue;
      if (answer.errors !== undefined) throw new Error(`A reply was refused: ${JSON.stringify(answer.errors)}`);
      this.written.push({ mark, acknowledgedAtMs: performance.now() });
      return;
    }
  }
}
