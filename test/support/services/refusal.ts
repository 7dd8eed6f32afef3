/** What an error for the caller carries. */
export interface Refusal {
  readonly code: string;
  readonly field?: string;
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
}

/** The `extensions` of the error that a promise is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise;
  } catch (error) {
    const { extensions } = error as { extensions?: Refusal };
    if (extensions === undefined) throw error;
    return extensions;
  }
  throw new Error("It was not refused.");
}
