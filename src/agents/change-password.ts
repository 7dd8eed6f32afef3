import type { Statement } from "../database/database.js";
import { badUserInput, unauthenticated } from "../errors.js";
import type { Services } from "../services.js";
import { endSessions, renewSession } from "../sessions/session-store.js";
import { signSessionToken } from "../tokens/session-token.js";
import type { AgentViewer } from "../viewer.js";
import { signDeviceToken } from "./device-token.js";
import { lockAgent } from "./lock-agent.js";
import { checkPassword } from "./password.js";
import { guessPassword } from "./password-guess.js";
import type { AgentSession } from "./sign-in.js";

export interface ChangePasswordInput {
  readonly current: string;
  readonly next: string;
}

// No valid password is longer, so longer input is truncated before it is verified.
const maxInputLength = 320;

/**
 * Changes the caller's own password. This session continues; all other sessions of the agent end, and other devices count as unknown.
 * @throws BAD_USER_INPUT for `input.current` or `input.next`, RATE_LIMITED after 10 wrong guesses in this session,
 *   UNAUTHENTICATED if the session has ended meanwhile, SERVICE_UNAVAILABLE if too many passwords are being hashed
 */
export async function changePassword(
  services: Services,
  viewer: AgentViewer,
  input: ChangePasswordInput,
): Promise<AgentSession> {
  checkPassword("input.next", input.next);
  const [account] = await services.database.query<{ passwordHash: string }>(readHashStatement, [viewer.agentId]);
  const guesser = { kind: "session", sessionId: viewer.sessionId } as const;
  const current = input.current.slice(0, maxInputLength);
  if (!(await guessPassword(services, guesser, account?.passwordHash ?? null, current)) || account === undefined) {
    throw badUserInput("input.current", "This is not your password.");
  }
  const passwordHash = await services.passwords.hash(input.next);

  const now = services.clock.now();
  const { agent, session, ended } = await services.database.transaction(async (transaction) => {
    const agent = await lockAgent(transaction, viewer.agentId);
    const parameters = [viewer.agentId, account.passwordHash, passwordHash, now];
    const [changed] = await transaction.query(changeStatement, parameters);
    const session = await renewSession(transaction, { id: viewer.sessionId, kind: "AGENT" }, now);
    if (agent === null || changed === undefined || session === null) {
      throw unauthenticated("You have been signed out: sign in again.");
    }
    const ended = await endSessions(transaction, { agentId: agent.id, exceptSessionId: viewer.sessionId }, now);
    return { agent, session, ended };
  });
  services.sessions.invalidate(ended);
  const token = await signSessionToken(services.config.appSecrets, session.sessionId);
  const deviceToken = signDeviceToken(services, { id: agent.id, passwordHash }, null);
  return { token, expiresAt: session.expiresAt, deviceToken, agent };
}

const readHashStatement: Statement = {
  name: "read-password-hash",
  text: "SELECT password_hash FROM agents WHERE id = $1 AND removed_at IS NULL",
};
// Only if the password has not changed since it was verified.
const changeStatement: Statement = {
  name: "change-password",
  text: `UPDATE agents SET password_hash = $3, first_password = false, password_changed_at = $4
    WHERE id = $1 AND password_hash = $2 RETURNING id`,
};
