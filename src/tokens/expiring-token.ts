import type { Clock } from "../clock.js";
import { signShortToken, verifyShortToken } from "./short-token.js";

// The signed id, and when it expires: in milliseconds, base 36.
const pattern = /^([a-z2-7]+)-([0-9a-z]{1,11})$/i;

interface Signing {
  readonly config: { readonly appSecrets: readonly string[] };
  readonly clock: Pick<Clock, "now">;
}

/** A token for a URL that grants one action on `id` to anyone who has it, for `lifetimeMs`. Nothing is stored. */
export function signExpiringToken({ config, clock }: Signing, purpose: string, id: string, lifetimeMs: number): string {
  const [secret] = config.appSecrets;
  if (secret === undefined) throw new Error("APP_SECRET holds no secret to sign with.");
  const expires = (clock.now().getTime() + lifetimeMs).toString(36);
  return `${signShortToken(secret, `${purpose}:${expires}`, id)}-${expires}`;
}

/** The id that a token was signed for, or why the token is refused. */
export function verifyExpiringToken(
  { config, clock }: Signing,
  purpose: string,
  token: string,
): { readonly id: string } | "forged" | "expired" {
  const [, signed, given] = pattern.exec(token) ?? [];
  if (signed === undefined || given === undefined) return "forged";
  const expires = given.toLowerCase();
  // The expiry is signed as part of the purpose, which keeps the token short.
  const id = verifyShortToken(config.appSecrets, `${purpose}:${expires}`, signed);
  if (id === null) return "forged";
  return clock.now().getTime() >= Number.parseInt(expires, 36) ? "expired" : { id };
}
