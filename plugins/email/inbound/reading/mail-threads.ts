import { fileURLToPath } from "node:url";
import type { Logger } from "afterchat/channel";
import type { Piscina } from "piscina";
import type { CheckedSender } from "../authentication/check-sender.js";
import { type MailReader, UnreadableMailError } from "./mail-reader.js";
import type { ReadMail } from "./read-mail.js";

const megabyte = 1_048_576;
/** Larger emails have a thread of their own, so that ordinary ones do not wait for them. */
const maxSmallBytes = megabyte;
/** An email of one kilobyte takes some milliseconds, 25 MB half a second; the worst known ones a few seconds. */
const baseMs = 2_000;
const msPerMegabyte = 250;
/** An unused thread ends, and its memory is free again. */
const idleMs = 10_000;
/** Of JavaScript's heap. The largest known need of a 25 MB email is a third of it. */
const maxHeapMegabytes = 256;

const worker = fileURLToPath(new URL("./worker.js", import.meta.url));

export interface ThreadLimits {
  /** How long a thread may be busy with an email of this size. */
  readonly maxMs: (sizeBytes: number) => number;
  readonly maxHeapMegabytes: number;
  /** The file that threads run. */
  readonly worker: string;
}

const defaultLimits: ThreadLimits = {
  maxMs: (sizeBytes) => baseMs + (sizeBytes / megabyte) * msPerMegabyte,
  maxHeapMegabytes,
  worker,
};

/**
 * Reads emails in two threads, one for large ones; each reads one email after the other. They start with the first email,
 * and end when there is nothing to do. An email that takes too long, or too much memory, ends its thread only.
 */
export class MailThreads implements MailReader {
  readonly #small: MailThread;
  readonly #large: MailThread;

  /** @param limits tests use narrower ones */
  constructor(logger: Logger, limits: Partial<ThreadLimits> = {}) {
    this.#small = new MailThread(logger, { ...defaultLimits, ...limits });
    this.#large = new MailThread(logger, { ...defaultLimits, ...limits });
  }

  read(mail: Parameters<MailReader["read"]>[0], signal: AbortSignal): Promise<ReadMail> {
    return this.#threadFor(mail.content).run("read", mail, signal);
  }

  checkSender(sender: Parameters<MailReader["checkSender"]>[0], signal: AbortSignal): Promise<CheckedSender> {
    return this.#threadFor(sender.content).run("check", sender, signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.#small.close(), this.#large.close()]);
  }

  #threadFor({ byteLength }: Uint8Array): MailThread {
    return byteLength <= maxSmallBytes ? this.#small : this.#large;
  }
}

/** One thread at a time: it is replaced after an email that it did not survive. */
class MailThread {
  #pool: Promise<Piscina> | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly logger: Logger,
    private readonly limits: ThreadLimits,
  ) {}

  /** Runs a function of worker.ts when those before it are done. Its content is copied, and the copy given to the thread. */
  run<Task extends { readonly content: Uint8Array }, Result>(
    name: "read" | "check",
    task: Task,
    signal: AbortSignal,
  ): Promise<Result> {
    const result = this.#last.then(() => this.#run<Task, Result>(name, task, signal));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await (await this.#pool)?.destroy();
  }

  async #run<Task extends { readonly content: Uint8Array }, Result>(
    name: "read" | "check",
    task: Task,
    signal: AbortSignal,
  ): Promise<Result> {
    signal.throwIfAborted();
    this.#pool ??= this.#open();
    const pool = await this.#pool;
    // The time to start a thread and to load its code is not the email's.
    await pool.run(undefined, { name: "start", signal });
    const maxMs = this.limits.maxMs(task.content.byteLength);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), maxMs);
    const content = new Uint8Array(task.content);
    try {
      return await pool.run(
        { ...task, content },
        { name, signal: AbortSignal.any([signal, timeout.signal]), transferList: [content.buffer] },
      );
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.signal.aborted) throw new UnreadableMailError(`reading it took longer than ${maxMs / 1_000} seconds`);
      if (isOutOfMemory(error)) throw new UnreadableMailError("reading it needed too much memory");
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(): Promise<Piscina> {
    // Imported with the first email, like what the thread loads.
    const { Piscina } = await import("piscina");
    const { maxHeapMegabytes, worker } = this.limits;
    const pool = new Piscina({
      filename: worker,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleMs,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
      // The thread that answers visitors goes first when there are too few processors.
      niceIncrement: 10,
    });
    // Of a thread that fails while it has nothing to do: the next email starts another one.
    pool.on("error", (error: unknown) => this.logger.warn("A thread that reads emails failed", { error }));
    return pool;
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
