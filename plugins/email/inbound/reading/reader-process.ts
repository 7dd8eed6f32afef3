import { type ChildProcess, fork } from "node:child_process";
import { UnreadableMailError } from "./mail-reader.js";
import { type FromChild, slicesOf, type ToChild } from "./protocol.js";

export interface ReaderLimits {
  /** How long the process may be busy with an email of this size. */
  readonly maxMs: (sizeBytes: number) => number;
  /** Of JavaScript's heap. */
  readonly maxHeapMegabytes: number;
  /** After which it ends when it has nothing to do. */
  readonly idleMs: number;
  /** The file that it runs. */
  readonly file: string;
}

type Answer<Type extends FromChild["type"]> = Extract<FromChild, { type: Type }>;

/** A process that reads one email at a time. It starts when it is needed, and is replaced after an email that ended it. */
export class ReaderProcess {
  #child: ChildProcess | null = null;
  #ended: Promise<Ending> = Promise.resolve({ code: 0, signal: null });
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly limits: ReaderLimits) {}

  /**
   * Sends a task when those before it are done.
   * @returns the answer, and the bytes that came ahead of it
   * @throws {UnreadableMailError} if it takes too much time or memory
   */
  run<Type extends "read" | "check">(
    task: Extract<ToChild, { type: Type }>,
    content: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ readonly answer: Answer<Type>; readonly bytes: Buffer }> {
    const result = this.#last.then(() => this.#run<Type>(task, content, signal));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Ends the process, whatever it is doing. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  async #run<Type extends "read" | "check">(
    task: Extract<ToChild, { type: Type }>,
    content: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ readonly answer: Answer<Type>; readonly bytes: Buffer }> {
    signal.throwIfAborted();
    clearTimeout(this.#idle);
    // One that has just been told to end, or has crashed while it had nothing to do.
    if (this.#child?.connected === false) await this.#ended;
    const child = this.#child ?? (await this.#start());
    const maxMs = this.limits.maxMs(content.byteLength);
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const stop = () => child.kill("SIGKILL");
    signal.addEventListener("abort", stop, { once: true });
    const exchange = new Exchange(child);
    try {
      signal.throwIfAborted();
      for (const slice of slicesOf(content)) await send(child, slice);
      timer = setTimeout(() => {
        isLate = true;
        stop();
      }, maxMs);
      await send(child, task);
      const answered = await exchange.answer;
      if (answered.type === "failed") throw new Error(`An email could not be read: ${answered.message}`);
      return { answer: answered as Answer<Type>, bytes: exchange.bytes };
    } catch (error) {
      signal.throwIfAborted();
      if (isLate) throw new UnreadableMailError(`reading it took longer than ${maxMs / 1_000} seconds`);
      // The error says only that the process has gone.
      const ending = child.connected ? null : await this.#ended;
      if (ending !== null && hasAborted(ending)) throw new UnreadableMailError("reading it needed too much memory");
      throw ending === null
        ? error
        : new Error(`The process that read it ended: ${describe(ending)}`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      exchange.end();
      if (child.killed || !child.connected) await this.#ended;
      else this.#idle = setTimeout(() => child.disconnect(), this.limits.idleMs).unref();
    }
  }

  /** Resolves once the code is loaded, whose time is not the email's. */
  async #start(): Promise<ChildProcess> {
    const { file, maxHeapMegabytes } = this.limits;
    const sourceMaps = process.execArgv.filter((argument) => argument === "--enable-source-maps");
    const { NODE_COMPILE_CACHE: cache } = process.env;
    const child = fork(file, {
      execArgv: [`--max-old-space-size=${maxHeapMegabytes}`, ...sourceMaps],
      // It reads what strangers write, and needs none of the program's secrets.
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const ended = (ending: Ending) => {
        if (this.#child === child) this.#child = null;
        resolve(ending);
      };
      child.once("exit", (code, signal) => ended({ code, signal }));
      // It could not be started; afterwards it is an error of a message, which its sender is told.
      child.on("error", () => child.pid === undefined && ended({ code: null, signal: null }));
    });
    const exchange = new Exchange(child);
    try {
      await exchange.answer;
    } catch (error) {
      throw new Error(`The process that reads emails did not start: ${describe(await this.#ended)}`, { cause: error });
    } finally {
      exchange.end();
    }
    return child;
  }
}

/** What comes back for one task. */
class Exchange {
  readonly answer: Promise<Exclude<FromChild, { type: "bytes" }>>;
  readonly #received: Uint8Array[] = [];
  readonly #settled = Promise.withResolvers<Exclude<FromChild, { type: "bytes" }>>();

  constructor(private readonly child: ChildProcess) {
    this.answer = this.#settled.promise;
    // The task may fail before it is waited for.
    this.answer.catch(() => undefined);
    child.on("message", this.#receive).on("error", this.#fail).on("disconnect", this.#disconnected);
    if (!child.connected) this.#disconnected();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#received);
  }

  end(): void {
    this.child.off("message", this.#receive).off("error", this.#fail).off("disconnect", this.#disconnected);
  }

  readonly #receive = (message: unknown) => {
    const received = message as FromChild;
    if (received.type === "bytes") this.#received.push(received.bytes);
    else this.#settled.resolve(received);
  };
  readonly #fail = (error: Error) => this.#settled.reject(error);
  readonly #disconnected = () => this.#settled.reject(new Error("The process has ended."));
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What V8 does when the heap is full. 134: the same behind a shell. */
function hasAborted({ code, signal }: Ending): boolean {
  return signal === "SIGABRT" || code === 134;
}

function describe({ code, signal }: Ending): string {
  if (signal !== null) return signal;
  return code === null ? "it is not known why" : `exit code ${code}`;
}

/** Resolves when the message has left. */
function send(child: ChildProcess, message: ToChild): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(message, (error) => (error === null ? resolve() : reject(error)));
  });
}
