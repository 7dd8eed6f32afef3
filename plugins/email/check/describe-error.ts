import { z } from "zod";

const errorLike = z.object({
  message: z.string().optional(),
  code: z.string().optional(),
  cause: z.unknown(),
  errors: z.array(z.unknown()).optional(),
});

/**
 * The innermost message of a thrown value: `fetch` wraps the reason in a cause, which may contain an error per address.
 */
export function describeError(error: unknown): string {
  const { data } = errorLike.safeParse(error);
  if (data === undefined) return String(error);
  const inner = data.errors?.[0] ?? data.cause;
  return inner === undefined || inner === null ? data.message || data.code || "unknown" : describeError(inner);
}
