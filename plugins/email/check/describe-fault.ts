/** What a thrown value says, in a sentence's part: `fetch` and DNS hide it in a cause or a code. */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  if (inner instanceof Error) return describeFault(inner);
  return error.message || ("code" in error ? String(error.code) : error.name);
}
