import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Company, Correspondent } from "./company.js";
import type { PlannedReply } from "./kill-plan.js";
import { markOf, type WrittenReply } from "./written-and-arrived.js";

const writersAtOnce = 4;

/** Agents who write one reply after the other, through all deaths of the program, and note what it acknowledged. */
export class ReplyWriters {
  readonly written: WrittenReply[] = [];
  /** Called when a reply has been asked for and not been answered. */
  onRequest: () => void = () => {};
  #askedAgain = 0;
  #inFlight = 0;
  #begun = 0;
  #allowance = 0;
  #finished = false;
  #allowed = Promise.withResolvers<void>();
  #running: PromiseWithResolvers<void> | null = Promise.withResolvers<void>();
  readonly #writing: Promise<unknown>;

  constructor(
    private readonly company: Company,
    private readonly correspondents: readonly Correspondent[],
    private readonly planned: readonly PlannedReply[],
  ) {
    this.#writing = Promise.all(Array.from({ length: writersAtOnce }, () => this.#write()));
    this.#writing.catch(() => {}); // told by `finish`
  }

  /** Asked for again with the same clientMessageId, because the answer was lost with the process. */
  get askedAgain(): number {
    return this.#askedAgain;
  }

  /** Asked for and not acknowledged. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get allowance(): number {
    return this.#allowance;
  }

  /** Everything that may be written has been acknowledged. */
  get areDone(): boolean {
    return this.written.length >= this.#allowance;
  }

  /** So many replies may be written from now on, all in all. */
  allow(replies: number): void {
    this.#allowance = Math.max(this.#allowance, replies);
    this.#allowed.resolve();
    this.#allowed = Promise.withResolvers();
  }

  /** The program runs: what waited for it goes on. */
  goOn(): void {
    this.#running?.resolve();
    this.#running = null;
  }

  /** The program is gone: nothing is asked for until the next one runs. */
  pause(): void {
    this.#running ??= Promise.withResolvers();
  }

  /** Ends writing. @throws what a writer met that no death explains */
  async finish(): Promise<void> {
    this.#finished = true;
    this.goOn();
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
      const target = this.correspondents[planned?.conversation ?? 0];
      if (target === undefined) throw new Error("There is nobody to write to.");
      await this.#running?.promise;
      await delay(planned?.pauseMs);
      await this.#writeUntilAcknowledged(target.conversationId, markOf(index));
    }
  }

  /** As a good client does: while no answer has come, it asks again with the same clientMessageId. */
  async #writeUntilAcknowledged(conversationId: string, mark: string): Promise<void> {
    for (let asked = 0; !this.#finished; asked += 1) {
      await this.#running?.promise;
      if (asked > 0) this.#askedAgain += 1;
      this.#inFlight += 1;
      const answering = this.company.reply(conversationId, mark).catch(() => null); // lost with the process
      this.onRequest();
      const answer = await answering;
      this.#inFlight -= 1;
      if (answer === null) continue;
      if (answer.errors !== undefined) throw new Error(`A reply was refused: ${JSON.stringify(answer.errors)}`);
      this.written.push({ mark, acknowledgedAtMs: performance.now() });
      return;
    }
  }
}
