import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { unauthenticated } from "../errors.js";
import type { Services } from "../services.js";
import { createSession } from "../sessions/session-store.js";
import { signSessionToken } from "../tokens/session-token.js";
import type { Agent } from "./agent.entity.js";
import { lockAgent } from "./agent-columns.js";
import { verifyPassword } from "./password.js";
import { countGuess, forgiveGuesses } from "./password-guesses.js";

// No address or password that was accepted is longer; what is need not be kept or hashed.
const maxLength = 320;

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
 * Signs an agent in for 12 hours, sliding.
 * @throws UNAUTHENTICATED, the same for an unknown address and a wrong password
 * @throws RATE_LIMITED after 10 failures in 15 minutes for this address, from where the request comes from
 */
export async function signIn(services: Services, input: SignInInput, remoteAddress: string): Promise<AgentSession> {
  const email = withoutNul(input.email.trim().toLowerCase().slice(0, maxLength));
  const guessKey = `${remoteAddress} ${email}`;
  await countGuess(services, guessKey);
  const [account] = await services.database.query<{ id: string; passwordHash: string }>(accountStatement, [email]);
  // Outside a transaction: hashing takes tens of milliseconds.
  const matches = await verifyPassword(account?.passwordHash ?? null, input.password.slice(0, maxLength));
  if (account === undefined || !matches) throw refused();

  const now = services.clock.now();
  const begun = await services.database.transaction(async (transaction) => {
    const agent = await lockAgent(transaction, account.id);
    const [unchanged] = await transaction.query(unchangedStatement, [account.id, account.passwordHash]);
    // Removed, or the password changed, while it was being verified.
    if (agent === null || unchanged === undefined) throw refused();
    return { agent, ...(await createSession(transaction, { kind: "AGENT", agentId: agent.id }, now)) };
  });
  await forgiveGuesses(services, guessKey);
  const token = await signSessionToken(services.config.appSecrets, begun.sessionId);
  return { token, expiresAt: begun.expiresAt, agent: begun.agent };
}

function refused(): Error {
  return unauthenticated("The email address or the password is wrong.");
}

const accountStatement: Statement = {
  name: "find-account",
  text: "SELECT id, password_hash FROM agents WHERE lower(email) = $1 AND removed_at IS NULL",
};
const unchangedStatement: Statement = {
  name: "password-is-unchanged",
  text: "SELECT id FROM agents WHERE id = $1 AND password_hash = $2",
};
