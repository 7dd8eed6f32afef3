import { z } from "zod";
import type { WebhookOptions } from "./webhook-options.js";

export type FetchedProfile =
  | { readonly outcome: "fetched"; readonly name: string | null; readonly locale: string | null }
  /** Meta does not say, which is ordinary: consent is missing, or the person is not there any more. */
  | { readonly outcome: "refused"; readonly why: string }
  | { readonly outcome: "again"; readonly why: string };

const fields = {
  page: "first_name,last_name,profile_pic",
  instagram: "name,username,profile_pic",
} as const;

const line = z
  .string()
  .transform((given) => given.replace(/\s+/gu, " ").trim())
  .nullish()
  .catch(null);
const profile = z.object({ first_name: line, last_name: line, name: line, username: line, locale: line });
const refusal = z.object({
  error: z.object({
    code: z.coerce.number().catch(0),
    message: z.string().catch(""),
    is_transient: z.boolean().catch(false),
  }),
});
/** Temporary, limits, and tokens that an operator mends. */
const passing = [1, 2, 4, 17, 32, 190, 341, 368, 613, 1200];

/** Asks who a visitor is. */
export async function fetchProfile(
  { ask, object }: Pick<WebhookOptions, "ask" | "object">,
  id: string,
  signal: AbortSignal,
): Promise<FetchedProfile> {
  const answer = await ask({ path: `/${id}`, query: { fields: fields[object] } }, signal);
  if (answer.outcome !== "answered") return { outcome: "again", why: answer.failure.detail };
  return readProfile(answer.status, answer.body);
}

/** Pure: what Meta's answer says of a person. An `error` may come with status 200. */
export function readProfile(status: number, body: unknown): FetchedProfile {
  const refused = refusal.safeParse(body).data?.error;
  if (refused !== undefined) {
    const { code, message, is_transient: transient } = refused;
    const again = transient || status === 429 || status >= 500 || passing.includes(code);
    return { outcome: again ? "again" : "refused", why: `Meta says: ${message} (code ${code})` };
  }
  const read = profile.safeParse(body);
  if (status !== 200 || !read.success) {
    const again = status === 429 || status >= 500;
    return { outcome: again ? "again" : "refused", why: `Meta answered with HTTP ${status}, and no profile` };
  }
  const { first_name: first, last_name: last, name, username, locale } = read.data;
  const full = name || [first, last].filter(Boolean).join(" ") || username || null;
  // Meta writes pt_BR, BCP 47 wants pt-BR.
  return { outcome: "fetched", name: full?.slice(0, 200) ?? null, locale: locale?.replaceAll("_", "-") || null };
}
