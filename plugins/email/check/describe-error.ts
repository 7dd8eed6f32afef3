import { z } from "zod";

const fault = z.object({
  message: z.string().optional(),
  code: z.string().optional(),
  cause: z.unknown(),
  errors: z.array(z.unknown()).optional(),
});

/** What a thrown value says, in a part of a sentence: `fetch` hides it in a cause, and a list of tried addresses in that. */
export function describeFault(error: unknown): string {
  const { data } = fault.safeParse(error);
  if (data === undefined) return String(error);
  const inner = data.errors?.[0] ?? data.cause;
  return inner === undefined || inner === null ? data.message || data.code || "unknown" : describeFault(inner);
}
