import { AsyncLocalStorage } from "node:async_hooks";
import pg from "pg";

/**
 * The server cancels a statement after this time. It is longer than the server lets a frozen process keep its row locks,
 * so that those who wait for such a lock get it.
 */
export const maxStatementMs = 18_000;
/** Later than the server's own limit: a connection without an answer by then has fallen silent. */
const silentAfterMs = 20_000;

const unlimited = new AsyncLocalStorage<true>();

/** Lifts the server's limit until the end of the transaction. */
export const noTimeLimit = "SET LOCAL statement_timeout = 0";

/** Lifts this side's limit while `work` runs. */
export function withoutTimeLimit<T>(work: () => Promise<T>): Promise<T> {
  return unlimited.run(true, work);
}

/**
 * A connection that is closed when a statement is not answered in time. A network that drops packets, or a server that
 * disappeared, does not reset its connections: whoever waits for an answer would wait for as long as TCP retries, minutes.
 * The driver's `query_timeout` is not used because it rejects the statement but keeps the connection, which a transaction
 * then cannot return to the pool.
 */
export class TimeLimitedClient extends pg.Client {
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // Emitted whenever all statements are answered.
    this.on("drain", () => this.#disarm());
    this.once("end", () => {
      this.#hasEnded = true;
      this.#disarm();
    });
  }

  // `never` is the only type that satisfies all overloads of the driver's method; the result is theirs.
  override query(...given: unknown[]): never {
    if (unlimited.getStore() === undefined && !this.#hasEnded) this.#arm();
    return Reflect.apply(super.query, this, given) as never;
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => this.#closeAsSilent(), silentAfterMs);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #closeAsSilent(): void {
    // Without a handshake: the other side may not be there any more.
    this.connection.stream.destroy(
      new Error(`The database has not answered for ${silentAfterMs / 1_000} seconds: its connection is closed.`),
    );
  }
}
