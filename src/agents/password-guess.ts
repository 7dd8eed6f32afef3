import { rateLimited } from "../errors.js";
import type { ProgressiveDelayName } from "../limits/limit-table.js";
import { networkOf } from "../limits/network-of.js";
import { countWithPauses, endPauses, refuseDuringPause } from "../limits/progressive-delays.js";
import type { Services } from "../services.js";
import { verifyPassword } from "./password.js";

/** Who guesses; each has limits of its own, so that the guesses of one never stop another. */
export type Guesser =
  /** Somebody who could be anybody: limited by network, and by the account that the address `email` would have. */
  | { readonly kind: "stranger"; readonly email: string; readonly remoteAddress: string }
  /** A device that has signed in to the account before. */
  | { readonly kind: "device"; readonly deviceId: string }
  | { readonly kind: "session"; readonly sessionId: string };

type Guessing = Pick<Services, "database" | "limits" | "passwords">;

/**
 * Whether a password is the one of a hash; the hash is null for an account that does not exist, which takes as long. A guess is
 * counted before it is verified, so that many at once are limited too, and not before its turn, so that an office that signs in at once does
 * not look like one that guesses. A right one is taken back. What is refused anyway does not wait for a turn.
 * @throws RATE_LIMITED after too many wrong ones, SERVICE_UNAVAILABLE if too many wait
 */
export async function guessPassword(
  services: Guessing,
  guesser: Guesser,
  passwordHash: string | null,
  password: string,
): Promise<boolean> {
  await refuseIfLimited(services, guesser);
  const [queue, caller] = turnOf(guesser);
  return services.passwords.inTurn(queue, caller, async () => {
    await count(services, guesser);
    const isRight = await verifyPassword(passwordHash, password);
    if (isRight) await takeBack(services, guesser);
    return isRight;
  });
}

async function refuseIfLimited({ database, limits }: Guessing, guesser: Guesser): Promise<void> {
  const seconds =
    guesser.kind === "stranger"
      ? await limits.secondsUntilAllowed("wrongPasswordsOfNetwork", networkOf(guesser.remoteAddress))
      : 0;
  if (seconds > 0) throw rateLimited(seconds);
  await refuseDuringPause(database, ...pauseOf(guesser));
}

async function count({ database, limits }: Guessing, guesser: Guesser): Promise<void> {
  const [pause, key] = pauseOf(guesser);
  if (guesser.kind !== "stranger") return countWithPauses(database, pause, key);
  const network = networkOf(guesser.remoteAddress);
  await limits.spend("wrongPasswordsOfNetwork", network);
  try {
    await countWithPauses(database, pause, key);
  } catch (error) {
    // Nothing is verified: to ask during a pause must not use up what colleagues have.
    await limits.giveBack("wrongPasswordsOfNetwork", network);
    throw error;
  }
}

async function takeBack({ database, limits }: Guessing, guesser: Guesser): Promise<void> {
  const [pause, key] = pauseOf(guesser);
  await endPauses(database, pause, key);
  if (guesser.kind === "stranger") await limits.giveBack("wrongPasswordsOfNetwork", networkOf(guesser.remoteAddress));
}

function pauseOf(guesser: Guesser): readonly [name: ProgressiveDelayName, key: string] {
  switch (guesser.kind) {
    case "stranger":
      return ["wrongPasswordsForAccount", guesser.email];
    case "device":
      return ["wrongPasswordsOfDevice", guesser.deviceId];
    case "session":
      return ["wrongPasswordsOfSession", guesser.sessionId];
  }
}

/** With whom the guesser waits, and whose turns are taken together. */
function turnOf(guesser: Guesser): readonly ["strangers" | "staff", caller: string] {
  return guesser.kind === "stranger" ? ["strangers", networkOf(guesser.remoteAddress)] : ["staff", pauseOf(guesser)[1]];
}
