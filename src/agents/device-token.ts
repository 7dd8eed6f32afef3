import { v4 } from "uuid";
import type { Services } from "../services.js";
import { signExpiringToken, verifyExpiringToken } from "../tokens/expiring-token.js";

const lifetimeMs = 365 * 86_400_000;
/** They have 56 characters; anything much longer is refused without any cryptography. */
const maxLength = 200;

/** An account as it is now: a token of an earlier password is not valid any more. */
interface Account {
  readonly id: string;
  readonly passwordHash: string;
}

type Signing = Pick<Services, "config" | "clock">;

/**
 * A token for a device that has just signed in to the account, good for a year. It lets nobody in: it only shows that guesses from
 * this device are not a stranger's.
 * @param deviceId of the token that the device already had; null for a new device
 */
export function signDeviceToken(signing: Signing, account: Account, deviceId: string | null): string {
  return signExpiringToken(signing, purposeOf(account), deviceId ?? v4(), lifetimeMs);
}

/** The id of the device; null if the token is another account's, of an earlier password, forged, expired or missing. */
export function readDeviceToken(signing: Signing, account: Account, token: string | null | undefined): string | null {
  if (token == null || token.length > maxLength) return null;
  const verified = verifyExpiringToken(signing, purposeOf(account), token);
  return typeof verified === "string" ? null : verified.id;
}

/** The hash is salted, so that a password that is chosen again is another one. */
function purposeOf({ id, passwordHash }: Account): string {
  return `device:${id}:${passwordHash}`;
}
