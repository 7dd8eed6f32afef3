import { z } from "zod";
import type { WebhookOptions } from "./webhook-options.js";

export type FetchedProfile =
  | { readonly outcome: "fetched"; readonly name: string | null; readonly locale: string | null }
  /** Meta provides no profile. This is normal: consent is missing, or the account no longer exists. */
  | { readonly outcome: "refused"; readonly why: string }
  | { readonly outcome: "retry"; readonly why: string };

const fields = {
  page: "first_name,last_name,profile_pic",
  instagram: "name,username,profile_pic",
} as const;

const line = z
  .string()
  .transform((text) => text.replace(/\s+/gu, " ").trim())
  .nullish()
  .catch(null);
const profile = z.object({ first_name: line, last_name: line, name: line, username: line, locale: line });
const errorBody = z.object({
  error: z.object({
    code: z.coerce.number().catch(0),
    message: z.string().catch(""),
    is_transient: z.boolean().catch(false),
  }),
});
/** Temporary errors, rate limits, and invalid tokens, which an operator can replace. */
const retryableCodes = [1, 2, 4, 17, 32, 190, 341, 368, 613, 1200];

/** Fetches a visitor's name and locale. */
export async function fetchProfile(
  { readGraph, object }: Pick<WebhookOptions, "readGraph" | "object">,
  id: string,
  signal: AbortSignal,
): Promise<FetchedProfile> {
  const response = await readGraph({ path: `/${id}`, query: { fields: fields[object] } }, signal);
  if (response.outcome !== "answered") return { outcome: "retry", why: response.failure.detail };
  return readProfile(response.status, response.body);
}

/** Pure: the profile in Meta's response. An `error` may come with status 200. */
export function readProfile(status: number, body: unknown): FetchedProfile {
  const error = errorBody.safeParse(body).data?.error;
  if (error !== undefined) {
    const { code, message, is_transient: transient } = error;
    const retryable = transient || status === 429 || status >= 500 || retryableCodes.includes(code);
    return { outcome: retryable ? "retry" : "refused", why: `Meta says: ${message} (code ${code})` };
  }
  const parsed = profile.safeParse(body);
  if (status !== 200 || !parsed.success) {
    const retryable = status === 429 || status >= 500;
    return { outcome: retryable ? "retry" : "refused", why: `Meta responded with HTTP ${status} and no profile` };
  }
  const { first_name: first, last_name: last, name, username, locale } = parsed.data;
  const fullName = name || [first, last].filter(Boolean).join(" ") || username || null;
  // Meta writes pt_BR; the BCP 47 tag is pt-BR.
  return { outcome: "fetched", name: fullName?.slice(0, 200) ?? null, locale: locale?.replaceAll("_", "-") || null };
}
