import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { unauthenticated } from "../errors.js";
import type { Services } from "../services.js";
import { createSession } from "../sessions/session-store.js";
import { signSessionToken } from "../tokens/session-token.js";
import type { Agent } from "./agent.entity.js";
import { readDeviceToken, signDeviceToken } from "./device-token.js";
import { lockAgent } from "./lock-agent.js";
import { unknownPasswordHash } from "./password.js";
import { type Guesser, guessPassword } from "./password-guess.js";

// No valid email address or password is longer, so longer input is truncated before it is stored or hashed.
const maxInputLength = 320;

export interface SignInInput {
  readonly email: string;
  readonly password: string;
  /** From an earlier session on this device; one that is not valid any more counts as none. */
  readonly deviceToken?: string | null | undefined;
}

export interface AgentSession {
  readonly token: string;
  readonly expiresAt: Date;
  readonly deviceToken: string;
  readonly agent: Agent;
}

/**
 * Signs an agent in, until 12 hours after the last use.
 * @throws UNAUTHENTICATED, with the same message for an unknown email address and a wrong password
 * @throws RATE_LIMITED after too many failures: of a device that signed in before its own, of others those of their network and those for
 *   the email address; SERVICE_UNAVAILABLE if too many passwords are being verified
 */
export async function signIn(services: Services, input: SignInInput, remoteAddress: string): Promise<AgentSession> {
  const email = withoutNul(input.email.slice(0, maxInputLength).trim().toLowerCase());
  const [account] = await services.database.query<Account>(accountStatement, [email]);
  const deviceId = readDeviceToken(services, account ?? nobody, input.deviceToken);
  const guesser: Guesser =
    deviceId === null ? { kind: "stranger", email, remoteAddress } : { kind: "device", deviceId };
  // Outside the transaction: hashing takes tens of milliseconds.
  const password = input.password.slice(0, maxInputLength);
  const isRight = await guessPassword(services, guesser, account?.passwordHash ?? null, password);
  if (account === undefined || !isRight) throw invalidCredentials();

  const now = services.clock.now();
  const session = await services.database.transaction(async (transaction) => {
    const agent = await lockAgent(transaction, account.id);
    const [unchanged] = await transaction.query(unchangedStatement, [account.id, account.passwordHash]);
    // The agent was removed, or the password changed, while it was being verified.
    if (agent === null || unchanged === undefined) throw invalidCredentials();
    return { agent, ...(await createSession(transaction, { kind: "AGENT", agentId: agent.id }, now)) };
  });
  const token = await signSessionToken(services.config.appSecrets, session.sessionId);
  const deviceToken = signDeviceToken(services, account, deviceId);
  return { token, expiresAt: session.expiresAt, deviceToken, agent: session.agent };
}

interface Account {
  readonly id: string;
  readonly passwordHash: string;
}

/** In the place of an account that does not exist, so that a device's token takes as long. */
const nobody: Account = { id: "", passwordHash: unknownPasswordHash };

function invalidCredentials(): Error {
  return unauthenticated("The email address or the password is wrong.");
}

const accountStatement: Statement = {
  name: "find-agent-account",
  text: "SELECT id, password_hash FROM agents WHERE lower(email) = $1 AND removed_at IS NULL",
};
const unchangedStatement: Statement = {
  name: "is-password-unchanged",
  text: "SELECT id FROM agents WHERE id = $1 AND password_hash = $2",
};
