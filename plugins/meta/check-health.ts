import type { ChannelHealth } from "afterchat/channel";
import { z } from "zod";
import { classifyError } from "./classify-error.js";
import type { GraphResponse } from "./graph-api.js";
import { readGraphError } from "./graph-error.js";
import type { TokenKind } from "./settings.js";

const id = z.union([z.string(), z.number()]).transform(String);
const me = z.object({
  id: id.optional(),
  user_id: id.optional(),
  instagram_business_account: z.object({ id }).nullish(),
});

/** The fields to request from `/me`: for each kind of token the account's id is in another one. */
export const identityFields: Readonly<Record<TokenKind, string>> = {
  page: "id",
  "instagram-through-page": "id,instagram_business_account",
  "instagram-login": "id,user_id",
};

/** Pure: whether the token belongs to the account, by the response of `/me`. */
export function checkIdentity(response: GraphResponse, kind: TokenKind, accountId: string): ChannelHealth {
  if (response.outcome !== "answered") return { ok: false, failure: response.failure };
  const error = readGraphError(response.body);
  if (error !== null || response.status !== 200) {
    const { failure } = classifyError({ status: response.status, error, sentAs: "response", waitMs: 0, attempt: 1 });
    return { ok: false, failure };
  }
  const parsed = me.safeParse(response.body);
  const actual = parsed.success ? accountOf(parsed.data, kind) : undefined;
  if (actual === accountId) return { ok: true };
  const { noun, variables } = wordingOf(kind);
  const problem =
    actual === undefined
      ? `The token belongs to no ${noun}`
      : `The token belongs to ${noun} ${actual}, not ${accountId}`;
  return { ok: false, failure: { code: "CREDENTIALS_INVALID", detail: `${problem}: correct ${variables}` } };
}

function accountOf(identity: z.infer<typeof me>, kind: TokenKind): string | undefined {
  switch (kind) {
    case "page":
      return identity.id;
    case "instagram-through-page":
      return identity.instagram_business_account?.id;
    case "instagram-login":
      // `id` is scoped to the app; webhooks contain `user_id`.
      return identity.user_id;
  }
}

function wordingOf(kind: TokenKind): { readonly noun: string; readonly variables: string } {
  return kind === "page"
    ? { noun: "Page", variables: "MESSENGER_PAGE_ID or MESSENGER_PAGE_TOKEN" }
    : { noun: "Instagram account", variables: "INSTAGRAM_ACCOUNT_ID, INSTAGRAM_TOKEN or INSTAGRAM_LOGIN" };
}
