import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { unauthenticated } from "../errors.js";
import type { Services } from "../services.js";
import { createSession } from "../sessions/session-store.js";
import { signSessionToken } from "../tokens/session-token.js";
import type { Agent } from "./agent.entity.js";
import { lockAgent } from "./lock-agent.js";
import { verifyPassword } from "./password.js";
import { countGuess, resetGuesses } from "./password-guesses.js";

// No valid email address or password is longer, so longer input is truncated before it is stored or hashed.
const maxInputLength = 320;

export interface SignInInput {
  readonly email: string;
  readonly password: string;
}

export interface AgentSession {
  readonly token: string;
  readonly expiresAt: Date;
  readonly agent: Agent;
}

/**
 * Signs an agent in, until 12 hours after the last use.
 * @throws UNAUTHENTICATED, with the same message for an unknown email address and a wrong password
 * @throws RATE_LIMITED after 10 failures in 15 minutes for the same email address and remote address
 */
export async function signIn(services: Services, input: SignInInput, remoteAddress: string): Promise<AgentSession> {
  const email = withoutNul(input.email.trim().toLowerCase().slice(0, maxInputLength));
  const guessKey = `${remoteAddress} ${email}`;
  await countGuess(services, guessKey);
  const [account] = await services.database.query<{ id: string; passwordHash: string }>(accountStatement, [email]);
  // Outside the transaction: hashing takes tens of milliseconds.
  const matches = await verifyPassword(account?.passwordHash ?? null, input.password.slice(0, maxInputLength));
  if (account === undefined || !matches) throw invalidCredentials();

  const now = services.clock.now();
  const session = await services.database.transaction(async (transaction) => {
    const agent = await lockAgent(transaction, account.id);
    const [unchanged] = await transaction.query(unchangedStatement, [account.id, account.passwordHash]);
    // The agent was removed, or the password changed, while it was being verified.
    if (agent === null || unchanged === undefined) throw invalidCredentials();
    return { agent, ...(await createSession(transaction, { kind: "AGENT", agentId: agent.id }, now)) };
  });
  await resetGuesses(services, guessKey);
  const token = await signSessionToken(services.config.appSecrets, session.sessionId);
  return { token, expiresAt: session.expiresAt, agent: session.agent };
}

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
