import type { ChannelHealth } from "afterchat/channel";
import { z } from "zod";
import { classifyError } from "./classify-error.js";
import { readGraphError } from "./graph-error.js";
import type { GraphAnswer } from "./graph-request.js";
import type { TokenKind } from "./settings.js";

const id = z.union([z.string(), z.number()]).transform(String);
const me = z.object({
  id: id.optional(),
  user_id: id.optional(),
  instagram_business_account: z.object({ id }).nullish(),
});

/** What to ask `/me` for: the account's id stands elsewhere in each kind of token's answer. */
export const identityFields: Readonly<Record<TokenKind, string>> = {
  page: "id",
  "instagram-through-page": "id,instagram_business_account",
  "instagram-login": "id,user_id",
};

/** Pure: whether token and account fit, by what `/me` answered. */
export function checkIdentity(answer: GraphAnswer, kind: TokenKind, accountId: string): ChannelHealth {
  if (answer.outcome !== "answered") return { ok: false, failure: answer.failure };
  const error = readGraphError(answer.body);
  if (error !== null || answer.status !== 200) {
    const { failure } = classifyError({ status: answer.status, error, sentAs: "response", waitMs: 0, attempt: 1 });
    return { ok: false, failure };
  }
  const found = me.safeParse(answer.body);
  const actual = found.success ? accountOf(found.data, kind) : undefined;
  if (actual === accountId) return { ok: true };
  const { what, variable } = namesOf(kind);
  const problem =
    actual === undefined
      ? `The token belongs to no ${what}`
      : `The token belongs to ${what} ${actual}, not ${accountId}`;
  return { ok: false, failure: { code: "CREDENTIALS_INVALID", detail: `${problem}: correct ${variable}` } };
}

function accountOf(found: z.infer<typeof me>, kind: TokenKind): string | undefined {
  switch (kind) {
    case "page":
      return found.id;
    case "instagram-through-page":
      return found.instagram_business_account?.id;
    case "instagram-login":
      // `id` is the app's own name for the account; webhooks say `user_id`.
      return found.user_id;
  }
}

function namesOf(kind: TokenKind): { readonly what: string; readonly variable: string } {
  return kind === "page"
    ? { what: "Page", variable: "MESSENGER_PAGE_ID or MESSENGER_PAGE_TOKEN" }
    : { what: "Instagram account", variable: "INSTAGRAM_ACCOUNT_ID, INSTAGRAM_TOKEN or INSTAGRAM_LOGIN" };
}
