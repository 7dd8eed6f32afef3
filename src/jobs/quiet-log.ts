import type { Logger } from "../logger.js";
import { describeError } from "../logger.js";

const quietMs = 10_000;

export interface QuietLog {
  /** One trouble of many alike: at most one line per 10 s, which counts those that were left out before it. */
  trouble(error: unknown): void;
  /** The trouble is over. Says so once, if it was spoken of. */
  over(): void;
}

/** A database that is away makes several errors a second: this keeps them to a line now and then. */
export function createQuietLog(logger: Logger, wording: { readonly trouble: string; readonly over: string }): QuietLog {
  let spokenAtMs = Number.NEGATIVE_INFINITY;
  let leftOut = 0;
  let spokenOf = false;
  return {
    trouble(error) {
      if (performance.now() - spokenAtMs < quietMs) {
        leftOut += 1;
        return;
      }
      logger.warn(wording.trouble, { error: describeError(error), leftOut });
      spokenOf = true;
      spokenAtMs = performance.now();
      leftOut = 0;
    },
    over() {
      if (!spokenOf) return;
      spokenOf = false;
      logger.info(wording.over, { leftOut });
      leftOut = 0;
    },
  };
}
