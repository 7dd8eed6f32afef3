import { describeError, type Logger } from "../logger.js";

const intervalMs = 10_000;

export interface ThrottledLog {
  /** Logs an error, at most once per 10 s, with the number of errors suppressed before it. */
  failed(error: unknown): void;
  /** Logs the recovery, if an error was logged before. */
  recovered(): void;
}

/** A database that is down causes several errors a second: this limits them to one line per interval. */
export function createThrottledLog(
  logger: Logger,
  messages: { readonly failed: string; readonly recovered: string },
): ThrottledLog {
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let suppressed = 0;
  let isFailing = false;
  return {
    failed(error) {
      if (performance.now() - loggedAtMs < intervalMs) {
        suppressed += 1;
        return;
      }
      logger.warn(messages.failed, { error: describeError(error), suppressed });
      isFailing = true;
      loggedAtMs = performance.now();
      suppressed = 0;
    },
    recovered() {
      if (!isFailing) return;
      isFailing = false;
      logger.info(messages.recovered, { suppressed });
      suppressed = 0;
    },
  };
}
