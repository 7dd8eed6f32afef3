/** How long a call into a plugin may take before it counts as failed. Tests use shorter ones. */
export interface ChannelDeadlines {
  readonly connectMs: number;
  readonly closeMs: number;
  readonly healthMs: number;
  /** For a webhook or a page. */
  readonly handleMs: number;
}

export const channelDeadlines: ChannelDeadlines = {
  connectMs: 15_000,
  closeMs: 5_000,
  healthMs: 20_000,
  handleMs: 30_000,
};

export class DeadlineError extends Error {
  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs / 1000} s`);
    this.name = "DeadlineError";
  }
}

/** Runs what does not depend on the plugin, such as a client that sends slowly; the time for the plugin begins anew afterwards. */
export type Uncounted = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Runs a plugin's `work`, which may throw synchronously, reject or never settle. A late result or rejection is ignored;
 * a caller that needs it must handle it inside `work`.
 * @throws {DeadlineError} after `deadlineMs`
 */
export async function withinDeadline<T>(deadlineMs: number, work: (uncounted: Uncounted) => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const start = () => {
    if (!hasEnded) timer = setTimeout(() => reject(new DeadlineError(deadlineMs)), deadlineMs);
  };
  start();
  try {
    const uncounted: Uncounted = async (other) => {
      clearTimeout(timer);
      try {
        return await other();
      } finally {
        clearTimeout(timer);
        start();
      }
    };
    return await Promise.race([(async () => work(uncounted))(), expired]);
  } finally {
    hasEnded = true;
    clearTimeout(timer);
  }
}
