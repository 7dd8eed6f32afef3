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

/**
 * Runs a plugin's `work`, which may throw synchronously, reject or never settle. A late result or rejection is ignored;
 * a caller that needs it must handle it inside `work`.
 * @throws {DeadlineError} after `deadlineMs`
 */
export async function withinDeadline<T>(deadlineMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([(async () => work())(), expired]);
  } finally {
    clearTimeout(timer);
  }
}
